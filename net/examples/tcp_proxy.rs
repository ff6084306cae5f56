//! A TCP proxy in 30 lines, for Unix sockets too.
//!
//! ```text
//! cargo run --release -p wharf-net --example tcp_proxy -- --listen ENDPOINT --to ENDPOINT
//! ```
//!
//! It prints where it listens. The end of either side is passed on and the other way stays open. At SIGINT or SIGTERM it
//! accepts nothing more and gives its connections a while to end; a second signal cuts them short.

use std::time::Duration;

use anyhow::bail;
use wharf_net::{
    Bind, Conn, Dialer, Drain, Endpoint, Listener, RelayEnd, RelayOptions, RelayPhase, RelaySide,
    ShutdownSignal, relay, serve,
};

const USAGE: &str = "\
usage: tcp_proxy --listen ENDPOINT --to ENDPOINT

Dials the second for each connection to the first, and relays. Prints where it listens, a line for each address, and
stops at SIGINT or SIGTERM, at once if it comes twice.

ENDPOINT is 127.0.0.1:7, [::]:7, localhost:7, unix:/path or unix:@name; to listen on, also fd:name.
";

/// How long connections may take to finish after the signal.
const GRACE: Duration = Duration::from_secs(5);

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the endpoint is this program's output")]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (listen, to) = match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--listen", listen, "--to", to] => (listen.parse()?, to.parse::<Endpoint>()?),
        ["-h" | "--help"] => {
            print!("{USAGE}");
            return Ok(());
        }
        wrong => bail!("cannot make sense of {wrong:?}\n\n{USAGE}"),
    };
    if let Endpoint::Inherited(_) = to {
        bail!("{to} is a socket to listen on and cannot be dialed");
    }
    let listener = Listener::bind(&listen, &Bind::default()).await?;
    let mut signal = ShutdownSignal::new()?;
    for address in listener.local_addrs() {
        println!("{address}");
    }

    let drain = Drain::new();
    let server = serve(listener, drain.clone(), |client| proxy(client, to.clone()));
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

async fn proxy(mut client: Conn, to: Endpoint) {
    let peer = client.info().peer.clone();
    match Dialer::default().dial(&to).await {
        Ok(mut server) => {
            let report = relay(&mut client, &mut server, &RelayOptions::default()).await;
            let (up, down) = (report.a_to_b, report.b_to_a);
            eprintln!("{peer}: {up} bytes up, {down} down: {}", words(report.end));
        }
        Err(error) => {
            // The cause as well: it says why a name does not resolve.
            eprintln!("{peer}: {:#}", anyhow::Error::from(error));
            // An end would look like an answer that is empty.
            client.reset_when_dropped();
        }
    }
}

fn words(end: RelayEnd) -> String {
    match end {
        RelayEnd::Finished => "finished".to_owned(),
        RelayEnd::Idle => "idle for too long".to_owned(),
        RelayEnd::Failed { side, phase, error } => {
            let side = match side {
                RelaySide::A => "client",
                RelaySide::B => "server",
            };
            match phase {
                RelayPhase::Read => format!("cannot read from the {side}: {error}"),
                _ => format!("cannot write to the {side}: {error}"),
            }
        }
        other => format!("{other:?}"),
    }
}
