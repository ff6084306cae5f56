//! Proxies: which one a request goes through, and how a connection is made through it.
//!
//! | file | what it holds |
//! |---|---|
//! | `rules.rs` | [`Proxies`]: a proxy for each scheme, and what goes past them |
//! | `vars.rs` | the same from `http_proxy` and its like |
//! | `bypass.rs` | [`Bypass`]: the grammar of `NO_PROXY` |
//! | `endpoint.rs` | [`Proxy`]: one proxy, parsed from a URI |
//! | `credentials.rs` | [`Credentials`]: who we are to it |
//! | `syntax.rs` | what can be wrong with the text of any of them |
//! | `connect.rs` | a tunnel through an HTTP proxy (CONNECT) |
//! | `socks5.rs` | a connection through a SOCKS proxy |
//! | `error.rs` | why there is none |
//! | `foreign.rs` | tests against programs that are not ours |

mod bypass;
mod connect;
mod credentials;
mod endpoint;
mod error;
#[cfg(test)]
mod foreign;
mod rules;
pub(super) mod socks5;
mod syntax;
mod vars;

pub(super) use connect::tunnel;

pub use bypass::Bypass;
pub use credentials::Credentials;
pub use endpoint::{Proxy, ProxyKind};
pub use error::ProxyError;
pub use rules::Proxies;
pub use socks5::SocksError;
pub use syntax::ProxySyntaxError;
pub use vars::ProxyVarError;
