//! An echo server that shuts down well: `cargo run -p wharf-net --example echo`, then Ctrl-C.

use std::time::Duration;

use wharf_net::{Drain, ListenOptions, Listener, ShutdownSignal, serve};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = Listener::bind(address.parse()?, &ListenOptions::default())?;
    #[expect(clippy::print_stdout, reason = "the address is this program's output")]
    {
        println!("{}", listener.local_addr());
    }

    let drain = Drain::new();
    let mut signal = ShutdownSignal::new()?;
    let server = serve(listener, drain.clone(), |conn| async move {
        let (mut reader, mut writer) = tokio::io::split(conn);
        // A peer that resets is no reason to say anything.
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
    });
    let stop = async {
        signal.recv().await;
        drain.begin(Duration::from_secs(5));
    };
    let (report, ()) = tokio::join!(server, stop);
    let report = report?;
    eprintln!("served {}, cut {}", report.finished, report.cut);
    Ok(())
}
