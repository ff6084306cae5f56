//! The codec and the server from outside: bytes in, bytes out.

mod content;
mod deadlines;
mod drain;
mod faults;
mod https;
mod interim;
mod operation;
mod requests;
mod responses;
mod server;
mod support;
mod switch;
