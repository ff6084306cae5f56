//! The HTTP client against servers and through proxies that no one here wrote, over plain TCP and TLS.
//!
//! | file | holds |
//! |---|---|
//! | `harbour.rs` | a server, with and without TLS, as our client reaches it |
//! | `identity.rs` | who it is, and who its clients are |
//! | `ours.rs` | our own server, where something foreign is in between, or for comparison |
//! | `languages.rs` | Go, Node, uvicorn and h11, which all serve the same |
//! | `nginx.rs`, `apache.rs` | two that serve files |
//! | `proxies.rs` | HTTP proxies, plain and behind TLS, and a SOCKS proxy |
//! | `client_auth.rs` | servers that ask who the client is |
//! | `many.rs` | 24 large downloads at once |
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
//! | `/moved` | 302 to `/length/5`, and a close; of Go and Node |
//! | `/refuse` | 413 without a look at the content, and a close |

mod apache;
mod client_auth;
mod harbour;
mod identity;
mod languages;
mod many;
mod nginx;
mod ours;
mod proxies;
