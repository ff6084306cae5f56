//! The HTTP client against servers that no one here wrote, over plain TCP and TLS.
//!
//! | file | holds |
//! |---|---|
//! | `harbour.rs` | a server, with and without TLS, as our client reaches it |
//! | `identity.rs` | who it is |
//! | `languages.rs` | Go, Node, uvicorn and h11, which all serve the same |
//! | `nginx.rs`, `apache.rs` | two that serve files |
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

mod apache;
mod harbour;
mod identity;
mod languages;
mod nginx;
