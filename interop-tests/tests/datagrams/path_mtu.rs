//! Datagrams that are longer than a link on their way takes.

use std::io;
use std::net::{IpAddr, SocketAddr};

use wharf_dgram::{BatchOptions, BatchUdp, DgramOptions, Origin, PathMtu, Segments, Slots, Udp};
use wharf_interop_tests::netns::{
    self, BEHIND_V4, BEHIND_V6, NARROW_MTU, ROUTER_V4, ROUTER_V6, Routed, SERVER_V4, SERVER_V6,
};

use crate::{bind, in_time, receive};

const PORT: u16 = 7000;

fn options(path_mtu: PathMtu) -> DgramOptions {
    DgramOptions {
        path_mtu,
        ..DgramOptions::default()
    }
}

/// The headers of IP and UDP.
fn header_bytes(server: IpAddr) -> usize {
    match server {
        IpAddr::V4(_) => 20 + 8,
        IpAddr::V6(_) => 40 + 8,
    }
}

fn anywhere(server: IpAddr) -> &'static str {
    match server {
        IpAddr::V4(_) => "0.0.0.0:0",
        IpAddr::V6(_) => "[::]:0",
    }
}

fn is_too_long(sent: io::Result<()>) -> bool {
    sent.is_err_and(|error| error.raw_os_error() == Some(rustix::io::Errno::MSGSIZE.raw_os_error()))
}

#[test]
fn an_ethernet_frame_takes_1472_bytes_and_not_1473_unless_in_fragments() {
    let Some(pair) = netns::pair() else { return };
    let server = pair.server.play(async || bind_std("[::]:7000"));
    pair.client.play(async || {
        let server = Udp::from_std(server, &DgramOptions::default()).unwrap();
        for ip in [IpAddr::from(SERVER_V4), SERVER_V6.into()] {
            let fits = 1500 - header_bytes(ip);
            let to = SocketAddr::new(ip, PORT);
            for mode in [PathMtu::DontFragment, PathMtu::Probe] {
                let client = bind(anywhere(ip), &options(mode));
                client.send_to(&vec![7; fits], to).await.unwrap();
                assert_eq!(receive(&server).await.0.len, fits);
                let longer = client.send_to(&vec![7; fits + 1], to).await;
                assert!(is_too_long(longer), "{mode:?} to {ip}");
                client.connect(to).unwrap();
                assert_eq!(client.path_mtu().unwrap(), 1500);
            }
            for mode in [PathMtu::Os, PathMtu::Fragment] {
                let client = bind(anywhere(ip), &options(mode));
                for len in [fits + 1, 60_000] {
                    client.send_to(&vec![7; len], to).await.unwrap();
                    let (received, content) = receive(&server).await;
                    assert!(content == vec![7; len] && !received.truncated);
                }
            }
        }
    });
}

fn bind_std(address: &str) -> std::net::UdpSocket {
    bind(address, &DgramOptions::default()).into_std().unwrap()
}

#[test]
fn a_batch_of_longer_segments_is_sent_one_by_one_and_in_fragments_where_it_may_be() {
    let Some(pair) = netns::pair() else { return };
    let server = pair.server.play(async || bind_std("[::]:7000"));
    pair.client.play(async || {
        let server = Udp::from_std(server, &DgramOptions::default()).unwrap();
        let server = server.into_batch(&BatchOptions::default()).unwrap();
        for ip in [IpAddr::from(SERVER_V4), SERVER_V6.into()] {
            let fits = 1500 - header_bytes(ip);
            for (mode, len, arrives) in [
                (PathMtu::Probe, fits, true),
                (PathMtu::Probe, fits + 1, false),
                (PathMtu::DontFragment, fits + 1, false),
                (PathMtu::Fragment, fits, true),
                (PathMtu::Fragment, 2000, true),
                (PathMtu::Fragment, fits + 1, true),
            ] {
                let options = BatchOptions {
                    path_mtu: mode,
                    ..BatchOptions::default()
                };
                let client = bind(anywhere(ip), &DgramOptions::default());
                let client = client.into_batch(&options).unwrap();
                // Twice: what was refused once is remembered.
                for _ in 0..2 {
                    let sent = send_ten(&client, SocketAddr::new(ip, PORT), len).await;
                    assert_eq!(is_too_long(sent), !arrives, "{mode:?}, {len} to {ip}");
                    if arrives {
                        let lengths = lengths_of_ten(&server).await;
                        assert_eq!(lengths, [len; 10], "{mode:?} to {ip}");
                    }
                }
                // Shorter ones still go as one.
                send_ten(&client, SocketAddr::new(ip, PORT), 500)
                    .await
                    .unwrap();
                assert_eq!(lengths_of_ten(&server).await, [500; 10]);
            }
        }
    });
}

async fn send_ten(client: &BatchUdp, to: SocketAddr, len: usize) -> io::Result<()> {
    client
        .send(&Segments::new(to, &vec![7; 10 * len], len))
        .await
}

async fn lengths_of_ten(server: &BatchUdp) -> Vec<usize> {
    let (mut lengths, mut slots) = (Vec::new(), Slots::default());
    while lengths.len() < 10 {
        let datagrams = in_time(server.recv(&mut slots)).await.unwrap();
        lengths.extend(datagrams.map(|datagram| datagram.bytes.len()));
    }
    lengths
}

/// The server's end, in the hands of a scene of the client's.
fn behind(routed: &Routed) -> Udp {
    let server = routed.server.play(async || bind_std("[::]:7000"));
    Udp::from_std(server, &DgramOptions::default()).unwrap()
}

#[test]
fn a_router_that_cannot_pass_it_on_says_how_much_it_can() {
    let Some(routed) = netns::routed() else {
        return;
    };
    routed.client.play(async || {
        let server = behind(&routed);
        for (ip, router) in [
            (IpAddr::from(BEHIND_V4), IpAddr::from(ROUTER_V4)),
            (BEHIND_V6.into(), ROUTER_V6.into()),
        ] {
            let to = SocketAddr::new(ip, PORT);
            let options = DgramOptions {
                error_queue: true,
                ..options(PathMtu::DontFragment)
            };
            let client = bind(anywhere(ip), &options);
            let near = vec![7; 1500 - header_bytes(ip)];
            let far = vec![7; NARROW_MTU as usize - header_bytes(ip)];
            client.send_to(&near, to).await.unwrap();
            let report = in_time(client.recv_error()).await.unwrap();
            assert_eq!(report.to, Some(to));
            assert_eq!(report.offender, Some(router));
            assert_eq!(report.mtu, Some(NARROW_MTU));
            assert!(is_too_long(Err(report.error())));
            match report.origin {
                Origin::Icmp { kind: 3, code: 4 } => assert!(ip.is_ipv4()),
                Origin::Icmp6 { kind: 2, code: 0 } => assert!(ip.is_ipv6()),
                other => panic!("{other:?}"),
            }

            client.connect(to).unwrap();
            assert_eq!(client.path_mtu().unwrap(), NARROW_MTU);
            assert!(
                is_too_long(client.send(&near).await),
                "now it is known here"
            );
            let report = in_time(client.recv_error()).await.unwrap();
            assert_eq!(
                (report.origin, report.mtu),
                (Origin::Local, Some(NARROW_MTU))
            );
            client.send(&far).await.unwrap();
            assert_eq!(receive(&server).await.0.len, far.len());
        }
    });
}

#[test]
fn what_is_learned_about_a_path_counts_as_the_mode_says() {
    let Some(routed) = netns::routed() else {
        return;
    };
    routed.client.play(async || {
        let server = behind(&routed);
        let ip = IpAddr::from(BEHIND_V4);
        let to = SocketAddr::new(ip, PORT);
        let near = vec![7; 1500 - header_bytes(ip)];

        // Routers may fragment it: it arrives at once, and nothing is learned.
        let client = bind("0.0.0.0:0", &options(PathMtu::Fragment));
        client.send_to(&near, to).await.unwrap();
        assert_eq!(receive(&server).await.0.len, near.len());

        // Linux's own way: the first is lost, and says so to a connected socket; the next go in fragments.
        let client = bind("0.0.0.0:0", &options(PathMtu::Os));
        client.connect(to).unwrap();
        client.send(&near).await.unwrap();
        let error = in_time(client.recv(&mut [0; 9])).await.unwrap_err();
        assert!(wharf_dgram::means_lost(&error) && is_too_long(Err(error)));
        client.send(&near).await.unwrap();
        assert_eq!(receive(&server).await.0.len, near.len());

        // Who probes is not told by the host what it may send.
        let client = bind("0.0.0.0:0", &options(PathMtu::Probe));
        client.connect(to).unwrap();
        client.send(&near).await.unwrap();
    });
}
