use std::io::IoSlice;
use std::net::{SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use anyhow::bail;
use nix::sys::socket::{ControlMessage, MsgFlags, MultiHeaders, SockaddrIn, sendmmsg};
use quinn_udp::{Transmit, UdpSocketState};
use tokio::io::Interest;
use wharf_dgram::{BatchOptions, Segments, Udp};

use super::{ANYWHERE, BATCH, Way, cpu_time, options, per_call, set_buffers};
use crate::server::run;

/// How often the clock is read: after so many datagrams.
const BETWEEN_LOOKS: u64 = 4096;

/// Sends datagrams of one size for a while, and says on a line how many, in how many nanoseconds, and what they cost.
///
/// # Errors
///
/// When a datagram cannot be sent.
pub fn send(way: Way, to: SocketAddr, size: usize, time: Duration) -> anyhow::Result<()> {
    let before = cpu_time()?;
    let clock = Clock {
        start: Instant::now(),
        time,
    };
    let sent = match way {
        Way::WharfPlain => run(plain(to, size, clock))?,
        Way::WharfBatch => run(batch(to, size, clock))?,
        Way::Tokio => run(tokio_socket(to, size, clock))?,
        Way::Sendmmsg => multiple(to, size, clock)?,
        Way::QuinnUdp => run(quinn(to, size, clock))?,
    };
    let wall = clock.start.elapsed();
    let cost = cpu_time()? - before;
    println!(
        "{sent} {} {} {}",
        wall.as_nanos(),
        cost.run_ns,
        cost.wait_ns
    );
    Ok(())
}

#[derive(Clone, Copy)]
struct Clock {
    start: Instant,
    time: Duration,
}

impl Clock {
    /// Whether to go on after `step` datagrams more.
    fn runs(self, sent: u64, step: u64) -> bool {
        sent / BETWEEN_LOOKS == (sent - step) / BETWEEN_LOOKS || self.start.elapsed() < self.time
    }
}

async fn plain(to: SocketAddr, size: usize, clock: Clock) -> anyhow::Result<u64> {
    let socket = Udp::bind(ANYWHERE, &options())?;
    let bytes = vec![7; size];
    let mut sent = 0;
    loop {
        socket.send_to(&bytes, to).await?;
        sent += 1;
        if !clock.runs(sent, 1) {
            return Ok(sent);
        }
    }
}

async fn batch(to: SocketAddr, size: usize, clock: Clock) -> anyhow::Result<u64> {
    let socket = Udp::bind(ANYWHERE, &options())?.into_batch(&BatchOptions::default())?;
    let count = per_call(size);
    let bytes = vec![7; count * size];
    let segments = Segments::new(to, &bytes, size);
    let mut sent = 0;
    loop {
        socket.send(&segments).await?;
        sent += count as u64;
        if !clock.runs(sent, count as u64) {
            return Ok(sent);
        }
    }
}

async fn tokio_socket(to: SocketAddr, size: usize, clock: Clock) -> anyhow::Result<u64> {
    let socket = tokio::net::UdpSocket::bind(ANYWHERE).await?;
    set_buffers(&socket)?;
    let bytes = vec![7; size];
    let mut sent = 0;
    loop {
        socket.send_to(&bytes, to).await?;
        sent += 1;
        if !clock.runs(sent, 1) {
            return Ok(sent);
        }
    }
}

fn multiple(to: SocketAddr, size: usize, clock: Clock) -> anyhow::Result<u64> {
    let socket = UdpSocket::bind(ANYWHERE)?;
    set_buffers(&socket)?;
    let SocketAddr::V4(to) = to else {
        bail!("the bench runs over IPv4");
    };
    let bytes = vec![7; size];
    let slices: Vec<_> = (0..BATCH).map(|_| [IoSlice::new(&bytes)]).collect();
    let peers = [Some(SockaddrIn::from(SocketAddrV4::new(*to.ip(), to.port()))); BATCH];
    let no_controls: [ControlMessage<'_>; 0] = [];
    let mut sent = 0;
    loop {
        // It keeps pointers to what is sent, so each call has its own.
        let mut headers = MultiHeaders::preallocate(BATCH, None);
        let fd = socket.as_raw_fd();
        // A blocking socket takes all of them.
        let _ = sendmmsg(
            fd,
            &mut headers,
            &slices,
            peers,
            no_controls,
            MsgFlags::empty(),
        )?;
        sent += BATCH as u64;
        if !clock.runs(sent, BATCH as u64) {
            return Ok(sent);
        }
    }
}

async fn quinn(to: SocketAddr, size: usize, clock: Clock) -> anyhow::Result<u64> {
    let socket = tokio::net::UdpSocket::bind(ANYWHERE).await?;
    set_buffers(&socket)?;
    let state = UdpSocketState::new((&socket).into())?;
    let count = per_call(size);
    let bytes = vec![7; count * size];
    let transmit = Transmit {
        destination: to,
        ecn: None,
        contents: &bytes,
        segment_size: Some(size),
        src_ip: None,
    };
    let mut sent = 0;
    loop {
        let send = || state.try_send((&socket).into(), &transmit);
        socket.async_io(Interest::WRITABLE, send).await?;
        sent += count as u64;
        if !clock.runs(sent, count as u64) {
            return Ok(sent);
        }
    }
}
