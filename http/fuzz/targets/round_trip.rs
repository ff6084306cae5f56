//! Any response.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wharf_http_fuzz::check::round_trip::check(bytes));
