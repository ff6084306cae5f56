//! A scripted bad network between two ends, for tests.
//!
//! A [`Script`] says what happens to the bytes of one direction: they are sliced, dripped, delayed, corrupted, and at
//! some point the connection is half-closed, cut, reset, stalled or swallowed. A [`Plan`] has a script for each direction.
//!
//! # In scope
//!
//! - [`run()`] plays a plan between any two streams, on tokio's clock, which a test may pause; [`run_tcp`] does it between
//!   two sockets, where a reset is a real RST.
//! - [`faulty_pipe`]: an in-memory pipe with a plan in its middle.
//! - [`FaultProxy`]: a port on loopback in front of a real server, with a [`Fate`] for each connection.
//! - [`DatagramProxy`]: a port on loopback in front of a UDP server, with loss, reordering and duplication.
//! - [`Script::seeded`]: a random script that its seed brings back.
//!
//! # Out of scope
//!
//! Rates and queues: this breaks streams and loses datagrams, it does not model a network. It knows no other crate of this
//! workspace, so that each of them can be tested with it.
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `script.rs` | steps, scripts and plans: plain data |
//! | `seeded.rs` | random scripts |
//! | `flow.rs` | one direction of a connection playing its script |
//! | `run.rs` | both directions, how they end, and the report |
//! | `pipe.rs` | the in-memory pipe |
//! | `proxy.rs` | the proxy on loopback |
//! | `datagrams.rs` | the same for UDP |
//!
//! # Example
//!
//! ```
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use wharf_faults::{End, Plan, Script, Step, faulty_pipe};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let plan = Plan {
//!     a_to_b: Script::after(2, Step::Corrupt { xor: 0x20 }).then(Step::Cut),
//!     b_to_a: Script::default(),
//! };
//! let (mut near, mut far, network) = faulty_pipe(1024, plan);
//! let network = tokio::spawn(network);
//! near.write_all(b"ahoy").await?;
//! let mut received = String::new();
//! far.read_to_string(&mut received).await?;
//! assert_eq!(received, "ahO");
//! drop((near, far));
//! let report = network.await?;
//! assert_eq!((report.a_to_b.delivered, report.a_to_b.end), (3, End::Cut));
//! # Ok(())
//! # }
//! ```
//!
//! # Cancel safety
//!
//! Dropping a [`run()`] drops both streams where they are. Dropping a [`FaultProxy`] ends its connections.
//! A dropped [`DatagramProxy`] stops as if it had been told to.

#![forbid(unsafe_code)]

mod datagrams;
mod flow;
mod pipe;
mod proxy;
mod run;
mod script;
mod seeded;

pub use datagrams::{DatagramProxy, Fates, Weather};
pub use flow::End;
pub use pipe::faulty_pipe;
pub use proxy::{Fate, FaultProxy, Outcome};
pub use run::{Passage, Report, run, run_tcp};
pub use script::{ALL, BLOCK_BYTES_MAX, Ends, Plan, Script, Step};
pub use seeded::Profile;
