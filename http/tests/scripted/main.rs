//! A server task that is polled only when it was woken, over a transport that is never ready at once: no wakeup is
//! missed, and none is needed that nobody promised.
//!
//! No socket, no thread, no time: the clock stands still, so no deadline comes to the rescue of a wait that was
//! forgotten.

mod exchanges;
mod gate;
mod harness;
#[expect(dead_code, reason = "of what the other tests share, this needs some")]
#[path = "../axum/reply.rs"]
mod reply;
mod runner;
mod service;
mod wire;
