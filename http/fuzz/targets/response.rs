//! Any bytes as responses.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wharf_http_fuzz::check::response::check(bytes));
