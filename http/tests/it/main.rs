//! The codec and the server from outside: bytes in, bytes out.

mod client_received;
mod client_sent;
mod content;
mod deadlines;
mod drain;
mod faults;
mod https;
mod interim;
mod many;
mod operation;
mod pki;
mod requests;
mod responses;
mod server;
mod support;
mod switch;
mod tasks;
