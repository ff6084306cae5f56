//! The crate from outside: real sockets on loopback, in-memory pipes where time matters.

mod admission;
mod conn;
mod deadline;
mod dial;
mod drain;
mod endpoint;
mod faults;
mod linger;
mod listen;
mod options;
mod prefixes;
mod proxied;
mod proxy;
mod race;
mod resolve;
mod support;
mod text;
mod unix;
