//! Bytes in place of the messages of a key exchange.
#![no_main]

#[path = "../check/kex_message.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::check(bytes));
