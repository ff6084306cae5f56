//! Counts what others tell it, in the way of statsd: `cargo run -p wharf-dgram --example statsd_counter -- 127.0.0.1:8125`.
//!
//! Each line of a datagram is `NAME:COUNT|c`. Try it with `printf 'ships:2|c\nboats:1|c' | nc -u -w0 127.0.0.1 8125`. After each
//! datagram it prints the counters that changed.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program that tells what it counted")]

use std::collections::BTreeMap;
use std::net::SocketAddr;

use wharf_dgram::{DgramOptions, Tell, Udp, means_lost};

/// What clients of statsd send at most on networks of today.
const DATAGRAM_BYTES_MAX: usize = 8192;
/// Anyone may send names. Beyond so many, new ones are not counted.
const NAMES_MAX: usize = 1000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address: SocketAddr = match std::env::args().nth(1) {
        Some(address) => address.parse()?,
        None => "127.0.0.1:8125".parse()?,
    };
    let options = DgramOptions {
        // Bursts are what such a server gets.
        recv_buffer_bytes: Some(4 << 20),
        tell: Tell {
            drops: true,
            ..Tell::NOTHING
        },
        ..DgramOptions::default()
    };
    let socket = Udp::bind(address, &options)?;
    println!("listening on {}", socket.local_addr());

    let mut counters = BTreeMap::new();
    let mut dropped = 0;
    let mut buffer = [0; DATAGRAM_BYTES_MAX];
    loop {
        let received = match socket.recv(&mut buffer).await {
            Ok(received) => received,
            Err(error) if means_lost(&error) => continue,
            Err(error) => return Err(error.into()),
        };
        if let Some(now) = received.dropped.filter(|now| *now != dropped) {
            eprintln!("{} datagrams were lost here", now.wrapping_sub(dropped));
            dropped = now;
        }
        if received.truncated {
            eprintln!("{}: longer than {DATAGRAM_BYTES_MAX} bytes", received.from);
            continue;
        }
        for line in buffer[..received.len].split(|byte| *byte == b'\n') {
            match count(&mut counters, line) {
                Some((name, total)) => println!("{name} = {total}"),
                None => eprintln!("{}: not counted: {}", received.from, line.escape_ascii()),
            }
        }
    }
}

/// Adds what a line says, and returns the name and the new total.
fn count<'a>(
    counters: &mut BTreeMap<String, i64>,
    line: &'a [u8],
) -> Option<(std::str::EscapeDebug<'a>, i64)> {
    let line = std::str::from_utf8(line).ok()?;
    let (name, value) = line.split_once(':')?;
    let value: i64 = value.strip_suffix("|c")?.parse().ok()?;
    if name.is_empty() || (counters.len() == NAMES_MAX && !counters.contains_key(name)) {
        return None;
    }
    let total = counters.entry(name.to_owned()).or_default();
    *total = total.saturating_add(value);
    Some((name.escape_debug(), *total))
}
