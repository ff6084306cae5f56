//! A source and a sink, one at each end of a relay.
//!
//! The server under test takes two connections and relays between them. Both ends are here, on the core of the load,
//! with blocking calls.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rustix::thread::{CpuSet, sched_setaffinity};
use socket2::{Domain, Socket, Type};

use crate::LOAD_CORE;

/// What the source writes and the sink reads at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// A round trip of [`echo`].
const MESSAGE_BYTES: usize = 64;
/// A relay that loses a byte must not hang the bench.
const STALL_MAX: Duration = Duration::from_secs(10);

/// The congestion control of all sockets of a bulk bench, whatever the machine's default: BBR paces on loopback, and
/// what is measured is then its clock.
///
/// # Errors
///
/// When the kernel has neither cubic nor reno.
pub fn congestion() -> io::Result<&'static str> {
    let available = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_available_congestion_control")?;
    ["cubic", "reno"]
        .into_iter()
        .find(|name| available.split_whitespace().any(|is| is == *name))
        .ok_or_else(|| io::Error::other(format!("neither cubic nor reno in {available:?}")))
}

/// Keeps this process, and the threads it will start, on the core of the load.
pub fn pin_to_load_core() -> anyhow::Result<()> {
    pin_to(LOAD_CORE)
}

/// The same on some core.
pub fn pin_to(core: u32) -> anyhow::Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core as usize);
    sched_setaffinity(None, &cores).context("sched_setaffinity")
}

/// Both ends of one relay.
#[derive(Debug)]
pub struct Ends {
    near: TcpStream,
    far: TcpStream,
}

impl Ends {
    /// Connects twice.
    pub fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let near = connect(address)?;
        let far = connect(address)?;
        Ok(Self { near, far })
    }

    /// Fails unless `bytes` of a pattern arrive as they were sent, in both directions at once, and each end after them.
    pub fn check(&self, bytes: u64) -> anyhow::Result<()> {
        thread::scope(|scope| {
            let senders = [(&self.near, 1), (&self.far, 2)]
                .map(|(stream, seed)| scope.spawn(move || send_pattern(stream, seed, bytes)));
            let sinks = [(&self.far, 1), (&self.near, 2)]
                .map(|(stream, seed)| scope.spawn(move || expect_pattern(stream, seed, bytes)));
            for thread in senders.into_iter().chain(sinks) {
                thread.join().expect("it does not panic")?;
            }
            Ok(())
        })
    }

    /// Sends `bytes` from one end to the other, and the end of the stream; how long it took.
    pub fn send(&self, bytes: u64) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let arrived = thread::scope(|scope| {
            let source = scope.spawn(|| send_zeros(&self.near, bytes));
            let arrived = discard(&self.far);
            source.join().expect("it does not panic")?;
            arrived
        })?;
        ensure!(arrived == bytes, "{arrived} bytes of {bytes} arrived");
        Ok(began.elapsed())
    }

    /// A small message there and another back, as often as told; how long it took.
    pub fn echo(&self, round_trips: u64) -> anyhow::Result<Duration> {
        let (mut near, mut far) = (&self.near, &self.far);
        let mut message = [7; MESSAGE_BYTES];
        let began = Instant::now();
        for _ in 0..round_trips {
            near.write_all(&message)?;
            far.read_exact(&mut message)?;
            far.write_all(&message)?;
            near.read_exact(&mut message)?;
        }
        Ok(began.elapsed())
    }
}

/// A connection with [`congestion`], without Nagle, that stalls for a bounded while.
pub fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_tcp_congestion(congestion()?.as_bytes())?;
    socket.set_tcp_nodelay(true)?;
    socket.set_read_timeout(Some(STALL_MAX))?;
    socket.set_write_timeout(Some(STALL_MAX))?;
    socket.connect(&address.into())?;
    Ok(socket.into())
}

fn send_zeros(mut stream: &TcpStream, bytes: u64) -> io::Result<()> {
    let chunk = vec![0; CHUNK_BYTES];
    let mut left = bytes;
    while left > 0 {
        let part = usize::try_from(left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
        stream.write_all(&chunk[..part])?;
        left -= part as u64;
    }
    stream.shutdown(Shutdown::Write)
}

fn discard(mut stream: &TcpStream) -> io::Result<u64> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut bytes = 0;
    loop {
        match stream.read(&mut chunk)? {
            0 => return Ok(bytes),
            read => bytes += read as u64,
        }
    }
}

/// A stream that repeats at no distance a relay could confuse: each word is a mix of its own position.
struct Pattern {
    at: u64,
}

impl Pattern {
    /// splitmix64.
    fn next(&mut self) -> [u8; 8] {
        self.at = self.at.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.at;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).to_le_bytes()
    }

    fn chunk(&mut self) -> Vec<u8> {
        (0..CHUNK_BYTES / 8).flat_map(|_| self.next()).collect()
    }
}

fn send_pattern(mut stream: &TcpStream, seed: u64, bytes: u64) -> anyhow::Result<()> {
    let mut pattern = Pattern { at: seed };
    for _ in 0..bytes / CHUNK_BYTES as u64 {
        stream.write_all(&pattern.chunk())?;
    }
    Ok(stream.shutdown(Shutdown::Write)?)
}

fn expect_pattern(mut stream: &TcpStream, seed: u64, bytes: u64) -> anyhow::Result<()> {
    let mut pattern = Pattern { at: seed };
    let mut chunk = vec![0; CHUNK_BYTES];
    for at in 0..bytes / CHUNK_BYTES as u64 {
        stream.read_exact(&mut chunk)?;
        ensure!(
            chunk == pattern.chunk(),
            "chunk {at} of the pattern arrived changed"
        );
    }
    ensure!(stream.read(&mut chunk)? == 0, "more arrived than was sent");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One end connected straight to the other.
    fn ends() -> Ends {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (far, _) = listener.accept().unwrap();
        Ends { near, far }
    }

    #[test]
    fn what_arrives_as_it_was_sent_passes() {
        ends().check(4 * CHUNK_BYTES as u64).unwrap();
        ends().send(10_000_000).unwrap();
        ends().echo(10).unwrap();
    }

    #[test]
    fn a_changed_byte_and_a_short_stream_are_found() {
        let bytes = CHUNK_BYTES as u64;
        let check = |sent: Vec<u8>| {
            let Ends { mut near, far } = ends();
            let sender = thread::spawn(move || near.write_all(&sent));
            let checked = expect_pattern(&far, 1, bytes);
            sender.join().unwrap().unwrap();
            checked
        };
        let right = Pattern { at: 1 }.chunk();
        assert!(check(right.clone()).is_ok());
        assert!(check(right[1..].to_vec()).is_err());
        assert!(check([&right[..], b"x"].concat()).is_err());
        let mut wrong = right;
        wrong[1000] ^= 1;
        assert!(check(wrong).is_err());
    }
}
