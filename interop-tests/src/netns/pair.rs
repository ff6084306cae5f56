use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use tokio::net::TcpStream;

use super::Namespace;
use crate::Process;
use crate::peer::Python;

/// The client's addresses. They are those of RFC 5737 and RFC 3849 for documentation; here they are real.
pub const CLIENT_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// See [`CLIENT_V4`].
pub const CLIENT_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
/// The server's addresses.
pub const SERVER_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
/// See [`SERVER_V4`].
pub const SERVER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);

/// The name of the link at both ends.
pub const WIRE: &str = "wire";

/// A client and a server with one wire between them, on which both have an address of each family.
#[derive(Debug)]
pub struct Pair {
    /// Holds the packets back. Its devices live in the namespaces, so it goes first.
    _emulator: Option<Process>,
    /// Who dials.
    pub client: Namespace,
    /// Who listens.
    pub server: Namespace,
}

impl Pair {
    /// On a pair of virtual Ethernet devices.
    pub(super) fn wired(client: Namespace, server: Namespace) -> Self {
        // With one index at both ends, which each namespace would choose for itself, the kernel takes the link for a
        // device without a lower one and may wait a second before it lets packets through.
        client.ip(&format!(
            "link add {WIRE} index 10 type veth peer name {WIRE} index 11 netns {}",
            server.name()
        ));
        Self::address(None, client, server)
    }

    /// On two TUN devices that a program carries packets between.
    pub(super) fn delayed(
        client: Namespace,
        server: Namespace,
        python: &Python,
        delay: Duration,
    ) -> Self {
        let mut command = python.command(include_str!("delay.py"), &[]);
        command.args(["far", WIRE, &delay.as_millis().to_string()]);
        let emulator = server.run(|| Process::spawn_with_stdin(&mut command));
        emulator.wait_for_stdout(|bytes| (bytes == b"ready\n").then_some(()));
        server.ip(&format!("link set far netns {} name {WIRE}", client.name()));
        Self::address(Some(emulator), client, server)
    }

    fn address(emulator: Option<Process>, client: Namespace, server: Namespace) -> Self {
        for (host, v4, v6) in [
            (&client, CLIENT_V4, CLIENT_V6),
            (&server, SERVER_V4, SERVER_V6),
        ] {
            host.ip(&format!("address add {v4}/24 dev {WIRE}"));
            // Without `nodad` the address could not be used for a second or two.
            host.ip(&format!("address add {v6}/64 dev {WIRE} nodad"));
            host.ip(&format!("link set {WIRE} up"));
        }
        let pair = Self {
            _emulator: emulator,
            client,
            server,
        };
        pair.client.play(async || {
            answers(SERVER_V4.into()).await;
            answers(SERVER_V6.into()).await;
        });
        pair
    }
}

/// Waits until packets go both ways: the link is up and the neighbours know each other. Nobody listens, so the answer is
/// a refusal, and until it comes, the kernel sends the SYN again and again.
async fn answers(server: IpAddr) {
    let refused = TcpStream::connect((server, 1)).await;
    let kind = refused.expect_err("nobody listens").kind();
    assert_eq!(kind, ErrorKind::ConnectionRefused, "{server}");
}
