use http::{HeaderValue, Uri};
use wharf_net::{Endpoint, ProxyHeader, ProxyVersion};

use super::origin::Origin;
use super::{Proxies, Proxy, ProxyKind};
use crate::h1::Peer;

/// Where the connections of a client lead.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Route {
    /// To the origin: the host and the port of the URI.
    #[default]
    Direct,
    /// To this endpoint, whatever the URI says: a Unix socket, or a server that is not in the DNS yet. The URI still says
    /// what `Host` and the server name of TLS are.
    ///
    /// ```
    /// # fn main() -> Result<(), wharf_net::EndpointError> {
    /// use wharf_http::{Client, ClientConfig, Route};
    ///
    /// let docker = Client::new(ClientConfig {
    ///     route: Route::Endpoint("unix:/run/docker.sock".parse()?),
    ///     ..ClientConfig::default()
    /// });
    /// # Ok(())
    /// # }
    /// ```
    Endpoint(Endpoint),
    /// Through these proxies. [`Dialer::deny`](wharf_net::Dialer::deny) is held against the proxy, against addresses in
    /// URIs, and against names that are resolved here; a name that the proxy resolves is the proxy's to judge.
    Proxies(Box<Proxies>),
}

/// What a client says on a new connection before anything else ([PROXY protocol]): for servers that want to know whose connection
/// it is.
///
/// [PROXY protocol]: https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendProxyHeader {
    /// Nothing.
    #[default]
    None,
    /// The addresses of the connection itself, in this version.
    Own(ProxyVersion),
    /// This header: for who sends requests for somebody else.
    As(Box<ProxyHeader>),
}

/// The way to one origin.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way<'a> {
    Direct,
    Endpoint(&'a Endpoint),
    Proxy(&'a Proxy),
}

impl Route {
    pub(super) fn way(&self, uri: &Uri) -> Way<'_> {
        match self {
            Self::Direct => Way::Direct,
            Self::Endpoint(endpoint) => Way::Endpoint(endpoint),
            Self::Proxies(proxies) => proxies.for_uri(uri).map_or(Way::Direct, Way::Proxy),
        }
    }
}

impl<'a> Way<'a> {
    /// The HTTP proxy that is sent the request itself, rather than asked for a tunnel.
    fn forwarder(self, origin: &Origin) -> Option<&'a Proxy> {
        match self {
            Self::Proxy(proxy) if !origin.is_https => {
                matches!(proxy.kind(), ProxyKind::Http | ProxyKind::Https).then_some(proxy)
            }
            _ => None,
        }
    }

    /// Who is at the other end as far as the request is concerned.
    pub(super) fn peer(self, origin: &Origin) -> Peer {
        match self.forwarder(origin) {
            Some(_) => Peer::Proxy,
            None => Peer::Origin,
        }
    }

    /// Who the request is sent for, if it is sent to a proxy that wants to know.
    pub(super) fn proxy_authorization(self, origin: &Origin) -> Option<HeaderValue> {
        self.forwarder(origin).and_then(Proxy::authorization)
    }
}
