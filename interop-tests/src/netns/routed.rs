use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::Namespace;

/// A client and a server with a router between them, and a link behind it that takes less than the one before it.
///
/// The client's addresses are those of a [`Pair`](super::Pair); the server's are in networks of their own.
#[derive(Debug)]
pub struct Routed {
    /// Whose link takes 1,500 bytes.
    pub client: Namespace,
    _router: Namespace,
    /// Whose link takes [`NARROW_MTU`].
    pub server: Namespace,
}

/// What the link between router and server takes. IPv6 asks for 1,280 at least.
pub const NARROW_MTU: u32 = 1400;

/// The router's addresses on the client's side.
pub const ROUTER_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 254);
/// See [`ROUTER_V4`].
pub const ROUTER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xfe);
/// The server's addresses behind the router.
pub const BEHIND_V4: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 2);
/// See [`BEHIND_V4`].
pub const BEHIND_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 2);

impl Routed {
    pub(super) fn new(client: Namespace, router: Namespace, server: Namespace) -> Self {
        for (number, (host, name)) in [(&client, "near"), (&server, "far")]
            .into_iter()
            .enumerate()
        {
            let (here, there) = (20 + 2 * number, 21 + 2 * number);
            router.ip(&format!(
                "link add {name} index {here} type veth peer name wire index {there} netns {}",
                host.name()
            ));
        }
        let narrow = format!("mtu {NARROW_MTU}");
        for (host, link, mtu, v4, v6) in [
            (
                &client,
                "wire",
                "mtu 1500",
                "192.0.2.1/24",
                "2001:db8::1/64",
            ),
            (
                &router,
                "near",
                "mtu 1500",
                "192.0.2.254/24",
                "2001:db8::fe/64",
            ),
            (
                &router,
                "far",
                &narrow,
                "198.51.100.1/24",
                "2001:db8:1::1/64",
            ),
            (
                &server,
                "wire",
                &narrow,
                "198.51.100.2/24",
                "2001:db8:1::2/64",
            ),
        ] {
            host.ip(&format!("link set {link} {mtu} up"));
            host.ip(&format!("address add {v4} dev {link}"));
            host.ip(&format!("address add {v6} dev {link} nodad"));
        }
        for (host, v4, v6) in [
            (&client, ROUTER_V4.to_string(), ROUTER_V6.to_string()),
            (
                &server,
                "198.51.100.1".to_owned(),
                "2001:db8:1::1".to_owned(),
            ),
        ] {
            host.ip(&format!("route add default via {v4}"));
            host.ip(&format!("-6 route add default via {v6}"));
        }
        router.run(|| {
            for family in ["ipv4/ip_forward", "ipv6/conf/all/forwarding"] {
                fs::write(format!("/proc/sys/net/{family}"), "1").expect("its own network");
            }
        });
        Self {
            client,
            _router: router,
            server,
        }
    }
}
