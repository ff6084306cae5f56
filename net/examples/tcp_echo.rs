//! An echo server that shuts down well.
//!
//! ```text
//! cargo run --release -p wharf-net --example tcp_echo -- --listen ENDPOINT
//! ```
//!
//! It prints its endpoint on stdout when it is ready. At SIGINT or SIGTERM it accepts nothing more, sends back what it
//! has read, closes its connections, and says what became of them; a second signal cuts them short.

use std::io;
use std::pin::pin;
use std::time::Duration;

use anyhow::bail;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf_net::{Bind, Conn, Drain, Linger, Listener, ShutdownSignal, serve};

const USAGE: &str = "\
usage: tcp_echo [--listen ENDPOINT]

Sends back what it receives. Prints where it listens, a line for each address, and stops at SIGINT or SIGTERM.

ENDPOINT is 127.0.0.1:7, [::]:7, localhost:7, unix:/path, unix:@name or fd:name; 127.0.0.1:0, any free port, unless told.
";

/// How long connections may take to finish after the first signal.
const GRACE: Duration = Duration::from_secs(5);

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the endpoint is this program's output")]
pub(crate) async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let endpoint = match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => "127.0.0.1:0",
        ["--listen", endpoint] => endpoint,
        ["-h" | "--help"] => {
            print!("{USAGE}");
            return Ok(());
        }
        wrong => bail!("cannot make sense of {wrong:?}\n\n{USAGE}"),
    };
    let listener = Listener::bind(&endpoint.parse()?, &Bind::default()).await?;
    let mut signal = ShutdownSignal::new()?;
    for address in listener.local_addrs() {
        println!("{address}");
    }

    let drain = Drain::new();
    let server = serve(listener, drain.clone(), |conn| {
        let drain = drain.clone();
        async move {
            let peer = conn.info().peer.clone();
            if let Err(error) = echo(conn, &drain).await {
                eprintln!("{peer}: {error}");
            }
        }
    });
    let stop = async {
        eprintln!("{}: finishing; again to stop at once", signal.recv().await);
        drain.begin(GRACE);
        signal.recv().await;
        drain.begin(Duration::ZERO);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        report = server => {
            let report = report?;
            let (served, cut, panicked) = (report.finished, report.cut, report.panicked);
            eprintln!("accepted {}: served {served}, cut {cut}, panicked {panicked}", report.accepted);
        }
        () = stop => {}
    }
    Ok(())
}

/// Sends back what comes, until the peer has sent its last byte or the server drains.
async fn echo(mut conn: Conn, drain: &Drain) -> io::Result<()> {
    let mut buffer = vec![0; wharf_net::CHUNK_BYTES];
    let mut begun = pin!(drain.begun());
    loop {
        // The drain first: a peer that always has more to say would never let it be seen.
        let n = tokio::select! {
            biased;
            () = &mut begun => break,
            read = conn.read(&mut buffer) => read?,
        };
        if n == 0 {
            break;
        }
        conn.write_all(&buffer[..n]).await?;
    }
    // In a drain the peer may still be sending, and is told by our end. How it takes that is no fault.
    conn.close_lingering(&Linger::default()).await.map(drop)
}
