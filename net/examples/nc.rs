//! A client for any stream, like nc: standard input to the peer, the peer to standard output.
//!
//! ```text
//! cargo run --release -p wharf-net --example nc -- ENDPOINT
//! ```
//!
//! Each end ends one way only. The peer learns of the end of standard input and can still answer, and what is left of the
//! input is sent to a peer that has ended. The program ends when both ways have.

use std::cell::Cell;
use std::io::IsTerminal;
use std::time::Duration;
use std::{env, io};

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt, split, stdin, stdout};
use wharf_net::{Addr, Bind, CHUNK_BYTES, Conn, ConnInfo, Dialer, Endpoint, Listener};

const USAGE: &str = "\
usage: nc [--timeout SECONDS] ENDPOINT
       nc -l ENDPOINT

Connects to ENDPOINT, or waits there for one connection (-l) and says where on standard error. Sends standard input,
tells the peer of its end, and prints what comes back until the peer ends. SECONDS is how long connecting may take, 10
unless told.

It is over when both standard input and the peer have ended. A peer that has ended may still be reading, so the input is
sent to its end, or until the peer takes no more: that is an error, as is any other way to lose input. Whether the peer is
gone shows when something is sent to it; while the input is silent, nc waits for more.

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
    converse(conn).await
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
    eprintln!("connection from {}", name_of(conn.info()));
    Ok(conn)
}

/// What to call the peer. Clients of a Unix socket seldom have a name, but the kernel knows the process.
fn name_of(info: &ConnInfo) -> String {
    match (&info.peer, info.credentials.and_then(|peer| peer.pid)) {
        (Addr::Unnamed, Some(pid)) => format!("process {pid}"),
        (Addr::Unnamed, None) => "a peer without a name".to_owned(),
        (named, _) => named.to_string(),
    }
}

async fn converse(conn: Conn) -> anyhow::Result<()> {
    let peer = name_of(conn.info());
    let (mut from_peer, mut to_peer) = split(conn);
    let all_sent = Cell::new(false);
    // A peer that takes no more may have something to say: that error waits until it has been heard.
    let sending = async {
        let mut stdin = stdin();
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            let n = stdin.read(&mut buffer).await;
            let n = n.context("cannot read standard input")?;
            let sent = match n {
                0 => to_peer.shutdown().await,
                n => to_peer.write_all(&buffer[..n]).await,
            };
            if n == 0 || sent.is_err() {
                all_sent.set(true);
                return anyhow::Ok(sent);
            }
        }
    };
    let receiving = async {
        let mut stdout = stdout();
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            let n = from_peer.read(&mut buffer).await;
            let n = n.with_context(|| format!("cannot receive from {peer}"))?;
            if n == 0 {
                break;
            }
            let written = async {
                stdout.write_all(&buffer[..n]).await?;
                stdout.flush().await
            };
            written.await.context("cannot write standard output")?;
        }
        if !all_sent.get() && io::stdin().is_terminal() {
            eprintln!("{peer} has ended; what you type is still sent, and Ctrl-D ends");
        }
        Ok(())
    };
    let (sent, ()) = tokio::try_join!(sending, receiving)?;
    sent.with_context(|| format!("cannot send to {peer}"))
}
