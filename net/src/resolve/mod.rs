//! From a host to its addresses.
//!
//! | file | what it holds |
//! |---|---|
//! | `host.rs` | which texts are asked about at all |
//! | `system.rs` | `getaddrinfo` |
//! | `table.rs` | fixed addresses, for tests and for pinning |
//! | `hickory.rs` | DNS in this process, with feature `hickory` |

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

#[cfg(feature = "hickory")]
mod hickory;
mod host;
mod system;
mod table;

#[cfg(feature = "hickory")]
pub use hickory::{HickoryOptions, HickoryResolver};
pub use system::SystemResolver;
pub use table::StaticResolver;

use host::Host;

/// A look-up under way.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Finds the addresses of a host.
///
/// Callers call [`Resolve::resolve`], implementors write [`Resolve::lookup`]. A look-up has no deadline: the caller sets
/// one.
///
/// ```
/// use std::net::SocketAddr;
/// use wharf_net::{Resolve, Resolving};
///
/// /// Finds everything at home.
/// struct Home;
///
/// impl Resolve for Home {
///     fn lookup<'a>(&'a self, _name: &'a str, port: u16) -> Resolving<'a> {
///         Box::pin(async move { Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))]) })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// assert_eq!(Home.resolve("wharf.example", 443).await?[0].to_string(), "127.0.0.1:443");
/// assert_eq!(Home.resolve("192.0.2.1", 443).await?[0].to_string(), "192.0.2.1:443");
/// assert!(Home.resolve("two words", 443).await.is_err());
/// # Ok(())
/// # }
/// ```
pub trait Resolve: Send + Sync {
    /// Asks for the addresses of a name that [`Resolve::resolve`] has found sound, in the order in which they are to be
    /// tried (within each family; [`interleave_families`](crate::interleave_families) mixes the families).
    ///
    /// # Errors
    ///
    /// Those of the look-up. That a name does not exist, or has no address, is best said with
    /// [`io::ErrorKind::NotFound`].
    fn lookup<'a>(&'a self, name: &'a str, port: u16) -> Resolving<'a>;

    /// The addresses of a host, at least one: of an IPv4 or IPv6 address (no brackets around it) that address, without
    /// asking; of a name what [`Resolve::lookup`] finds.
    ///
    /// # Errors
    ///
    /// - [`io::ErrorKind::InvalidInput`], before anyone is asked: the host is empty, longer than 253 bytes, has a label
    ///   that is empty or longer than 63 bytes ([RFC 1035 §2.3.4]), or has a blank, a control character such as NUL, or
    ///   anything outside ASCII in it. (An internationalized name is asked for in its `xn--` form.)
    /// - [`io::ErrorKind::NotFound`]: the look-up succeeded without an address.
    /// - Those of [`Resolve::lookup`].
    ///
    /// [RFC 1035 §2.3.4]: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a> {
        Box::pin(async move {
            let name = match Host::parse(host)? {
                Host::Literal(address) => return Ok(vec![SocketAddr::new(address, port)]),
                Host::Name(name) => name,
            };
            let addresses = self.lookup(name, port).await?;
            if addresses.is_empty() {
                return Err(no_address());
            }
            Ok(addresses)
        })
    }
}

fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the host has no address")
}

/// How many addresses of each family a resolver hands on, where nothing else is said.
///
/// Whoever controls a name controls how many addresses it has. 32 of each are as many as a race tries by default.
const ADDRESSES_MAX: usize = 32;

/// The first `max` addresses of each family: a cut through the whole list could lose one family, since resolvers list one
/// after the other.
fn first_of_each_family(
    addresses: impl IntoIterator<Item = SocketAddr>,
    max: usize,
) -> Vec<SocketAddr> {
    let (mut v4, mut v6) = (0, 0);
    addresses
        .into_iter()
        .filter(|address| {
            let count = if address.is_ipv4() { &mut v4 } else { &mut v6 };
            *count += 1;
            *count <= max
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_keeps_the_order_and_both_families() {
        let list = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let all = list(&[
            "[::1]:1",
            "[::2]:1",
            "[::3]:1",
            "1.1.1.1:1",
            "[::4]:1",
            "2.2.2.2:1",
        ]);
        assert_eq!(
            first_of_each_family(all.clone(), 2),
            list(&["[::1]:1", "[::2]:1", "1.1.1.1:1", "2.2.2.2:1"])
        );
        assert_eq!(first_of_each_family(all.clone(), 4), all);
    }
}
