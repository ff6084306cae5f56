//! A new connection: dialed, through a proxy if there is one, with TLS if it is for https.

use std::future::Future;
use std::io;
use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout_at;
use wharf_net::{Addr, Conn, Endpoint, ProxyAddresses, ProxyHeader};

use super::connection::Connection;
use super::origin::Origin;
use super::pool::Place;
use super::proxy::{socks5, tunnel};
use super::route::Way;
use super::shared::Shared;
use super::stream::ClientStream;
use super::{Proxy, ProxyError, ProxyKind, SendProxyHeader};
use crate::driver::deadline_in;
use crate::error::Kind;
use crate::h1::Peer;
use crate::{Phase, https};

/// A new connection to an origin, in its place.
pub(super) async fn connect(
    shared: &Shared,
    origin: &Origin,
    way: Way<'_>,
    place: Place,
) -> Result<Box<Connection>, Kind> {
    let config = &shared.config;
    // Asked before the handshake: what is set meanwhile may already not be what it is made with.
    let tls_generation = match &config.tls {
        Some(tls) => tls.generation(),
        None => 0,
    };
    let io = match way {
        Way::Direct => secured(shared, origin, dial(shared, &origin.endpoint()).await?).await?,
        Way::Endpoint(endpoint) => secured(shared, origin, dial(shared, endpoint).await?).await?,
        Way::Proxy(proxy) => through(shared, origin, proxy, way.peer(origin)).await?,
    };
    let limits = config.limits.clone();
    let mut connection = Connection::new(io, way.peer(origin), limits, config.read_bytes_max);
    connection.place = Some(place);
    connection.tls_generation = tls_generation;
    Ok(Box::new(connection))
}

async fn dial(shared: &Shared, endpoint: &Endpoint) -> Result<Conn, Kind> {
    let dialed = shared.config.dialer.dial(endpoint).await;
    let conn = dialed.map_err(|error| Kind::Dial(Box::new(error)))?;
    announce(&shared.config.proxy_header, conn).await
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

async fn secured(shared: &Shared, origin: &Origin, conn: Conn) -> Result<ClientStream, Kind> {
    if !origin.is_https {
        return Ok(ClientStream::Plain(conn));
    }
    let stream = https::connect(shared.tls()?, origin.server_name(), conn).await?;
    Ok(ClientStream::Tls(Box::new(stream)))
}

async fn through(
    shared: &Shared,
    origin: &Origin,
    proxy: &Proxy,
    peer: Peer,
) -> Result<ClientStream, Kind> {
    if let Ok(ip) = origin.host().parse::<IpAddr>()
        && shared.config.dialer.deny.contains(ip)
    {
        return Err(Kind::Denied(ip));
    }
    match proxy.kind() {
        ProxyKind::Socks5 => {
            let conn = resolved_here(shared, origin, proxy).await?;
            secured(shared, origin, conn).await
        }
        ProxyKind::Socks5h => {
            let conn = dial(shared, proxy.endpoint()).await?;
            let target = origin.endpoint();
            let asking = socks5::connect(conn, &target, proxy.credentials());
            let conn = in_time(shared, proxy, asking).await?;
            secured(shared, origin, conn).await
        }
        ProxyKind::Http => {
            let mut conn = dial(shared, proxy.endpoint()).await?;
            if peer == Peer::Origin {
                conn = tunnelled(shared, origin, proxy, conn).await?;
            }
            secured(shared, origin, conn).await
        }
        ProxyKind::Https => {
            let conn = dial(shared, proxy.endpoint()).await?;
            let conn = https::connect(shared.tls()?, &proxy.host(), conn).await?;
            if peer == Peer::Proxy {
                return Ok(ClientStream::Tls(Box::new(conn)));
            }
            let conn = tunnelled(shared, origin, proxy, conn).await?;
            let conn = https::connect(shared.tls()?, origin.server_name(), conn).await?;
            Ok(ClientStream::TlsInTls(Box::new(conn)))
        }
    }
}

async fn tunnelled<IO>(shared: &Shared, origin: &Origin, proxy: &Proxy, io: IO) -> Result<IO, Kind>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let authorization = proxy.authorization();
    let target = origin.host_and_port();
    let limits = shared.config.limits.clone();
    let asking = tunnel(io, &target, authorization.as_ref(), limits);
    in_time(shared, proxy, asking).await
}

/// Resolves the name here, and lets the proxy connect to one address after the other.
async fn resolved_here(shared: &Shared, origin: &Origin, proxy: &Proxy) -> Result<Conn, Kind> {
    let ask = async |address| {
        let conn = dial(shared, proxy.endpoint())
            .await
            .map_err(io::Error::other)?;
        let target = Endpoint::Inet(address);
        let asked = socks5::connect(conn, &target, proxy.credentials()).await;
        asked.map_err(io::Error::other)
    };
    let endpoint = origin.endpoint();
    let won = shared.config.dialer.dial_with(&endpoint, ask);
    let won = won.await.map_err(|error| Kind::Dial(Box::new(error)))?;
    Ok(won.connected)
}

/// What a proxy takes to answer, which is a connect of its own, within the same time as ours.
async fn in_time<T>(
    shared: &Shared,
    proxy: &Proxy,
    asking: impl Future<Output = Result<T, ProxyError>>,
) -> Result<T, Kind> {
    let limit = shared.config.dialer.deadline;
    match timeout_at(deadline_in(limit), asking).await {
        Ok(Ok(asked)) => Ok(asked),
        Ok(Err(error)) => Err(Kind::Proxy {
            proxy: proxy.to_string(),
            error: Box::new(error),
        }),
        Err(_elapsed) => Err(Kind::Late(Phase::Proxy, limit)),
    }
}
