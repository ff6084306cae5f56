//! The HTTP server against clients, a proxy and parsers that no one here wrote, over plain TCP and TLS.
//!
//! | file | holds |
//! |---|---|
//! | `harbour.rs` | our server, running in this process |
//! | `service.rs` | what it serves |
//! | `curl.rs` | curl |
//! | `clients.rs` | the clients of Go and Node |
//! | `nginx.rs` | nginx as a reverse proxy in front |
//! | `parsers.rs` | h11 and httptools read what the server sends |
//! | `early.rs` | uploads that are refused before they are read |

mod clients;
mod curl;
mod early;
mod harbour;
mod nginx;
mod parsers;
mod service;
