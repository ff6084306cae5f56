use std::ptr;

use http::uri::Scheme;
use http::{HeaderValue, Method, Uri};
use wharf_net::{Endpoint, ProxyHeader, ProxyVersion};

use super::{Proxies, Proxy, ProxyKind};
use crate::error::Kind;
use crate::h1::Peer;

/// Where the connections of a client lead.
///
/// A CONNECT, whose URI is a host and a port ([RFC 9110 §9.3.6]), is sent to whoever is there: to the endpoint, to the HTTP
/// proxy that an `https` request to that host would have a tunnel through, or, without a proxy, to the named server itself.
/// Behind a 2xx is the tunnel ([`Incoming::into_switched`](crate::Incoming::into_switched)); any other answer is handed out as
/// it is. Where [`Proxies`](Self::Proxies) have no HTTP proxy for that host it is refused.
///
/// [RFC 9110 §9.3.6]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
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
    /// URIs, and against names that are resolved here; a name that the proxy resolves is the proxy's to judge. TLS with an
    /// `https` proxy is spoken as [`ClientConfig::proxy_tls`](super::ClientConfig::proxy_tls) has it.
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
    /// An HTTP proxy, which is sent the request itself.
    Forwarder(&'a Proxy),
    /// A proxy that is asked for a connection to the origin.
    Tunnel(&'a Proxy),
}

/// Tells the ways of one client apart. Its settings do not move, so where one lies says which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WayId(usize);

impl Route {
    /// The way of a request, whose URI has an origin.
    pub(super) fn way(&self, method: &Method, uri: &Uri) -> Result<Way<'_>, Kind> {
        let proxies = match self {
            Self::Direct => return Ok(Way::Direct),
            Self::Endpoint(endpoint) => return Ok(Way::Endpoint(endpoint)),
            Self::Proxies(proxies) => proxies,
        };
        if *method == Method::CONNECT {
            let proxy = uri
                .authority()
                .and_then(|target| proxies.for_connect(target));
            return match proxy {
                Some(proxy) if !proxy.kind().is_socks() => Ok(Way::Forwarder(proxy)),
                Some(_) | None => Err(Kind::Uri(
                    "CONNECT is for an HTTP proxy, and the route has none to its host",
                )),
            };
        }
        let is_plain = uri.scheme() == Some(&Scheme::HTTP);
        Ok(match proxies.for_uri(uri) {
            None => Way::Direct,
            Some(proxy) if is_plain && !proxy.kind().is_socks() => Way::Forwarder(proxy),
            Some(proxy) => Way::Tunnel(proxy),
        })
    }
}

impl Way<'_> {
    pub(super) fn id(self) -> WayId {
        WayId(match self {
            Self::Direct => 0,
            Self::Endpoint(endpoint) => ptr::from_ref(endpoint).addr(),
            Self::Forwarder(proxy) | Self::Tunnel(proxy) => ptr::from_ref(proxy).addr(),
        })
    }

    /// Whether there is a proxy on it that is spoken to over TLS.
    pub(super) fn has_tls_to_proxy(self) -> bool {
        match self {
            Self::Direct | Self::Endpoint(_) => false,
            Self::Forwarder(proxy) | Self::Tunnel(proxy) => proxy.kind() == ProxyKind::Https,
        }
    }

    /// Who is at the other end as far as the request is concerned.
    pub(super) fn peer(self) -> Peer {
        match self {
            Self::Forwarder(_) => Peer::Proxy,
            Self::Direct | Self::Endpoint(_) | Self::Tunnel(_) => Peer::Origin,
        }
    }

    /// Who the request is sent for, if it is sent to a proxy that wants to know: what was `given` with the request, or what is
    /// known of the proxy. Whoever gets a CONNECT is a proxy.
    pub(super) fn proxy_authorization(
        self,
        method: &Method,
        given: Option<&HeaderValue>,
    ) -> Option<HeaderValue> {
        match self {
            Self::Forwarder(proxy) => given.cloned().or_else(|| proxy.authorization()),
            Self::Direct | Self::Endpoint(_) if *method == Method::CONNECT => given.cloned(),
            Self::Direct | Self::Endpoint(_) | Self::Tunnel(_) => None,
        }
    }
}
