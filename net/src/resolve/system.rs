use tokio::net::lookup_host;

use super::{ADDRESSES_MAX, Resolve, Resolving, first_of_each_family};

/// The system's resolver, `getaddrinfo`: the hosts file, DNS and whatever else this host is configured to ask, sorted by
/// [RFC 6724 §6].
///
/// It reads more than addresses and names: `127.1` and `0x7f000001` are 127.0.0.1 to it. A list of forbidden addresses
/// is therefore held against what it answers, never against the text.
///
/// # Cancel safety
///
/// `getaddrinfo` blocks, so it runs on tokio's pool of blocking threads and cannot be stopped. When the future is
/// dropped, its answer is thrown away, but the thread is taken until the system gives up (with dead name servers some
/// 10 to 30 s). A process that dials many dead names at once fills the pool, 512 threads by default; the `hickory`
/// feature has a resolver that can be cancelled.
///
/// [RFC 6724 §6]: https://www.rfc-editor.org/rfc/rfc6724#section-6
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemResolver {
    /// How many addresses of each family are handed on; the rest is left out. Whoever controls a name controls how many
    /// addresses it has. The default is 32, so that both families fill a race.
    pub addresses_max: usize,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self {
            addresses_max: ADDRESSES_MAX,
        }
    }
}

impl Resolve for SystemResolver {
    fn lookup<'a>(&'a self, name: &'a str, port: u16) -> Resolving<'a> {
        Box::pin(async move {
            let addresses = lookup_host((name, port)).await?;
            Ok(first_of_each_family(addresses, self.addresses_max))
        })
    }
}
