//! The HTTP client against servers that no one here wrote, over plain TCP and TLS.
//!
//! | file | holds |
//! |---|---|
//! | `harbour.rs` | such a server, with and without TLS, and our client for it |
//! | `languages.rs` | Go, Node and h11, which all serve the same |
//! | `nginx.rs` | nginx, which serves files |
//!
//! The programs in `interop-tests/peers` serve this; `x-port` is the client's port, by which a kept connection is seen:
//!
//! | path | response |
//! |---|---|
//! | `/length/N` | N bytes, with `Content-Length` |
//! | `/chunked/N` | N bytes, chunked, with a trailer `x-sum` |
//! | `/close/N` | N bytes that end with the connection |
//! | `/echo` | what was sent, and in `x-framing` how |
//! | `/hints` | 103 (Early Hints), then the response |
//! | `/refuse` | 413 without a look at the content, and a close |

mod harbour;
mod languages;
mod nginx;
