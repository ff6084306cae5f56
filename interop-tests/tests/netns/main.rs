//! `wharf-net` over networks that lose, delay, slow down and refuse: the dialer, keep-alive, and what the kernel tells.
//!
//! Each test has two hosts of its own in network namespaces, which takes root; anyone else skips it out loud. Time is
//! asserted against the other outcome: "before the deadline" means that waiting for the bad address would have run into it.

mod dial;
mod gone;
mod transfer;

use std::net::SocketAddr;
use std::time::Duration;

use wharf_interop_tests::netns::{Pair, SERVER_V4};
use wharf_net::{Bind, Conn, Dialer, Endpoint, Listener, TcpOptions};

const PORT: u16 = 7000;

/// Where the server listens: both families on one socket.
const BOTH: &str = "[::]:7000";

/// What is over within this was noticed: left alone, the kernel takes minutes for a black hole, a quarter of an hour for
/// data that is not acknowledged, and forever for silence.
const NOTICED: Duration = Duration::from_secs(20);

/// A connection over IPv4, both ends of it. The listener is closed again.
async fn connect(pair: &Pair, tcp: TcpOptions) -> (Conn, Conn) {
    let mut listener = pair.server.listen(BOTH, &Bind::default());
    connect_to(&mut listener, tcp).await
}

async fn connect_to(listener: &mut Listener, tcp: TcpOptions) -> (Conn, Conn) {
    let dialer = Dialer {
        tcp,
        ..Dialer::default()
    };
    let there = Endpoint::Inet(SocketAddr::from((SERVER_V4, PORT)));
    let (dialed, accepted) = tokio::join!(dialer.dial(&there), listener.accept());
    (dialed.unwrap(), accepted.unwrap())
}
