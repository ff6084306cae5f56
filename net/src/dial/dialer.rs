use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::Duration;

use socket2::Domain;
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio::time::{sleep, timeout_at};

use super::{DialError, DialPhase, DialReport, Race, RaceOptions, Won};
use crate::{
    Addr, Conn, ConnInfo, Credentials, Endpoint, PrefixSet, Resolve, Stream, SystemResolver,
    TcpOptions, UnixName, sockopt,
};

/// Dials: resolves a name, tries its addresses as RFC 8305 says, and hands out the connection that was first.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use wharf_net::{Dialer, PrefixSet};
///
/// let dialer = Dialer {
///     deadline: Duration::from_secs(3),
///     deny: PrefixSet::not_global(), // the name comes from a user, who must not reach the inside
///     ..Dialer::default()
/// };
/// let conn = dialer.dial(&"example.com:443".parse()?).await?;
/// println!("connected to {}", conn.info().peer);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Dialer {
    /// The options of the socket of each attempt.
    pub tcp: TcpOptions,
    /// The address to dial from over IPv4; port 0 is any. The default is `None`: the kernel chooses. Where only one of
    /// the two is set, the other family is not tried: a source address that held for half of the dials would be a trap.
    pub local_v4: Option<SocketAddrV4>,
    /// The same over IPv6.
    pub local_v6: Option<SocketAddrV6>,
    /// How the addresses are raced.
    pub race: RaceOptions,
    /// How long all of it may take: resolving and every attempt. Others: Go's HTTP client 30 s, Node and curl minutes.
    /// The default is 10 s.
    pub deadline: Duration,
    /// Addresses that are not dialed, whoever names them: against a user who names a host inside
    /// ([`PrefixSet::not_global`]). It is looked at after resolving, with the very address that is then dialed, so a name
    /// that changes its mind in between gains nothing. Unix sockets are not concerned: do not parse an [`Endpoint`] from
    /// a stranger's text without looking which kind it is. The default is empty.
    pub deny: PrefixSet,
    /// Who resolves names. The default is [`SystemResolver`].
    pub resolver: Arc<dyn Resolve>,
}

impl Default for Dialer {
    fn default() -> Self {
        Self {
            tcp: TcpOptions::default(),
            local_v4: None,
            local_v6: None,
            race: RaceOptions::default(),
            deadline: Duration::from_secs(10),
            deny: PrefixSet::default(),
            resolver: Arc::new(SystemResolver::default()),
        }
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer")
            .field("tcp", &self.tcp)
            .field("local_v4", &self.local_v4)
            .field("local_v6", &self.local_v6)
            .field("race", &self.race)
            .field("deadline", &self.deadline)
            .field("deny", &self.deny)
            .finish_non_exhaustive()
    }
}

/// The first pause before a Unix socket whose queue is full is tried again. Each further one is twice as long.
const UNIX_RETRY_MIN: Duration = Duration::from_millis(2);
const UNIX_RETRY_MAX: Duration = Duration::from_millis(100);

impl Dialer {
    /// Connects to an endpoint.
    ///
    /// # Errors
    ///
    /// A [`DialError`] with every attempt and how it ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes what was under way; the system's resolver goes on in its thread.
    pub async fn dial(&self, endpoint: &Endpoint) -> Result<Conn, DialError> {
        self.dial_reported(endpoint).await.map(|(conn, _)| conn)
    }

    /// The same, for who wants to know how it went.
    ///
    /// # Errors
    ///
    /// Those of [`dial`](Self::dial).
    ///
    /// # Cancel safety
    ///
    /// That of [`dial`](Self::dial).
    pub async fn dial_reported(
        &self,
        endpoint: &Endpoint,
    ) -> Result<(Conn, DialReport), DialError> {
        let connect = |address| self.connect(address);
        let (won, report) = match endpoint {
            Endpoint::Unix(name) => {
                let conn = self.dial_unix(name).await?;
                return Ok((conn, DialReport::default()));
            }
            Endpoint::Inherited(_) => return Err(DialError::not_dialable(endpoint.clone())),
            Endpoint::Inet(_) | Endpoint::Host { .. } => {
                let has_local = |address| self.has_local_for(address);
                self.race(endpoint, has_local, connect).await?
            }
        };
        let (stream, local) = won.connected;
        let info = ConnInfo::new(won.address.into(), local.into());
        Ok((Conn::new(Stream::from(stream), info), report))
    }

    /// Resolves and races with another way to connect: through a proxy, over a simulated network. All rules of the dialer
    /// hold but those of sockets, `tcp` and the two local addresses.
    ///
    /// # Errors
    ///
    /// A [`DialError`] with every attempt and how it ended; at once if the endpoint is no host.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the attempts that are under way.
    pub async fn dial_with<T, F, Fut>(
        &self,
        endpoint: &Endpoint,
        connect: F,
    ) -> Result<Won<T>, DialError>
    where
        F: FnMut(SocketAddr) -> Fut,
        Fut: Future<Output = io::Result<T>>,
    {
        let (won, _) = self.race(endpoint, |_| true, connect).await?;
        Ok(won)
    }

    async fn race<T, F, Fut>(
        &self,
        endpoint: &Endpoint,
        has_local: impl Fn(SocketAddr) -> bool,
        connect: F,
    ) -> Result<(Won<T>, DialReport), DialError>
    where
        F: FnMut(SocketAddr) -> Fut,
        Fut: Future<Output = io::Result<T>>,
    {
        let begun = tokio::time::Instant::now();
        let over = self.over();
        let late = |phase| DialError::late(endpoint.clone(), phase, self.deadline);
        let addresses = match endpoint {
            Endpoint::Inet(address) => vec![*address],
            Endpoint::Host { name, port } => {
                match timeout_at(over, self.resolver.resolve(name, *port)).await {
                    Ok(Ok(addresses)) => addresses,
                    Ok(Err(error)) => return Err(DialError::resolve(endpoint.clone(), error)),
                    Err(_elapsed) => return Err(late(DialPhase::Resolve)),
                }
            }
            Endpoint::Unix(_) | Endpoint::Inherited(_) => {
                return Err(DialError::not_dialable(endpoint.clone()));
            }
        };
        let resolved = begun.elapsed();
        let permitted = self.permitted(endpoint, addresses, has_local);
        let addresses = permitted.map_err(|error| error.behind_resolving(resolved))?;
        let mut race = Race::new(&addresses, &self.race, connect);
        let error = match timeout_at(over, race.run()).await {
            Ok(Some(won)) => {
                let attempts = race.into_attempts();
                let report = DialReport {
                    resolved,
                    addresses,
                    attempts,
                };
                return Ok((won, report));
            }
            Ok(None) => DialError::all_failed(endpoint.clone(), race.into_attempts()),
            Err(_elapsed) => late(DialPhase::Connect).with_attempts(race.into_attempts()),
        };
        Err(error.behind_resolving(resolved))
    }

    /// A deadline that is too long for the clock ends in a century.
    fn over(&self) -> tokio::time::Instant {
        let century = Duration::from_secs(100 * 365 * 86_400);
        tokio::time::Instant::now() + self.deadline.min(century)
    }

    fn permitted(
        &self,
        endpoint: &Endpoint,
        addresses: Vec<SocketAddr>,
        has_local: impl Fn(SocketAddr) -> bool,
    ) -> Result<Vec<SocketAddr>, DialError> {
        if addresses.is_empty() {
            return Err(DialError::no_address(endpoint.clone()));
        }
        let (denied, mut permitted): (Vec<_>, Vec<_>) = addresses
            .into_iter()
            .map(connected_to)
            .partition(|address| self.deny.contains(address.ip()));
        if permitted.is_empty() {
            let denied: Vec<IpAddr> = denied.iter().map(SocketAddr::ip).collect();
            return Err(DialError::denied(endpoint.clone(), denied));
        }
        permitted.retain(|address| has_local(*address));
        if permitted.is_empty() {
            return Err(DialError::no_local_address(endpoint.clone()));
        }
        Ok(permitted)
    }

    fn has_local_for(&self, address: SocketAddr) -> bool {
        let any = self.local_v4.is_none() && self.local_v6.is_none();
        any || self.local_for(address).is_some()
    }

    fn local_for(&self, address: SocketAddr) -> Option<SocketAddr> {
        match address.ip().to_canonical() {
            IpAddr::V4(_) => self.local_v4.map(SocketAddr::from),
            IpAddr::V6(_) => self.local_v6.map(SocketAddr::from),
        }
    }

    /// A connection and the address of this end.
    async fn connect(&self, address: SocketAddr) -> io::Result<(TcpStream, SocketAddr)> {
        let socket = self.tcp.open(Domain::for_address(address))?;
        if let Some(local) = self.local_for(address) {
            // One local port can serve several connections, as long as the other ends differ.
            if local.port() == 0 {
                sockopt::set_bind_address_no_port(socket.as_fd())?;
            } else {
                socket.set_reuse_address(true)?;
            }
            socket.bind(&local.into())?;
        }
        let stream = TcpSocket::from_std_stream(socket.into())
            .connect(address)
            .await?;
        let local = local_of(&stream)?;
        Ok((stream, local))
    }

    async fn dial_unix(&self, name: &UnixName) -> Result<Conn, DialError> {
        let endpoint = || Endpoint::Unix(name.clone());
        let connecting = async {
            let mut pause = UNIX_RETRY_MIN;
            loop {
                match connect_unix(name, &self.tcp) {
                    // The queue of the listener is full. On Linux such a socket never becomes writable, so there is
                    // nothing to wait for but time.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        sleep(pause).await;
                        pause = (pause * 2).min(UNIX_RETRY_MAX);
                    }
                    outcome => return outcome,
                }
            }
        };
        let stream = match timeout_at(self.over(), connecting).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(DialError::unix(endpoint(), error)),
            Err(_elapsed) => {
                return Err(DialError::late(
                    endpoint(),
                    DialPhase::Connect,
                    self.deadline,
                ));
            }
        };
        let mut info = ConnInfo::new(Addr::Unix(name.clone()), Addr::Unnamed);
        info.facts_mut().credentials = Credentials::of(&stream);
        Ok(Conn::new(Stream::from(stream), info))
    }
}

/// The address that the kernel connects to: the unspecified one means loopback. A deny list has to see what is dialed.
fn connected_to(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}

/// The address of this end, unless the other one is the same socket: a port of this host that nobody listens on can be
/// the one that the kernel chose for us, and TCP then connects the socket to itself (simultaneous open, RFC 9293 §3.5).
fn local_of(stream: &TcpStream) -> io::Result<SocketAddr> {
    let local = stream.local_addr()?;
    // There is no peer any more if it has reset the connection by now. That is told by the first read, as ever.
    if stream.peer_addr().is_ok_and(|peer| peer == local) {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(local)
}

/// Connecting to a Unix socket is over at once: it succeeds, or it fails.
fn connect_unix(name: &UnixName, options: &TcpOptions) -> io::Result<UnixStream> {
    let socket = socket2::Socket::new(Domain::UNIX, socket2::Type::STREAM.nonblocking(), None)?;
    options.apply_to_any(&socket)?;
    socket.connect(&name.to_socket_address()?)?;
    UnixStream::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_peer_that_resets_at_once_is_told_by_the_first_read() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let (peer, client) = listener.accept().await.unwrap();
        socket2::SockRef::from(&peer)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
        drop(peer);
        stream.readable().await.unwrap();
        assert_eq!(
            stream.peer_addr().unwrap_err().kind(),
            io::ErrorKind::NotConnected
        );
        assert_eq!(local_of(&stream).unwrap(), client);
        let error = stream.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}
