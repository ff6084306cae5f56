//! UDP datagrams: nothing cut silently, nothing switched on behind the user's back.
//!
//! A datagram socket promises little. What is sent may arrive once, twice, late, out of order or not at all, and the
//! sender is not told. What does arrive is whole: one [`Udp::send`] is one datagram, and one [`Udp::recv`] takes one.
//! The one way to lose half a datagram is a buffer that is too small for it, and the usual interfaces hide it: they
//! drop the rest and report a full buffer. Here [`Recv::truncated`] says so.
//!
//! # In scope
//!
//! - [`Udp`]: one call, one datagram; bound with explicit [`DgramOptions`], connected or not.
//! - [`Recv`]: how long, from whom, whether it was cut; and as [`Tell`] asks for, to which address, by which interface, its TTL
//!   and TOS, when it came, how many were lost. [`SendMeta`] says the same for sending.
//! - [`Group`]: multicast, from any source or one, over IPv4 and IPv6.
//! - [`Undelivered`]: the network's answers to lost datagrams, each with what it is about.
//! - [`PathMtu`]: who may fragment, and how long a datagram may be.
//! - [`BatchUdp`]: many datagrams in one system call (GSO, GRO, ECN), 20 times as many in a second and more.
//! - [`BufferBytes`]: the buffer sizes that were granted, which may be less than what was asked for.
//! - [`means_lost`]: which errors only say that a datagram was lost.
//!
//! # Out of scope
//!
//! Reliability, order, pacing and encryption belong to a protocol above: [quinn](https://docs.rs/quinn)'s QUIC runs on a
//! [`BatchUdp`]. There are no peers with a queue each, and no queue of this crate's own at all: what is sent is the kernel's at
//! once, what is received is the caller's. Streams live in `wharf-net`; the two crates do not know each other.
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `socket.rs` | the socket: bind, connect, disconnect, groups |
//! | `send.rs`, `receive.rs` | its one call for one datagram |
//! | `datagram.rs` | what is known of a received datagram, and how one is sent |
//! | `options.rs` | each socket option a public field; what was granted |
//! | `multicast.rs` | groups, interfaces |
//! | `undelivered.rs` | what the network says of a lost datagram |
//! | `error.rs` | which errors only mean "lost" |
//! | `batch/` | the socket for many datagrams at a time |
//! | `message.rs`, `error_queue.rs`, `sockopt.rs` | the system calls beneath |
//!
//! # Example
//!
//! ```
//! use wharf_dgram::{DgramOptions, Udp};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let here = Udp::bind("127.0.0.1:0".parse().unwrap(), &DgramOptions::default())?;
//! let there = Udp::bind("127.0.0.1:0".parse().unwrap(), &DgramOptions::default())?;
//! here.send_to(b"ahoy", there.local_addr()).await?;
//!
//! let mut buffer = [0; 1500];
//! let received = there.recv(&mut buffer).await?;
//! assert_eq!(&buffer[..received.len], b"ahoy");
//! assert_eq!(received.from, here.local_addr());
//! assert!(!received.truncated);
//! # Ok(())
//! # }
//! ```
//!
//! And many at a time:
//!
//! ```
//! use wharf_dgram::{BatchOptions, DgramOptions, Segments, Slots, Udp};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let bind = || Udp::bind("127.0.0.1:0".parse().unwrap(), &DgramOptions::default());
//! let here = bind()?.into_batch(&BatchOptions::default())?;
//! let there = bind()?.into_batch(&BatchOptions::default())?;
//! here.send(&Segments::new(there.local_addr(), b"one two six 10", 4)).await?;
//!
//! let mut slots = Slots::default();
//! let mut received = Vec::new();
//! while received.len() < 4 {
//!     for datagram in there.recv(&mut slots).await? {
//!         received.push(String::from_utf8_lossy(datagram.bytes).into_owned());
//!     }
//! }
//! assert_eq!(received, ["one ", "two ", "six ", "10"]);
//! # Ok(())
//! # }
//! ```
//!
//! # Cancel safety
//!
//! What receives loses nothing when its future is dropped: the datagrams stay in the kernel's queue. A dropped [`Udp::send`]
//! or one of its kind has handed over the whole datagram or none of it. [`BatchUdp::send`] may have sent the first few of
//! many.
//!
//! # Features
//!
//! - `quinn`: [`BatchUdp`] is a socket of quinn's, an `AsyncUdpSocket`.
//!
//! # Known limit
//!
//! An ICMP error makes epoll report a socket as closed for writing, and tokio never forgets that. Sending works as before; but
//! where it then has to wait for a full send buffer, the task is polled again and again until there is room.

#![forbid(unsafe_code)]

mod batch;
mod datagram;
mod error;
mod error_queue;
mod message;
mod multicast;
mod options;
mod receive;
mod send;
mod socket;
mod sockopt;
mod undelivered;

pub use batch::{
    BatchOptions, BatchUdp, Capabilities, Datagram, Datagrams, SLOTS_MAX, Segments, Slots,
};
pub use datagram::{Ecn, Recv, SendMeta};
pub use error::means_lost;
pub use multicast::{Group, Interface, MulticastOptions};
pub use options::{BufferBytes, DgramOptions, PathMtu, Tell, V6Only};
pub use send::SEND_MANY_MAX;
pub use socket::Udp;
pub use undelivered::{Origin, Undelivered};
