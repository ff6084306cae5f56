//! Asks a resolver for the IPv4 addresses of a name (RFC 1035):
//! `cargo run -p wharf-dgram --example dns_stub -- 127.0.0.53:53 example.com`.
//!
//! It shows what a query over UDP has to look after: the datagram or its answer may be lost, anyone may send an answer, and it may
//! be cut.

#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    reason = "a program that tells what it was asked"
)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use wharf_dgram::{DgramOptions, Udp, means_lost};

/// How often it asks, and how long it waits each time.
const TRIES: u16 = 3;
const WAIT: Duration = Duration::from_secs(2);

/// RFC 1035 §4.2.1: without EDNS a message over UDP is no longer.
const MESSAGE_BYTES_MAX: usize = 512;

const TYPE_A: u16 = 1;
const CLASS_IN: u16 = 1;

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [resolver, name] = &args[..] else {
        return Err("usage: dns_stub RESOLVER:PORT NAME".into());
    };
    for address in ask(resolver.parse()?, name).await? {
        println!("{address}");
    }
    Ok(())
}

async fn ask(resolver: SocketAddr, name: &str) -> Result<Vec<Ipv4Addr>, Failure> {
    let any: IpAddr = match resolver {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let mut last: Failure = "no answer".into();
    for try_number in 0..TRIES {
        // A port that the kernel chooses anew, and a peer: who cannot see the query has to guess both that port and the ID.
        let socket = Udp::bind(SocketAddr::new(any, 0), &DgramOptions::default())?;
        socket.connect(resolver)?;
        let id = socket.local_addr().port() ^ try_number.rotate_left(12);
        let query = query(id, name)?;
        match once(&socket, &query).await {
            Ok(addresses) => return Ok(addresses),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn once(socket: &Udp, query: &[u8]) -> Result<Vec<Ipv4Addr>, Failure> {
    socket.send(query).await?;
    let until = Instant::now() + WAIT;
    let mut buffer = [0; MESSAGE_BYTES_MAX];
    loop {
        match timeout_at(until, socket.recv(&mut buffer)).await? {
            Ok(received) if received.truncated => return Err("the answer is too long".into()),
            Ok(received) => {
                // What does not answer this question is somebody's guess, or late. Go on waiting.
                if let Some(addresses) = read(&buffer[..received.len], query)? {
                    return Ok(addresses);
                }
            }
            // "Nobody listens" can be forged as well, but then so can an answer.
            Err(error) if means_lost(&error) => return Err(error.into()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// RFC 1035 §4.1: a header that asks for recursion, and one question.
fn query(id: u16, name: &str) -> Result<Vec<u8>, Failure> {
    let mut query = id.to_be_bytes().to_vec();
    query.extend([0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.trim_end_matches('.').split('.') {
        match u8::try_from(label.len()) {
            Ok(len @ 1..=63) => query.push(len),
            _ => return Err(format!("{name:?} is no name").into()),
        }
        query.extend(label.as_bytes());
    }
    query.push(0);
    if query.len() - 12 > 255 {
        return Err(format!("{name:?} is no name").into());
    }
    query.extend(TYPE_A.to_be_bytes());
    query.extend(CLASS_IN.to_be_bytes());
    Ok(query)
}

/// The addresses in an answer to this query; `None` if it is an answer to another.
fn read(message: &[u8], query: &[u8]) -> Result<Option<Vec<Ipv4Addr>>, Failure> {
    let (Some(question), Some(header)) = (message.get(12..query.len()), message.get(..12)) else {
        return Ok(None);
    };
    if header[..2] != query[..2] || header[2] & 0x80 == 0 || question != &query[12..] {
        return Ok(None);
    }
    if header[2] & 0x02 != 0 {
        return Err("the answer was cut, ask over TCP".into());
    }
    match header[3] & 0x0f {
        0 => {}
        3 => return Err("there is no such name".into()),
        code => return Err(format!("the resolver answers with code {code}").into()),
    }
    let count = u16::from_be_bytes([header[6], header[7]]);
    let mut rest = &message[query.len()..];
    let mut addresses = Vec::new();
    for _ in 0..count {
        let record = record(rest).ok_or("an answer that ends early")?;
        if let (TYPE_A, CLASS_IN, Ok(octets)) =
            (record.kind, record.class, <[u8; 4]>::try_from(record.data))
        {
            addresses.push(octets.into());
        }
        rest = record.rest;
    }
    Ok(Some(addresses))
}

struct Record<'a> {
    kind: u16,
    class: u16,
    data: &'a [u8],
    rest: &'a [u8],
}

/// RFC 1035 §4.1.3.
fn record(bytes: &[u8]) -> Option<Record<'_>> {
    let bytes = skip_name(bytes)?;
    let (head, rest) = bytes.split_at_checked(10)?;
    let number = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let (data, rest) = rest.split_at_checked(number(8).into())?;
    Some(Record {
        kind: number(0),
        class: number(2),
        data,
        rest,
    })
}

/// Labels up to an empty one, or to a pointer (RFC 1035 §4.1.4), which ends a name.
fn skip_name(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        let (&len, rest) = bytes.split_first()?;
        match len {
            0 => return Some(rest),
            0xc0.. => return rest.get(1..),
            _ => bytes = rest.get(usize::from(len)..)?,
        }
    }
}
