//! The codec and the server from outside: bytes in, bytes out.

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
