//! The load of `dgram`: one process that sends datagrams as fast as it can, and one that receives them, each on its core.
//!
//! | file | what it holds |
//! |---|---|
//! | `way.rs` | the ways to send and receive, by name |
//! | `send.rs` | sending in each of them |
//! | `receive.rs` | receiving |
//! | `quic.rs` | quinn on our socket and on its own |
//! | `run.rs` | both processes, and what they counted |

mod quic;
mod receive;
mod run;
mod send;
mod way;

pub use quic::Quic;
pub use receive::receive;
pub use run::{Counted, bulk, run};
pub use send::send;
pub use way::Way;

use std::net::SocketAddr;
use std::os::fd::AsFd;

use socket2::SockRef;

use crate::sample::CpuTime;

/// What every socket asks for; a receiver that is late by a millisecond then still has all that came.
const BUFFER_BYTES: usize = 4 << 20;

/// How many datagrams go into one `sendmmsg` or `recvmmsg`, and the most in one call with GSO.
const BATCH: usize = 64;

/// The longest content of a datagram over IPv4.
const LONGEST: usize = 65_507;

const ANYWHERE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// How many datagrams of a size are handed over at once where that is possible.
fn per_call(size: usize) -> usize {
    (LONGEST / size).clamp(1, BATCH)
}

fn set_buffers(socket: &impl AsFd) -> std::io::Result<()> {
    let socket = SockRef::from(socket);
    socket.set_recv_buffer_size(BUFFER_BYTES)?;
    socket.set_send_buffer_size(BUFFER_BYTES)
}

fn options() -> wharf_dgram::DgramOptions {
    wharf_dgram::DgramOptions {
        recv_buffer_bytes: Some(BUFFER_BYTES),
        send_buffer_bytes: Some(BUFFER_BYTES),
        ..wharf_dgram::DgramOptions::default()
    }
}

/// Of this process, over all of its threads.
fn cpu_time() -> anyhow::Result<CpuTime> {
    crate::process::cpu_time_of(std::process::id())
}
