//! Many datagrams at a time: they arrive as they were sent, whatever the kernel did on the way.

#![forbid(unsafe_code)]

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use wharf_dgram::{
    BatchOptions, BatchUdp, DgramOptions, Ecn, Interface, PathMtu, SLOTS_MAX, Segments, Slots, Udp,
};

fn plain(address: &str) -> Udp {
    let options = DgramOptions {
        recv_buffer_bytes: Some(4 << 20),
        ..DgramOptions::default()
    };
    Udp::bind(address.parse().unwrap(), &options).unwrap()
}

fn bind(address: &str) -> BatchUdp {
    plain(address).into_batch(&BatchOptions::default()).unwrap()
}

fn one_by_one(address: &str) -> BatchUdp {
    let options = BatchOptions {
        segmentation: false,
        ..BatchOptions::default()
    };
    plain(address).into_batch(&options).unwrap()
}

/// What never comes fails the test instead of stopping it.
async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), wait)
        .await
        .expect("within half a minute")
}

/// Receives so many, and says how many calls that took.
async fn receive(socket: &BatchUdp, slots: &mut Slots, count: usize) -> (Vec<Vec<u8>>, usize) {
    let (mut received, mut calls) = (Vec::new(), 0);
    while received.len() < count {
        let datagrams = in_time(socket.recv(slots)).await.unwrap();
        received.extend(datagrams.map(|datagram| datagram.bytes.to_vec()));
        calls += 1;
    }
    (received, calls)
}

/// Bytes of which no two pieces look the same.
fn content(len: usize) -> Vec<u8> {
    (0..len as u64)
        .map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
        .collect()
}

#[tokio::test]
async fn segments_arrive_as_datagrams_of_their_length_in_batches_and_one_by_one() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let (fast, slow) = (bind(address), one_by_one(address));
        let (many, single) = (bind(address), plain(address));
        let mut slots = Slots::default();
        for (len, segment) in [
            (0, 0),
            (1, 0),
            (1200, 1200),
            (1201, 1200),
            (12_000, 1200),
            (12_000, 1199),
            (1000, 1),
            (200_000, 1200),
            (64_000, 64_000),
            (130_000, 65_000),
            (5, 9),
        ] {
            let bytes = content(len);
            let wanted: Vec<_> = match len {
                0 => vec![Vec::new()],
                _ => bytes
                    .chunks(if segment == 0 { len } else { segment })
                    .map(<[u8]>::to_vec)
                    .collect(),
            };
            for sender in [&fast, &slow] {
                let segments = Segments::new(many.local_addr(), &bytes, segment);
                assert_eq!(segments.count(), wanted.len(), "{len} by {segment}");
                sender.send(&segments).await.unwrap();
                let (received, _) = receive(&many, &mut slots, wanted.len()).await;
                assert!(received == wanted, "{len} by {segment}");
            }
            // A plain socket has each alone: nobody switched on GRO there.
            let segments = Segments::new(single.local_addr(), &bytes, segment);
            let sending = async { fast.send(&segments).await.unwrap() };
            let receiving = async {
                let mut buffer = vec![0; 65_535];
                for wanted in &wanted {
                    let received = in_time(single.recv(&mut buffer)).await.unwrap();
                    assert!(!received.truncated);
                    assert!(buffer[..received.len] == wanted[..], "{len} by {segment}");
                }
            };
            tokio::join!(sending, receiving);
        }
    }
}

#[tokio::test]
async fn one_call_takes_and_gives_what_otherwise_takes_one_each() {
    let server = bind("127.0.0.1:0");
    let capabilities = server.capabilities();
    assert_eq!(
        (
            capabilities.segments_sent_max,
            capabilities.segments_received_max,
            capabilities.may_fragment
        ),
        (64, 64, false),
        "on Linux from 5.0 on"
    );
    let bytes = content(54 * 1200);
    let segments = Segments::new(server.local_addr(), &bytes, 1200);
    let mut one_slot = Slots::new(1);
    bind("127.0.0.1:0").send(&segments).await.unwrap();
    assert_eq!(receive(&server, &mut one_slot, 54).await.1, 1);

    let slow = one_by_one("127.0.0.1:0");
    assert_eq!(slow.capabilities().segments_sent_max, 1);
    slow.send(&segments).await.unwrap();
    assert_eq!(receive(&server, &mut one_slot, 54).await.1, 54);
}

#[tokio::test]
async fn each_datagram_has_its_own_source_destination_and_ecn() {
    let loopback = Interface::Name("lo".into()).index().unwrap();
    for (address, first, second, asked) in [
        ("0.0.0.0:0", "127.0.0.1:0", "127.0.0.2:0", "127.0.0.7"),
        ("[::]:0", "127.0.0.1:0", "127.0.0.2:0", "127.0.0.7"),
        ("[::]:0", "[::1]:0", "[::1]:0", "::1"),
    ] {
        let server = bind(address);
        let (first, second) = (bind(first), bind(second));
        let to = SocketAddr::new(asked.parse().unwrap(), server.local_addr().port());
        for (sender, ecn, bytes) in [
            (&first, Ecn::Ect0, &b"aaaabb"[..]),
            (&second, Ecn::Ce, b"cccc"),
            (&first, Ecn::Ect1, b""),
            (&second, Ecn::NotEct, b"dddde"),
        ] {
            let segments = Segments {
                ecn,
                ..Segments::new(to, bytes, 4)
            };
            sender.send(&segments).await.unwrap();
        }
        let (one, two) = (first.local_addr(), second.local_addr());
        let wanted = [
            (one, Ecn::Ect0, &b"aaaa"[..]),
            (one, Ecn::Ect0, b"bb"),
            (two, Ecn::Ce, b"cccc"),
            (one, Ecn::Ect1, b""),
            (two, Ecn::NotEct, b"dddd"),
            (two, Ecn::NotEct, b"e"),
        ];
        let mut slots = Slots::default();
        let datagrams = in_time(server.recv(&mut slots)).await.unwrap();
        assert_eq!(datagrams.clone().count(), wanted.len());
        for (datagram, (from, ecn, bytes)) in datagrams.zip(wanted) {
            assert_eq!((datagram.from, datagram.ecn), (from, ecn), "{datagram:?}");
            assert_eq!(datagram.bytes, bytes);
            assert_eq!(datagram.to, Some(to.ip()));
            assert_eq!(datagram.interface, Some(loopback));
        }
    }
}

#[tokio::test]
async fn a_batch_leaves_from_the_address_that_is_told() {
    let (server, client) = (bind("0.0.0.0:0"), plain("127.0.0.1:0"));
    let segments = Segments {
        from: Some("127.0.0.9".parse().unwrap()),
        ..Segments::new(client.local_addr(), b"onetwo", 3)
    };
    server.send(&segments).await.unwrap();
    for _ in 0..2 {
        let from = client.recv(&mut [0; 9]).await.unwrap().from;
        assert_eq!(from.ip().to_string(), "127.0.0.9");
    }
}

/// Whether a batch still goes out and comes in as one.
async fn goes_as_one(sender: &BatchUdp, server: &BatchUdp) -> bool {
    let bytes = content(10 * 1200);
    let segments = Segments {
        ecn: Ecn::Ect0,
        ..Segments::new(server.local_addr(), &bytes, 1200)
    };
    sender.send(&segments).await.unwrap();
    let mut one_slot = Slots::new(1);
    let datagrams = in_time(server.recv(&mut one_slot)).await.unwrap();
    let count = datagrams.clone().count();
    assert!(
        datagrams
            .into_iter()
            .all(|datagram| datagram.ecn == Ecn::Ect0),
        "ECN is lost as well when the kernel's refusal is taken for its inability"
    );
    count == 10
}

#[tokio::test]
async fn one_bad_destination_costs_the_others_nothing() {
    let (sender, server) = (bind("0.0.0.0:0"), bind("127.0.0.1:0"));
    assert!(goes_as_one(&sender, &server).await);
    for to in ["127.0.0.1:0", "[::1]:9", "0.0.0.0:0"] {
        let bad = Segments::new(to.parse().unwrap(), b"aaaabb", 4);
        sender.send(&bad).await.unwrap_err();
        assert!(goes_as_one(&sender, &server).await, "after {to}");
    }

    let (sender, server) = (bind("[::]:0"), bind("[::1]:0"));
    // A source that is none of ours: no check foresees all that the kernel does not take.
    let bad = Segments {
        from: Some("2001:db8::77".parse().unwrap()),
        ..Segments::new(server.local_addr(), b"aaaabb", 4)
    };
    // quinn-udp leaves out ECN over IPv4 from then on, on a socket of both.
    let server_v4 = bind("127.0.0.1:0");
    for _ in 0..3 {
        let error = sender.send(&bad).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(goes_as_one(&sender, &server).await);
        assert!(goes_as_one(&sender, &server_v4).await);
    }
}

#[tokio::test]
async fn the_kernel_does_refuse_what_is_worked_around() {
    // The twin of the test above, on quinn-udp alone.
    let socket = std::net::UdpSocket::bind("[::]:0").unwrap();
    let state = quinn_udp::UdpSocketState::new((&socket).into()).unwrap();
    assert_eq!(state.max_gso_segments(), 64);
    let transmit = quinn_udp::Transmit {
        destination: "[::1]:9".parse().unwrap(),
        ecn: None,
        contents: b"aaaabb",
        segment_size: Some(4),
        src_ip: Some("2001:db8::77".parse().unwrap()),
    };
    state.try_send((&socket).into(), &transmit).unwrap_err();
    assert_eq!(state.max_gso_segments(), 1);
}

#[tokio::test]
async fn what_is_too_long_for_a_datagram_is_refused_after_those_before_it() {
    let (sender, server) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let bytes = content(65_508);
    let long = Segments::one(server.local_addr(), &bytes);
    let error = sender.send(&long).await.unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EMSGSIZE));

    let longest = Segments::one(server.local_addr(), &bytes[..65_507]);
    sender.send(&longest).await.unwrap();
    let (received, _) = receive(&server, &mut Slots::new(1), 1).await;
    assert_eq!(received, [&bytes[..65_507]]);
}

#[tokio::test]
async fn who_may_fragment_is_as_told() {
    use rustix::net::sockopt::{Ipv4PathMtuDiscovery as Mode, ip_mtu_discover};
    for (plain_mode, batch_mode, mode, may_fragment) in [
        (PathMtu::Os, PathMtu::Probe, Mode::PROBE, false),
        (PathMtu::Os, PathMtu::DontFragment, Mode::DO, false),
        (PathMtu::Os, PathMtu::Fragment, Mode::DONT, true),
        (PathMtu::Os, PathMtu::Os, Mode::WANT, true),
        (PathMtu::Fragment, PathMtu::Os, Mode::DONT, true),
    ] {
        let options = DgramOptions {
            path_mtu: plain_mode,
            ..DgramOptions::default()
        };
        let options_of_batch = BatchOptions {
            path_mtu: batch_mode,
            ..BatchOptions::default()
        };
        for address in ["127.0.0.1:0", "[::]:0"] {
            let socket = Udp::bind(address.parse().unwrap(), &options).unwrap();
            let socket = socket.into_batch(&options_of_batch).unwrap();
            assert!(ip_mtu_discover(&socket).unwrap() == mode, "{batch_mode:?}");
            assert_eq!(socket.capabilities().may_fragment, may_fragment);
        }
    }
}

#[tokio::test]
async fn what_the_plain_socket_had_stays() {
    let (here, peer) = (plain("127.0.0.1:0"), plain("127.0.0.1:0"));
    let address = here.local_addr();
    peer.send_to(b"early", address).await.unwrap();
    here.connect(peer.local_addr()).unwrap();
    let granted = here.buffer_bytes().unwrap();
    let here = here.into_batch(&BatchOptions::default()).unwrap();
    assert_eq!(here.local_addr(), address);
    assert_eq!(here.peer_addr().unwrap(), peer.local_addr());
    assert_eq!(here.buffer_bytes().unwrap(), granted);
    let (received, _) = receive(&here, &mut Slots::default(), 1).await;
    assert_eq!(received, [b"early"]);

    drop(peer);
    let to = here.peer_addr().unwrap();
    here.send(&Segments::one(to, b"anyone?")).await.unwrap();
    let mut slots = Slots::default();
    let error = in_time(here.recv(&mut slots)).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_refused_batch_is_in_the_error_queue() {
    let options = DgramOptions {
        error_queue: true,
        ..DgramOptions::default()
    };
    let here = Udp::bind("127.0.0.1:0".parse().unwrap(), &options).unwrap();
    let here = here.into_batch(&BatchOptions::default()).unwrap();
    let nobody = plain("127.0.0.1:0").local_addr();
    here.send(&Segments::one(nobody, b"anyone?")).await.unwrap();
    let server = bind("127.0.0.1:0");
    assert!(goes_as_one(&here, &server).await, "it is nobody else's");
    let report = in_time(here.recv_error()).await.unwrap();
    assert_eq!(
        (report.to, &report.quoted[..]),
        (Some(nobody), &b"anyone?"[..])
    );
}

#[tokio::test]
async fn there_are_no_more_slots_than_a_call_fills_and_never_none() {
    assert_eq!(Slots::new(0).count(), 1);
    assert_eq!(Slots::new(usize::MAX).count(), SLOTS_MAX);
    let server = bind("127.0.0.1:0");
    for _ in 0..2 * SLOTS_MAX {
        let sender = one_by_one("127.0.0.1:0");
        let one = Segments::one(server.local_addr(), b"me");
        sender.send(&one).await.unwrap();
    }
    let mut slots = Slots::new(SLOTS_MAX);
    for _ in 0..2 {
        let datagrams = in_time(server.recv(&mut slots)).await.unwrap();
        assert_eq!(datagrams.count(), SLOTS_MAX);
    }
}

#[tokio::test]
async fn a_dropped_receive_loses_nothing() {
    let (sender, server) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let mut slots = Slots::new(1);
    for _ in 0..3 {
        let mut receive = Box::pin(server.recv(&mut slots));
        let polled =
            std::future::poll_fn(|cx| std::task::Poll::Ready(receive.as_mut().poll(cx).is_ready()))
                .await;
        assert!(!polled);
        drop(receive);
        let three = Segments::new(server.local_addr(), b"onetwoten", 3);
        sender.send(&three).await.unwrap();
        let (received, _) = in_time(self::receive(&server, &mut slots, 3)).await;
        assert_eq!(received, [b"one", b"two", b"ten"]);
        // The last call filled its only slot, so the next one waits for its turn first; dropping it there is no loss either.
    }
}

#[tokio::test]
async fn a_socket_that_is_never_empty_does_not_starve_another() {
    const DATAGRAMS: usize = 3000;
    let (loud, quiet) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let sender = one_by_one("127.0.0.1:0");
    for _ in 0..DATAGRAMS {
        let one = Segments::one(loud.local_addr(), b"noise");
        sender.send(&one).await.unwrap();
    }
    let one = Segments::one(quiet.local_addr(), b"psst");
    sender.send(&one).await.unwrap();

    let calls = std::cell::Cell::new(0);
    let listening = async {
        let mut slots = Slots::new(1);
        loop {
            in_time(loud.recv(&mut slots)).await.unwrap();
            calls.set(calls.get() + 1);
        }
    };
    let mut slots = Slots::new(1);
    let heard = tokio::select! {
        biased;
        () = listening => unreachable!(),
        heard = quiet.recv(&mut slots) => heard.unwrap().count(),
    };
    assert_eq!(heard, 1);
    assert!(
        calls.get() < 10,
        "{} calls came before a datagram that was there",
        calls.get()
    );
}
