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
//! - [`Recv`]: how long, from whom, and whether it was cut.
//! - [`BufferBytes`]: the buffer sizes that were granted, which may be less than what was asked for.
//! - [`means_lost`]: which errors only say that a datagram was lost.
//!
//! # Out of scope
//!
//! Batches (GSO, GRO, ECN) and multicast are not here yet. Reliability, order and encryption belong to a protocol
//! above. Streams live in `wharf-net`; the two crates do not know each other.
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `socket.rs` | the socket: bind, connect, send, receive |
//! | `datagram.rs` | what is known of a received datagram |
//! | `options.rs` | each socket option a public field; what was granted |
//! | `error.rs` | which errors only mean "lost" |
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
//! # Cancel safety
//!
//! [`Udp::recv`] loses nothing when its future is dropped: the datagram stays in the kernel's queue. A dropped
//! [`Udp::send`] or [`Udp::send_to`] has handed over the whole datagram or none of it.

#![forbid(unsafe_code)]

mod datagram;
mod error;
mod options;
mod socket;

pub use datagram::Recv;
pub use error::means_lost;
pub use options::{BufferBytes, DgramOptions, V6Only};
pub use socket::Udp;
