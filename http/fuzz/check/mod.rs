//! What holds for any bytes. The fuzz targets and the tests that run on stable share it.
//!
//! | file | what it holds |
//! |---|---|
//! | `request.rs` | any bytes as requests: refused, or read so that what was read, written again, is read the same |
//! | `chunked.rs` | any bytes as a chunked body, beside the reader in `dechunk.rs` |
//! | `splits.rs` | any bytes, cut anywhere: the same events, the same refusal |
//! | `response.rs` | any bytes as responses, in the same way |
//! | `round_trip.rs` | any response, as `read.rs` reads it from the bytes that were sent |
//! | `exchange.rs` | the request and the response of `round_trip.rs`, made of a fuzzer's bytes |
//! | `heard.rs`, `answered.rs` | a server and a client without a network: what they hear, and that they stay within limits |
//! | `dechunk.rs`, `read.rs` | readers of chunked bodies and of responses that share nothing with the codec |

pub mod answered;
pub mod chunked;
mod dechunk;
pub mod exchange;
pub mod heard;
mod read;
pub mod request;
pub mod response;
pub mod round_trip;
pub mod splits;
