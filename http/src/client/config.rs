use std::time::Duration;

use wharf_net::Dialer;

use super::{Decoding, Redirects, Retries, Route, SendProxyHeader};
use crate::h1::Limits;
use crate::https::ClientTls;

/// Bounds and deadlines of a [`Client`](super::Client). Every one has a default.
///
/// A deadline is switched off by [`Duration::MAX`]. Those of one request can be others: [`Timeouts`](super::Timeouts).
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// How servers are dialed: resolver, deny list, deadline of resolving and connecting, options of sockets. Against
    /// a user who names a host inside, set [`Dialer::deny`]: it is looked at for each connection, behind a redirect and
    /// for a name that changed its address too.
    pub dialer: Dialer,
    /// How HTTPS is spoken with origins, client certificate included. A clone that is reloaded, or is given another
    /// identity, concerns the next connections. The default is `None`:
    /// [`ClientTlsOptions`](wharf_tls::ClientTlsOptions) at theirs, with the trust anchors of the operating system, which
    /// are read for the first https request.
    pub tls: Option<ClientTls>,
    /// How TLS is spoken with proxies of [`ProxyKind::Https`](super::ProxyKind::Https), client certificate included. Nothing
    /// of [`tls`](Self::tls) holds for them: who is trusted to speak for an origin need not be trusted with the way to it,
    /// and a certificate that says to origins who we are is shown to no proxy. A clone that is reloaded, or is given another
    /// identity, concerns the next connections, whatever is at the other end of the proxy. Others: curl has
    /// `--proxy-cacert`, `--proxy-cert` and so on; Go's `Transport` uses the settings for origins, certificate included. The
    /// default is `None`: the trust anchors of the operating system, and no client certificate.
    pub proxy_tls: Option<ClientTls>,
    /// Where connections lead: to the origin, to a proxy, or to one place whatever the origin is. The default is
    /// [`Route::Direct`].
    pub route: Route,
    /// What is said on a new connection before anything else, for a server behind the PROXY protocol. The default is nothing.
    pub proxy_header: SendProxyHeader,
    /// Which redirects are followed; `None` for none. The default is those of [`Redirects`].
    pub redirects: Option<Redirects>,
    /// Which requests are sent once more than the race with a closing connection demands. The default is `None`.
    pub retries: Option<Retries>,
    /// Where cookies are kept, and sent from; `None` for nowhere. A clone is the same jar. The default is `None`.
    #[cfg(feature = "cookies")]
    pub cookies: Option<super::CookieJar>,
    /// Which content codings are asked for and taken off: those of the features `gzip`, `br` and `zstd`, within these
    /// bounds. `None` for none. A request that has a field `Accept-Encoding` or `Range` gets what it asks for. The default
    /// is the bounds of [`Decoding`].
    pub decoding: Option<Decoding>,
    /// The bounds of what a server may send, content excepted.
    /// [`content_bytes_max`](Limits::content_bytes_max) is `None` here unless it is set: who reads content says how much
    /// of it, as in [`ReadContent::bytes`](crate::ReadContent::bytes).
    pub limits: Limits,
    /// How many connections there may be to one origin, in use or idle. Who comes then waits in a line. Others:
    /// browsers 6, curl and Go none. The default is 256.
    pub open_per_origin_max: usize,
    /// How many requests may wait in that line. More are refused at once. The default is 4,096.
    pub waiting_per_origin_max: usize,
    /// How long a request may wait there. The default is 30 s.
    pub queue_timeout: Duration,
    /// How many idle connections are kept to one origin. Others: Go 2, which makes busy clients connect over and over;
    /// reqwest none. The default is 256.
    pub idle_per_origin_max: usize,
    /// How many idle connections are kept in all. The default is 1,024.
    pub idle_max: usize,
    /// How long an idle connection is kept. A server that says `Keep-Alive: timeout=N` is left a second before that.
    /// Others: Go and reqwest 90 s, curl 118 s, ureq 15 s; servers close after 5 s (Node, Apache) to 75 s (nginx). The
    /// default is 60 s.
    pub idle_timeout: Duration,
    /// How long a server may take to accept some more of the request. The default is 30 s.
    pub write_timeout: Duration,
    /// How long content waits for the answer to `Expect: 100-continue`: some servers never give one. Others: curl and Go 1 s.
    /// The default is 1 s.
    pub continue_timeout: Duration,
    /// How long a server may take from the end of the request to the end of the response's head. Others: Go and
    /// reqwest none, Node 300 s, nginx as a client 60 s. The default is 60 s.
    pub response_timeout: Duration,
    /// How long the content of a response may pause while somebody waits for it. Others: Node 300 s, nginx as a client 60 s,
    /// most none. The default is 30 s.
    pub read_timeout: Duration,
    /// How long all of it may take, from [`send`](super::Client::send) to the last byte of content. The default is
    /// `Duration::MAX`: a download may take as long as it takes, as long as it moves.
    pub total_timeout: Duration,
    /// How much content of a request is remembered, in case that it has to be sent once more: over a fresh connection, or
    /// behind a redirect; at most in 4096 pieces. Short ones are copied, long ones shared with the one who sends them. The
    /// default is 256 KiB.
    pub replay_bytes_max: usize,
    /// The most that is read at once. The default is 256 KiB.
    pub read_bytes_max: usize,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            dialer: Dialer::default(),
            tls: None,
            proxy_tls: None,
            route: Route::Direct,
            proxy_header: SendProxyHeader::None,
            redirects: Some(Redirects::default()),
            retries: None,
            #[cfg(feature = "cookies")]
            cookies: None,
            decoding: Some(Decoding::default()),
            limits: Limits {
                content_bytes_max: None,
                ..Limits::default()
            },
            open_per_origin_max: 256,
            waiting_per_origin_max: 4096,
            queue_timeout: Duration::from_secs(30),
            idle_per_origin_max: 256,
            idle_max: 1024,
            idle_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(30),
            continue_timeout: Duration::from_secs(1),
            response_timeout: Duration::from_secs(60),
            read_timeout: Duration::from_secs(30),
            total_timeout: Duration::MAX,
            replay_bytes_max: 256 * 1024,
            read_bytes_max: 256 * 1024,
        }
    }
}
