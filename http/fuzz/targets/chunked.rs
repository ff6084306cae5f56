//! Any bytes as a chunked body.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wharf_http_fuzz::check::chunked::check(bytes));
