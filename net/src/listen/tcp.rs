use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::Domain;

use super::source::Socket;
use super::{Bind, V6Only};

/// How often a free port is looked for that every address of a name has.
const PORT_TRIES_MAX: u32 = 16;

/// How long the system may take to resolve a name.
const RESOLVE_MAX: Duration = Duration::from_secs(10);

pub(super) fn listen(address: SocketAddr, options: &Bind) -> io::Result<Socket> {
    let socket = options.tcp.open(Domain::for_address(address))?;
    // A restarted server must not wait for old connections in TIME-WAIT.
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(options.reuse_port)?;
    if address.is_ipv6() {
        match options.v6_only {
            V6Only::Off => socket.set_only_v6(false)?,
            V6Only::On => socket.set_only_v6(true)?,
            V6Only::Os => {}
        }
    }
    options.apply_to_listener(&socket)?;
    socket.bind(&address.into())?;
    socket.listen(options.backlog())?;
    Socket::tcp(socket.into())
}

/// Listens on every address of a name, on one port. `localhost` is 127.0.0.1 and ::1: a client may try either, and one
/// that finds nobody there, or somebody else, is the classic surprise of a server that took only the first.
pub(super) async fn listen_on_all(
    name: &str,
    port: u16,
    options: &Bind,
) -> io::Result<Vec<Socket>> {
    let resolved = tokio::time::timeout(RESOLVE_MAX, tokio::net::lookup_host((name, port)));
    let Ok(resolved) = resolved.await else {
        let why = "the name was not resolved in time";
        return Err(io::Error::new(io::ErrorKind::TimedOut, why));
    };
    let mut addresses: Vec<SocketAddr> = resolved?.collect();
    let mut seen = std::collections::HashSet::new();
    addresses.retain(|address| seen.insert(*address));
    for _ in 1..PORT_TRIES_MAX {
        match listen_on(&addresses, options) {
            // The port that the kernel chose for the first address is taken on another one.
            Err(error) if port == 0 && error.kind() == io::ErrorKind::AddrInUse => {}
            outcome => return outcome,
        }
    }
    listen_on(&addresses, options)
}

fn listen_on(addresses: &[SocketAddr], options: &Bind) -> io::Result<Vec<Socket>> {
    let mut sockets: Vec<Socket> = Vec::new();
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        // With port 0, the first one chooses for all.
        let chosen = sockets.first().and_then(|first| first.local().port());
        let port = chosen.unwrap_or_else(|| address.port());
        match listen(SocketAddr::new(address.ip(), port), options) {
            Ok(socket) => sockets.push(socket),
            // The hosts file knows an address that this host does not have: ::1 without IPv6.
            Err(error) if is_absent(&error) => failed = error,
            Err(error) => return Err(error),
        }
    }
    if sockets.is_empty() {
        return Err(failed);
    }
    Ok(sockets)
}

fn is_absent(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(
        Errno::from_io_error(error),
        Some(Errno::ADDRNOTAVAIL | Errno::AFNOSUPPORT)
    )
}
