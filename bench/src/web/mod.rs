//! The load of `http`, and what its servers share.
//!
//! | file | what it holds |
//! |---|---|
//! | `service.rs` | the site, for the servers that know no routes |
//! | `router.rs` | the same as a router of axum |
//! | `hyper.rs` | hyper on both runtimes of tokio |
//! | `wharf.rs` | Wharf with any service |
//! | `start.rs` | the servers, started and asked for the right answers |
//! | `drip.rs` | request heads that arrive byte by byte |

pub mod drip;
pub mod hyper;
pub mod router;
pub mod service;
pub mod start;
pub mod wharf;
