//! Many datagrams in one system call, through quinn-udp.
//!
//! The kernel takes up to 64 datagrams to one peer as one, and cuts them apart as late as it can (GSO); and it hands datagrams
//! of one peer that came together out as one (GRO). That is where the factor of twenty and more over one call for each lies: the
//! way through the network stack is gone once for all of them.
//!
//! | file | what it holds |
//! |---|---|
//! | `options.rs` | how such a socket is set up, and what it can do |
//! | `socket.rs` | the socket |
//! | `segments.rs` | what is sent at a time |
//! | `send.rs` | sending: as few calls as possible, and more where GSO is refused |
//! | `refusals.rs` | to whom GSO was refused |
//! | `offload.rs` | quinn-udp's state, and how it is made anew |
//! | `slots.rs` | the memory that is received into, and the datagrams in it |
//! | `quinn.rs` | the socket as one of quinn's (feature `quinn`) |

mod offload;
mod options;
#[cfg(feature = "quinn")]
mod quinn;
mod refusals;
mod segments;
mod send;
mod slots;
mod socket;

pub use options::{BatchOptions, Capabilities};
pub use segments::Segments;
pub use slots::{Datagram, Datagrams, SLOTS_MAX, Slots};
pub use socket::BatchUdp;
