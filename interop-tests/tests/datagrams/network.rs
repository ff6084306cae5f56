//! Two hosts: groups over IPv6, zones, broadcast, refusals, losses.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

use wharf_dgram::{
    DgramOptions, Group, Interface, MulticastOptions, Origin, Tell, Udp, means_lost,
};
use wharf_interop_tests::netns::{self, CLIENT_V4, CLIENT_V6, Pair, SERVER_V4, SERVER_V6, WIRE};

use crate::{bind, in_time, receive};

const PORT: u16 = 7000;

fn options() -> DgramOptions {
    DgramOptions {
        tell: Tell::EVERYTHING,
        multicast: MulticastOptions {
            interface: Interface::Name(WIRE.into()),
            ..MulticastOptions::default()
        },
        ..DgramOptions::default()
    }
}

/// A socket of the server's, set up where it lives.
fn server(pair: &Pair, address: &str, set_up: impl FnOnce(&Udp) + Send) -> Udp {
    let socket = pair.server.play(async || {
        let socket = bind(address, &options());
        set_up(&socket);
        socket.into_std().unwrap()
    });
    let is_v6 = address.starts_with('[');
    // The name of the wire is another one's in the client's namespace, the options are set.
    let options = DgramOptions {
        tell: Tell::EVERYTHING,
        ..DgramOptions::default()
    };
    let socket = Udp::from_std(socket, &options).unwrap();
    assert_eq!(socket.local_addr().is_ipv6(), is_v6);
    socket
}

/// Whether the server hears what is sent to the group; what is sent behind it tells.
async fn hears(listener: &Udp, sender: &Udp, group: IpAddr) -> bool {
    let alone: IpAddr = match group {
        IpAddr::V4(_) => SERVER_V4.into(),
        IpAddr::V6(_) => SERVER_V6.into(),
    };
    sender
        .send_to(b"to all", SocketAddr::new(group, PORT))
        .await
        .unwrap();
    sender
        .send_to(b"to you", SocketAddr::new(alone, PORT))
        .await
        .unwrap();
    let mut heard = false;
    loop {
        match receive(listener).await {
            (received, content) if content == b"to all" => {
                assert_eq!(received.to, Some(group));
                assert_eq!(received.ttl, Some(1), "it is to stay on the wire");
                heard = true;
            }
            (_, content) => {
                assert_eq!(content, b"to you");
                return heard;
            }
        }
    }
}

#[test]
fn groups_are_heard_from_host_to_host() {
    let Some(pair) = netns::pair() else { return };
    let wire = || Interface::Name(WIRE.into());
    for (listening, group, source, stranger) in [
        ("0.0.0.0:7000", "239.255.9.1", None, None),
        ("[::]:7000", "ff15::9:1", None, None),
        ("[::]:7000", "239.255.9.2", None, None),
        (
            "0.0.0.0:7000",
            "232.255.9.1",
            Some(IpAddr::from(CLIENT_V4)),
            Some("192.0.2.77"),
        ),
        (
            "[::]:7000",
            "ff35::9:1",
            Some(CLIENT_V6.into()),
            Some("2001:db8::77"),
        ),
    ] {
        let ip: IpAddr = group.parse().unwrap();
        let member = |source: Option<IpAddr>| Group {
            source,
            ..Group::any_source(ip).on(wire())
        };
        let listen = |set_up: &(dyn Fn(&Udp) + Sync)| server(&pair, listening, set_up);
        pair.client.play(async || {
            let sender = match ip {
                IpAddr::V4(_) => bind(
                    &SocketAddr::new(CLIENT_V4.into(), 0).to_string(),
                    &options(),
                ),
                IpAddr::V6(_) => bind(
                    &SocketAddr::new(CLIENT_V6.into(), 0).to_string(),
                    &options(),
                ),
            };
            let joined = listen(&|socket| socket.join(&member(source)).unwrap());
            assert!(hears(&joined, &sender, ip).await, "{group}");
            drop(joined);
            let left = listen(&|socket| {
                socket.join(&member(source)).unwrap();
                socket.leave(&member(source)).unwrap();
            });
            assert!(!hears(&left, &sender, ip).await, "{group}");
            drop(left);
            if let Some(stranger) = stranger {
                let stranger = Some(stranger.parse().unwrap());
                let joined = listen(&|socket| socket.join(&member(stranger)).unwrap());
                assert!(!hears(&joined, &sender, ip).await, "{group}");
            }
        });
    }
}

#[test]
fn a_sender_hears_itself_in_a_group_unless_told_otherwise() {
    let Some(pair) = netns::pair() else { return };
    pair.client.play(async || {
        for (any, group) in [("0.0.0.0:0", "239.255.9.3"), ("[::]:0", "ff15::9:3")] {
            for loopback in [true, false] {
                let mut options = options();
                options.multicast.loopback = loopback;
                let socket = bind(any, &options);
                let ip: IpAddr = group.parse().unwrap();
                let wire = Interface::Name(WIRE.into());
                socket.join(&Group::any_source(ip).on(wire)).unwrap();
                let port = socket.local_addr().port();
                socket
                    .send_to(b"to all", SocketAddr::new(ip, port))
                    .await
                    .unwrap();
                let alone: IpAddr = match ip {
                    IpAddr::V4(_) => CLIENT_V4.into(),
                    IpAddr::V6(_) => CLIENT_V6.into(),
                };
                socket
                    .send_to(b"to me", SocketAddr::new(alone, port))
                    .await
                    .unwrap();
                let first = receive(&socket).await.1;
                assert_eq!(first == b"to all", loopback, "{group}");
            }
        }
    });
}

#[test]
fn broadcast_reaches_the_other_host() {
    let Some(pair) = netns::pair() else { return };
    pair.client.play(async || {
        let listener = server(&pair, "0.0.0.0:7000", |_| {});
        let options = DgramOptions {
            broadcast: true,
            ..options()
        };
        let sender = bind("0.0.0.0:0", &options);
        sender
            .send_to(b"to all", "192.0.2.255:7000".parse().unwrap())
            .await
            .unwrap();
        let (received, content) = receive(&listener).await;
        assert_eq!(content, b"to all");
        assert_eq!(received.to, Some("192.0.2.255".parse().unwrap()));
        assert_eq!(received.from.ip(), CLIENT_V4);
    });
}

#[test]
fn a_link_local_peer_is_one_of_a_zone() {
    let Some(pair) = netns::pair() else { return };
    // The kernel takes a second to be sure of an address that it made itself; these are given.
    pair.client
        .ip(&format!("address add fe80::1:1/64 dev {WIRE} nodad"));
    pair.server
        .ip(&format!("address add fe80::1:2/64 dev {WIRE} nodad"));
    pair.client.play(async || {
        let zone = Interface::Name(WIRE.into()).index().unwrap();
        let there: Ipv6Addr = "fe80::1:2".parse().unwrap();
        let to = SocketAddr::from(SocketAddrV6::new(there, PORT, 0, zone));
        let server = server(&pair, "[::]:7000", |_| {});
        let client = bind("[::]:0", &options());
        client.send_to(b"ahoy", to).await.unwrap();
        let (received, _) = receive(&server).await;
        let SocketAddr::V6(from) = received.from else {
            panic!("{received:?}")
        };
        assert!(from.ip().is_unicast_link_local());
        // The same wire, by the number that it has at the other end.
        assert_eq!(Some(from.scope_id()), received.interface);
        assert_ne!(from.scope_id(), 0);
        server.send_to(b"aye", received.from).await.unwrap();
        let (received, _) = receive(&client).await;
        assert_eq!((received.from, received.interface), (to, Some(zone)));

        let nowhere = SocketAddr::from(SocketAddrV6::new(there, PORT, 0, 9999));
        assert!(client.send_to(b"ahoy", nowhere).await.is_err());
    });
}

#[test]
fn each_way_to_refuse_is_told_apart() {
    let Some(pair) = netns::pair() else { return };
    for (port, reject) in [
        (7001, "icmpx type port-unreachable"),
        (7002, "icmpx type admin-prohibited"),
        (7003, "icmpx type host-unreachable"),
    ] {
        pair.server
            .on_input(&format!("udp dport {port} reject with {reject}"));
    }
    pair.client.play(async || {
        let kinds = [(7001, 3, 1, 4), (7002, 13, 1, 1), (7003, 1, 1, 3)];
        for (port, code, kind6, code6) in kinds {
            for ip in [IpAddr::from(SERVER_V4), SERVER_V6.into()] {
                let to = SocketAddr::new(ip, port);
                let asking = DgramOptions {
                    error_queue: true,
                    ..options()
                };
                let client = bind("[::]:0", &asking);
                client.send_to(b"anyone?", to).await.unwrap();
                let report = in_time(client.recv_error()).await.unwrap();
                let wanted = match ip {
                    IpAddr::V4(_) => Origin::Icmp { kind: 3, code },
                    IpAddr::V6(_) => Origin::Icmp6 {
                        kind: kind6,
                        code: code6,
                    },
                };
                assert_eq!((report.origin, report.to), (wanted, Some(to)));
                assert_eq!(report.offender, Some(ip));
                assert_eq!(report.quoted, b"anyone?");

                // A connected socket without a queue is told by the next call, and that is never its end. What may be over in
                // a moment it is not told.
                if port == 7003 {
                    continue;
                }
                let client = bind("[::]:0", &DgramOptions::default());
                client.connect(to).unwrap();
                client.send(b"anyone?").await.unwrap();
                let error = in_time(client.recv(&mut [0; 9])).await.unwrap_err();
                assert!(means_lost(&error), "{to}: {error}");
            }
        }
    });
}

#[test]
fn what_a_network_loses_is_lost_alone() {
    let Some(pair) = netns::pair() else { return };
    pair.server
        .on_input("udp dport 7000 numgen inc mod 4 == 0 drop");
    pair.client.play(async || {
        let server = server(&pair, "0.0.0.0:7000", |_| {});
        let client = bind("0.0.0.0:0", &options());
        let to = SocketAddr::new(SERVER_V4.into(), PORT);
        for number in 0..100_u8 {
            client.send_to(&[number], to).await.unwrap();
        }
        let mut arrived = Vec::new();
        while arrived.len() < 75 {
            arrived.extend(receive(&server).await.1);
        }
        assert!(arrived.is_sorted());
        let lost: Vec<_> = (0..100)
            .filter(|number| !arrived.contains(number))
            .collect();
        assert_eq!(lost.len(), 25);
        assert!(
            lost.windows(2).all(|pair| pair[1] - pair[0] == 4),
            "{lost:?}"
        );
    });
}
