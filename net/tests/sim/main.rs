//! The crate on a simulated network: whole hosts on virtual time, and links between them that delay, hold and lose.
//!
//! Everything in a run follows from its seed, but for what tokio draws for itself: the first branch of a `select!` that is
//! not biased, and the order in which a watch channel wakes its receivers. The tests see to it that neither matters, and
//! compare two runs of the same seed event by event. So a run that fails can be repeated:
//! `WHARF_SEED=42 cargo test -p wharf-net --test sim` (`WHARF_SEED=0..5000` for many). Without it, each test runs a fixed
//! list of seeds and one that is drawn from the clock; all are printed, and a failure names its own.
//!
//! # What is simulated
//!
//! turmoil's TCP: segments with random latency, put back in order by the receiver; FIN and half-close; RST from a host
//! that does not know the connection, and from a reader that drops unread bytes. On its links, in both directions or in
//! one:
//!
//! - partition: what is under way and what is sent is lost;
//! - hold: what is under way and what is sent arrives when the link is released;
//! - random loss: each message may break its link, as a partition does, and each later one may mend it.
//!
//! # What is not
//!
//! - Nothing is sent again. A lost segment leaves a gap: all that follows it on this connection, FIN included, never
//!   arrives, as if the network had not come back before the end of patience. So "loss" here breaks connections, and slow
//!   connections are made by latency and hold.
//! - A connection request that is lost is refused at once. One without an answer is one that is held.
//! - A connection is established when the server accepts it, not when it enters the queue; the acknowledgement has no
//!   latency and cannot be lost.
//! - Back-pressure: a receive buffer is counted in segments, and an end that finds it full is forgotten, so it is made
//!   too large to fill.
//! - Socket options, hence resets by choice: [`wharf_net::Refusal::Reset`] looks like a close.
//! - Processes out of descriptors, and connections that die in the queue: [`support::SimSource`] makes both up.

mod dialer;
mod drain;
mod listener;
mod proxied;
mod relay;
mod support;
