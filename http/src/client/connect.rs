//! A new connection: dialed, through a proxy if there is one, with TLS if it is for https.

use std::future::Future;
use std::io;
use std::net::IpAddr;

use http::HeaderValue;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout_at;
use wharf_net::{Addr, Conn, Endpoint, ProxyAddresses, ProxyHeader};

use super::connection::{Connection, TlsGenerations};
use super::origin::Origin;
use super::pool::Place;
use super::progress::{OnProgress, Progress};
use super::proxy::{socks5, tunnel};
use super::route::Way;
use super::shared::Shared;
use super::stream::ClientStream;
use super::{Proxy, ProxyError, ProxyKind, SendProxyHeader};
use crate::Phase;
use crate::driver::deadline_in;
use crate::error::Kind;
use crate::https::{self, ClientTls, TlsStream};

/// What a connection is made for.
#[derive(Clone, Copy)]
pub(super) struct Connecting<'a> {
    pub(super) shared: &'a Shared,
    pub(super) origin: &'a Origin,
    pub(super) way: Way<'a>,
    /// What a proxy is told in place of what is known of it.
    pub(super) proxy_authorization: Option<&'a HeaderValue>,
    pub(super) progress: Option<&'a OnProgress>,
}

impl Connecting<'_> {
    /// A new connection to the origin, in its place.
    pub(super) async fn connect(self, place: Place) -> Result<Box<Connection>, Kind> {
        let config = &self.shared.config;
        // Asked before the handshake: what is set meanwhile may already not be what it is made with.
        let tls_generations = self.tls_generations();
        let io = match self.way {
            Way::Direct => {
                self.secured(self.dial(&self.origin.endpoint()).await?)
                    .await?
            }
            Way::Endpoint(endpoint) => self.secured(self.dial(endpoint).await?).await?,
            Way::Forwarder(proxy) => self.to_forwarder(proxy).await?,
            Way::Tunnel(proxy) => self.through(proxy).await?,
        };
        let limits = config.limits.clone();
        let origin = self.origin.clone();
        let mut connection =
            Connection::new(origin, io, self.way.peer(), limits, config.read_bytes_max);
        connection.place = Some(place);
        connection.tls_generations = tls_generations;
        Ok(Box::new(connection))
    }

    fn tls_generations(self) -> TlsGenerations {
        let config = &self.shared.config;
        let of = |tls: &Option<ClientTls>| tls.as_ref().map(ClientTls::generation);
        TlsGenerations {
            origin: of(&config.tls).filter(|_| self.origin.is_https),
            proxy: of(&config.proxy_tls).filter(|_| self.way.has_tls_to_proxy()),
        }
    }

    fn note(self, progress: Progress<'_>) {
        if let Some(hook) = self.progress {
            hook.call(progress);
        }
    }

    async fn dial(self, endpoint: &Endpoint) -> Result<Conn, Kind> {
        self.note(Progress::Dialing(endpoint));
        let dialed = self.shared.config.dialer.dial_reported(endpoint).await;
        let (conn, report) = dialed.map_err(|error| Kind::Dial(Box::new(error)))?;
        if let Some(hook) = self.progress {
            hook.call(Progress::Dialed {
                connection: conn.info(),
                report: &report,
                tcp: conn.tcp_info().ok().as_ref(),
            });
        }
        announce(&self.shared.config.proxy_header, conn).await
    }

    /// The handshake with the origin.
    async fn secure<IO>(self, io: IO) -> Result<TlsStream<IO>, Kind>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let tls = self.shared.tls()?;
        self.handshake(tls, self.origin.server_name(), io).await
    }

    /// The handshake with a proxy, whose trouble with it is not the origin's.
    async fn secure_to_proxy<IO>(self, proxy: &Proxy, io: IO) -> Result<TlsStream<IO>, Kind>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let secured = match self.shared.proxy_tls() {
            Ok(tls) => self.handshake(tls, &proxy.host(), io).await,
            Err(kind) => Err(kind),
        };
        secured.map_err(|kind| {
            let error = match kind {
                Kind::Handshake(error) => ProxyError::Handshake(error),
                Kind::Alpn(protocol) => ProxyError::Alpn { protocol },
                other => return other,
            };
            through_failed(proxy, error)
        })
    }

    async fn handshake<IO>(self, tls: &ClientTls, name: &str, io: IO) -> Result<TlsStream<IO>, Kind>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let Some(hook) = self.progress else {
            return https::connect(tls, name, io).await;
        };
        hook.call(Progress::Securing);
        let (connected, report) = https::connect_reported(tls, name, io).await;
        hook.call(match &connected {
            Ok(stream) => Progress::Secured {
                tls: stream.info(),
                report: &report,
            },
            Err(_) => Progress::NotSecured(&report),
        });
        connected
    }

    async fn secured(self, conn: Conn) -> Result<ClientStream, Kind> {
        if !self.origin.is_https {
            return Ok(ClientStream::Plain(conn));
        }
        Ok(ClientStream::Tls(Box::new(self.secure(conn).await?)))
    }

    /// An HTTP proxy that is sent the request itself.
    async fn to_forwarder(self, proxy: &Proxy) -> Result<ClientStream, Kind> {
        self.judge_target()?;
        let conn = self.dial(proxy.endpoint()).await?;
        if proxy.kind() == ProxyKind::Http {
            return Ok(ClientStream::Plain(conn));
        }
        let conn = self.secure_to_proxy(proxy, conn).await?;
        Ok(ClientStream::Tls(Box::new(conn)))
    }

    async fn through(self, proxy: &Proxy) -> Result<ClientStream, Kind> {
        self.judge_target()?;
        match proxy.kind() {
            ProxyKind::Socks5 => self.secured(self.resolved_here(proxy).await?).await,
            ProxyKind::Socks5h => {
                let conn = self.dial(proxy.endpoint()).await?;
                let target = self.origin.endpoint();
                let asking = socks5::connect(conn, &target, proxy.credentials());
                let conn = self.ask(proxy, asking).await?;
                self.secured(conn).await
            }
            ProxyKind::Http => {
                let conn = self.dial(proxy.endpoint()).await?;
                self.secured(self.tunnelled(proxy, conn).await?).await
            }
            ProxyKind::Https => {
                let conn = self.dial(proxy.endpoint()).await?;
                let conn = self.secure_to_proxy(proxy, conn).await?;
                let conn = self.tunnelled(proxy, conn).await?;
                if !self.origin.is_https {
                    return Ok(ClientStream::Tls(Box::new(conn)));
                }
                let conn = self.secure(conn).await?;
                Ok(ClientStream::TlsInTls(Box::new(conn)))
            }
        }
    }

    /// A proxy that resolves may take `127.1` or `2130706433` for an address: under a deny list, what is not written as one may
    /// not look like one. That of a URL is one if it ends in a number ([WHATWG URL]).
    ///
    /// [WHATWG URL]: https://url.spec.whatwg.org/#ends-in-a-number-checker
    fn judge_target(self) -> Result<(), Kind> {
        let deny = &self.shared.config.dialer.deny;
        let host = self.origin.server_name();
        match host.parse::<IpAddr>() {
            Ok(ip) if deny.contains(ip) => Err(Kind::Denied(ip)),
            Err(_) if !deny.is_empty() && may_be_address(host) => {
                Err(Kind::DeniedHost(host.to_owned()))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn tunnelled<IO>(self, proxy: &Proxy, io: IO) -> Result<IO, Kind>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let given = self.proxy_authorization.cloned();
        let authorization = given.or_else(|| proxy.authorization());
        let target = self.origin.host_and_port();
        let limits = self.shared.config.limits.clone();
        let asking = tunnel(io, &target, authorization.as_ref(), limits);
        self.ask(proxy, asking).await
    }

    /// Resolves the name here, and lets the proxy connect to one address after the other. What does not concern the address
    /// ends that: the same would be said of the next one, and an account may be locked behind a few wrong passwords.
    async fn resolved_here(self, proxy: &Proxy) -> Result<Conn, Kind> {
        let ask = async |address| {
            let conn = match self.dial(proxy.endpoint()).await {
                Ok(conn) => conn,
                Err(kind) => return Ok(Err(kind)),
            };
            let target = Endpoint::Inet(address);
            let asking = socks5::connect(conn, &target, proxy.credentials());
            match self.ask(proxy, asking).await {
                Err(kind) if concerns_address(&kind) => Err(io::Error::other(kind)),
                asked => Ok(asked),
            }
        };
        let endpoint = self.origin.endpoint();
        // Each attempt is a dial and an answer, which have their time each: theirs ends first, and says which of them was late.
        let mut dialer = self.shared.config.dialer.clone();
        dialer.deadline = dialer.deadline.saturating_mul(2);
        let won = dialer.dial_with(&endpoint, ask).await;
        won.map_err(|error| Kind::Dial(Box::new(error)))?.connected
    }

    /// What a proxy takes to answer is a connect of its own, within the same time as ours.
    async fn ask<T>(
        self,
        proxy: &Proxy,
        asking: impl Future<Output = Result<T, ProxyError>>,
    ) -> Result<T, Kind> {
        self.note(Progress::ProxyAsked(proxy));
        let limit = self.shared.config.dialer.deadline;
        match timeout_at(deadline_in(limit), asking).await {
            Ok(Ok(asked)) => {
                self.note(Progress::ProxyConnected);
                Ok(asked)
            }
            Ok(Err(error)) => Err(through_failed(proxy, error)),
            Err(_elapsed) => Err(Kind::Late(Phase::Proxy, limit)),
        }
    }
}

pub(super) fn through_failed(proxy: &Proxy, error: ProxyError) -> Kind {
    Kind::Proxy {
        proxy: proxy.to_string(),
        error: Box::new(error),
    }
}

fn may_be_address(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    host.contains(':')
        || is_number(last)
        || hex.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a proxy may say something else of another address of the same host.
fn concerns_address(trouble: &Kind) -> bool {
    match trouble {
        Kind::Late(..) => true,
        Kind::Proxy { error, .. } => matches!(&**error, ProxyError::Socks(_)),
        _ => false,
    }
}

/// Says whose connection it is. That fits into the empty buffer of a new socket, so there is nothing to wait for.
async fn announce(header: &SendProxyHeader, mut conn: Conn) -> Result<Conn, Kind> {
    let bytes = match header {
        SendProxyHeader::None => return Ok(conn),
        SendProxyHeader::As(header) => header.emit(),
        SendProxyHeader::Own(version) => {
            let info = conn.info();
            let addresses = match (&info.local, &info.peer) {
                (Addr::Inet(source), Addr::Inet(destination)) => Some(ProxyAddresses::Inet {
                    source: *source,
                    destination: *destination,
                }),
                _ => None,
            };
            ProxyHeader::new(*version, addresses).emit()
        }
    };
    let bytes = bytes.map_err(|error| Kind::Announce(io::Error::other(error)))?;
    conn.write_all(&bytes).await.map_err(Kind::Announce)?;
    Ok(conn)
}
