//! Two streams are relayed both ways: every byte, every end, every failure, and nothing for ever.

mod failures;
mod idle;
mod peers;
mod property;
mod sockets;
