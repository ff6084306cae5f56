//! Two hosts and the wire between them, inside network namespaces of the test's own: what a loopback cannot do, a packet
//! that is lost, late or refused on its way.
//!
//! ```no_run
//! use wharf_interop_tests::netns::{self, SERVER_V4};
//!
//! # fn test() {
//! let Some(pair) = netns::pair() else { return };
//! pair.server.on_input("tcp dport 80 drop");
//! pair.client.play(async || {
//!     // Every socket that is opened here belongs to the client; only an answer would not come.
//!     let connecting = tokio::net::TcpStream::connect((SERVER_V4, 80));
//! });
//! # }
//! ```
//!
//! The host's own network is not touched: every rule, link and address is in a namespace that [`Namespace`] made and
//! removes. That takes root, so anyone else skips these tests, also with `REQUIRE_PEERS=1`; a missing program fails there
//! like any other peer.
//!
//! netem, the kernel's own emulator of bad networks, is not built into every kernel. nft loses and refuses packets, tbf
//! limits their rate, and `delay.py` holds them back between two TUN devices.
//!
//! | file | holds |
//! |---|---|
//! | `namespace.rs` | one namespace: what runs in it, its firewall |
//! | `pair.rs` | a client and a server, joined by a wire |
//! | `routed.rs` | the same with a router between them, and a link behind it that takes less |
//! | `delay.py` | the wire that takes its time |

mod namespace;
mod pair;
mod routed;

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

pub use namespace::Namespace;
pub use pair::{CLIENT_V4, CLIENT_V6, Pair, SERVER_V4, SERVER_V6, WIRE};
pub use routed::{BEHIND_V4, BEHIND_V6, NARROW_MTU, ROUTER_V4, ROUTER_V6, Routed};

use crate::peer;

/// Two hosts on one wire, or `None` after saying why not.
///
/// # Panics
///
/// When a program is missing although `REQUIRE_PEERS` is `1`.
#[track_caller]
pub fn pair() -> Option<Pair> {
    let (client, server) = hosts()?;
    Some(Pair::wired(client, server))
}

/// Two hosts on a wire that holds each packet back for `delay`, so that a round trip takes twice as long; or `None` after
/// saying why not.
///
/// # Panics
///
/// When a program is missing although `REQUIRE_PEERS` is `1`.
#[track_caller]
pub fn pair_with_delay(delay: Duration) -> Option<Pair> {
    let python = peer::python()?;
    let tun = "/dev/net/tun";
    if let Err(error) = OpenOptions::new().read(true).write(true).open(tun) {
        peer::skip_unable(&format!("{tun}: {error}"));
        return None;
    }
    let (client, server) = hosts()?;
    Some(Pair::delayed(client, server, &python, delay))
}

/// Two hosts with a router between them, whose far link takes shorter packets than its near one; or `None` after saying why
/// not.
///
/// # Panics
///
/// When a program is missing although `REQUIRE_PEERS` is `1`.
#[track_caller]
pub fn routed() -> Option<Routed> {
    let (client, server) = hosts()?;
    let router = Namespace::add("router").expect("as the others");
    Some(Routed::new(client, router, server))
}

#[track_caller]
fn hosts() -> Option<(Namespace, Namespace)> {
    // Before the programs: only root needs them.
    if !rustix::process::geteuid().is_root() {
        peer::skip_unable("network namespaces take root");
        return None;
    }
    if !Path::new("/proc/net/if_inet6").exists() {
        peer::skip_unable("this kernel has no IPv6");
        return None;
    }
    for (program, package) in [("ip", "iproute2"), ("tc", "iproute2"), ("nft", "nftables")] {
        peer::require(program, package)?;
    }
    let made = Namespace::add("client").and_then(|client| Ok((client, Namespace::add("server")?)));
    match made {
        Ok(hosts) => Some(hosts),
        Err(refused) => {
            peer::skip_unable(&refused);
            None
        }
    }
}
