//! A client for any stream, like nc: standard input to the peer, the peer to standard output.
//!
//! ```text
//! cargo run --release -p wharf-net --example nc -- ENDPOINT
//! ```
//!
//! The end of standard input ends one way only: the peer learns of it and can still answer. The program ends when the
//! peer does, whether or not there was more to send.

use std::time::Duration;
use std::{env, io};

use anyhow::{Context, bail};
use tokio::io::{AsyncWriteExt, copy, split, stdin, stdout};
use wharf_net::{Bind, Conn, Dialer, Endpoint, Listener};

const USAGE: &str = "\
usage: nc [--timeout SECONDS] ENDPOINT
       nc -l ENDPOINT

Connects to ENDPOINT, or waits there for one connection (-l) and says where on standard error. Sends standard input,
tells the peer of its end, and prints what comes back until the peer ends. SECONDS is how long connecting may take, 10
unless told.

ENDPOINT is 127.0.0.1:7, [::1]:7, localhost:7, unix:/path or unix:@name; with -l also fd:name.
";

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = runtime.block_on(run());
    // Standard input is read in a thread, which nothing wakes but input. The process ends without waiting for it.
    runtime.shutdown_background();
    outcome
}

#[expect(clippy::print_stdout, reason = "help was asked for")]
async fn run() -> anyhow::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let conn = match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["-h" | "--help"] => {
            print!("{USAGE}");
            return Ok(());
        }
        ["-l", endpoint] => accept_one(&endpoint.parse()?).await?,
        ["--timeout", seconds, endpoint] => {
            let dialer = Dialer {
                deadline: parse_seconds(seconds)?,
                ..Dialer::default()
            };
            dialer.dial(&endpoint.parse()?).await?
        }
        [endpoint] if !endpoint.starts_with('-') => {
            Dialer::default().dial(&endpoint.parse()?).await?
        }
        wrong => bail!("cannot make sense of {wrong:?}\n\n{USAGE}"),
    };
    Ok(converse(conn).await?)
}

fn parse_seconds(text: &str) -> anyhow::Result<Duration> {
    let seconds = text.parse().ok();
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.with_context(|| format!("{text:?} is no number of seconds"))
}

/// The listener goes as soon as there is one: a second client is refused.
async fn accept_one(endpoint: &Endpoint) -> anyhow::Result<Conn> {
    let mut listener = Listener::bind(endpoint, &Bind::default()).await?;
    for address in listener.local_addrs() {
        eprintln!("listening on {address}");
    }
    let conn = listener.accept().await?;
    drop(listener);
    eprintln!("connection from {}", conn.info().peer);
    Ok(conn)
}

async fn converse(conn: Conn) -> io::Result<()> {
    let (mut from_peer, mut to_peer) = split(conn);
    let sending = async {
        copy(&mut stdin(), &mut to_peer).await?;
        to_peer.shutdown().await
    };
    let mut stdout = stdout();
    let receiving = async {
        copy(&mut from_peer, &mut stdout).await?;
        stdout.flush().await
    };
    tokio::pin!(receiving);
    tokio::select! {
        biased;
        received = &mut receiving => received,
        sent = sending => match sent {
            // The peer takes no more; what it still has to say is heard.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => receiving.await,
            Err(error) => Err(error),
            Ok(()) => receiving.await,
        }
    }
}
