use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::{Resolve, Resolving, no_address};

/// Fixed addresses: a network of names for a test, or names pinned in front of another resolver, as with
/// `curl --resolve` (for every port).
///
/// Names are compared without regard to case ([RFC 4343 §3]) and to a dot at their end.
///
/// ```
/// use std::sync::Arc;
/// use wharf_net::{Resolve, StaticResolver, SystemResolver};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pinned = StaticResolver::new([("wharf.example", vec!["192.0.2.1".parse()?])])
///     .otherwise(Arc::new(SystemResolver::default()));
/// assert_eq!(pinned.resolve("Wharf.Example.", 443).await?, ["192.0.2.1:443".parse()?]);
/// assert!(pinned.resolve("localhost", 443).await?[0].ip().is_loopback());
/// # Ok(())
/// # }
/// ```
///
/// [RFC 4343 §3]: https://www.rfc-editor.org/rfc/rfc4343#section-3
#[derive(Clone, Default)]
pub struct StaticResolver {
    hosts: HashMap<String, Vec<IpAddr>>,
    otherwise: Option<Arc<dyn Resolve>>,
}

impl StaticResolver {
    /// A resolver that knows these names and no others. Addresses are handed on in their order; a name that occurs again
    /// has the last ones.
    pub fn new<N: AsRef<str>>(hosts: impl IntoIterator<Item = (N, Vec<IpAddr>)>) -> Self {
        Self {
            hosts: hosts
                .into_iter()
                .map(|(name, addresses)| (key(name.as_ref()), addresses))
                .collect(),
            otherwise: None,
        }
    }

    /// Asks this one for the names that are not in the table. Without it they are not found.
    #[must_use]
    pub fn otherwise(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.otherwise = Some(resolver);
        self
    }
}

fn key(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

impl Resolve for StaticResolver {
    fn lookup<'a>(&'a self, name: &'a str, port: u16) -> Resolving<'a> {
        match (self.hosts.get(&key(name)), &self.otherwise) {
            (Some(addresses), _) => {
                let addresses = addresses.iter().map(|ip| SocketAddr::new(*ip, port));
                Box::pin(std::future::ready(Ok(addresses.collect())))
            }
            (None, Some(resolver)) => resolver.lookup(name, port),
            (None, None) => Box::pin(std::future::ready(Err(no_address()))),
        }
    }
}

impl fmt::Debug for StaticResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticResolver")
            .field("hosts", &self.hosts)
            .field("otherwise", &self.otherwise.is_some())
            .finish()
    }
}
