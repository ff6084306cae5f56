//! Bytes in place of a ClientHello.
#![no_main]

#[path = "../check/client_hello.rs"]
mod check;
#[expect(dead_code, reason = "the rest of wharf-tls uses it")]
#[path = "../../src/hello/mod.rs"]
mod hello;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| check::check(bytes));
