//! What the kernel tells of a datagram beyond its sender, and what a sender may say of one.

#![forbid(unsafe_code)]

use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::task::Poll;
use std::time::SystemTime;

use wharf_dgram::{DgramOptions, Ecn, Interface, Recv, SendMeta, Tell, Udp, V6Only};

fn bind(address: &str, options: &DgramOptions) -> Udp {
    Udp::bind(address.parse().unwrap(), options).unwrap()
}

fn telling(tell: Tell) -> DgramOptions {
    DgramOptions {
        tell,
        ..DgramOptions::default()
    }
}

fn at(ip: &str, socket: &Udp) -> SocketAddr {
    SocketAddr::new(ip.parse().unwrap(), socket.local_addr().port())
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

async fn receive(socket: &Udp) -> Recv {
    socket.recv(&mut [0; 2000]).await.unwrap()
}

/// What is in the queue already; `None` if it is empty.
async fn next_of_queue(socket: &Udp) -> Option<Recv> {
    let mut buffer = [0; 2000];
    let mut receive = pin!(socket.recv(&mut buffer));
    std::future::poll_fn(|cx| {
        Poll::Ready(match receive.as_mut().poll(cx) {
            Poll::Ready(received) => Some(received.unwrap()),
            Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test]
async fn everything_is_told_over_each_family() {
    let loopback = Interface::Name("lo".into()).index().unwrap();
    let header = DgramOptions {
        ttl: Some(37),
        tos: Some(0xb8 | Ecn::Ect0.bits()),
        ..DgramOptions::default()
    };
    for (server, client, asked) in [
        ("0.0.0.0:0", "127.0.0.1:0", "127.0.0.3"),
        ("[::1]:0", "[::1]:0", "::1"),
        // On a socket of both families, in the words of the one that the datagram came by.
        ("[::]:0", "127.0.0.1:0", "127.0.0.3"),
        ("[::]:0", "[::1]:0", "::1"),
    ] {
        let server = bind(server, &telling(Tell::EVERYTHING));
        let client = bind(client, &header);
        let before = SystemTime::now();
        client.send_to(b"ahoy", at(asked, &server)).await.unwrap();
        let received = receive(&server).await;
        assert_eq!(received.from, client.local_addr());
        assert_eq!(received.to, Some(ip(asked)), "{received:?}");
        assert_eq!(received.interface, Some(loopback), "{received:?}");
        assert_eq!(received.ttl, Some(37), "{received:?}");
        assert_eq!(received.tos, Some(0xba), "{received:?}");
        assert_eq!(received.ecn(), Some(Ecn::Ect0));
        assert_eq!(received.dropped, Some(0));
        let at = received.at.expect("a timestamp");
        assert!(before <= at && at <= SystemTime::now(), "{at:?}");
    }
}

#[tokio::test]
async fn each_is_told_alone_and_nothing_unasked() {
    let client = bind("127.0.0.1:0", &DgramOptions::default());
    let told = async |tell: Tell| {
        let server = bind("127.0.0.1:0", &telling(tell));
        client.send_to(b"ahoy", server.local_addr()).await.unwrap();
        let received = receive(&server).await;
        assert_eq!((received.len, received.truncated), (4, false));
        [
            received.to.is_some() && received.interface.is_some(),
            received.ttl.is_some(),
            received.tos.is_some(),
            received.at.is_some(),
            received.dropped.is_some(),
        ]
    };
    assert_eq!(told(Tell::NOTHING).await, [false; 5]);
    for at in 0..5 {
        let mut asked = [false; 5];
        asked[at] = true;
        let [destination, ttl, tos, timestamp, drops] = asked;
        let tell = Tell {
            destination,
            ttl,
            tos,
            timestamp,
            drops,
        };
        assert_eq!(told(tell).await, asked);
    }
}

#[tokio::test]
async fn a_cut_datagram_is_reported_when_more_is_told_too() {
    let server = bind("127.0.0.1:0", &telling(Tell::EVERYTHING));
    let client = bind("127.0.0.1:0", &DgramOptions::default());
    for (len, truncated) in [(7, false), (8, true)] {
        client
            .send_to(&vec![1; len], server.local_addr())
            .await
            .unwrap();
        let received = server.recv(&mut [0; 7]).await.unwrap();
        assert_eq!((received.len, received.truncated), (7, truncated));
        assert!(received.to.is_some());
    }
}

#[tokio::test]
async fn what_the_queue_had_no_room_for_is_counted() {
    const SENT: u32 = 200;
    let options = DgramOptions {
        recv_buffer_bytes: Some(8 * 1024),
        ..telling(Tell {
            drops: true,
            ..Tell::NOTHING
        })
    };
    let server = bind("127.0.0.1:0", &options);
    let client = bind("127.0.0.1:0", &DgramOptions::default());
    for _ in 0..SENT {
        client
            .send_to(&[7; 1000], server.local_addr())
            .await
            .unwrap();
    }
    let mut last = receive(&server).await;
    assert_eq!(last.dropped, Some(0), "the first found room");
    let mut arrived = 1;
    while let Some(received) = next_of_queue(&server).await {
        last = received;
        arrived += 1;
    }
    assert!(0 < arrived && arrived < SENT, "{arrived} arrived: {last:?}");
    client.send_to(b"last", server.local_addr()).await.unwrap();
    assert_eq!(receive(&server).await.dropped, Some(SENT - arrived));
}

#[tokio::test]
async fn an_answer_leaves_from_the_address_that_was_asked() {
    let tell = Tell {
        destination: true,
        ..Tell::NOTHING
    };
    for server in ["0.0.0.0:0", "[::]:0"] {
        let server = bind(server, &telling(tell));
        let client = bind("127.0.0.1:0", &DgramOptions::default());
        client
            .send_to(b"who?", at("127.0.0.9", &server))
            .await
            .unwrap();
        let asked = receive(&server).await;

        let pieces = [IoSlice::new(b"me")];
        server
            .send_with(&pieces, &SendMeta::answer(&asked))
            .await
            .unwrap();
        assert_eq!(receive(&client).await.from, at("127.0.0.9", &server));

        server.send_to(b"me", asked.from).await.unwrap();
        assert_eq!(
            receive(&client).await.from,
            at("127.0.0.1", &server),
            "the route's own choice is another"
        );
    }
}

#[tokio::test]
async fn one_datagram_is_gathered_from_its_pieces() {
    let server = bind("127.0.0.1:0", &DgramOptions::default());
    let client = bind("127.0.0.1:0", &DgramOptions::default());
    let mut buffer = [0; 64];
    for (pieces, whole) in [
        (&[&b"one"[..], b"", b" two"][..], &b"one two"[..]),
        (&[], b""),
        (&[b""], b""),
    ] {
        let pieces: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        client
            .send_with(&pieces, &SendMeta::to(server.local_addr()))
            .await
            .unwrap();
        let received = server.recv(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..received.len], whole);
    }
}

#[tokio::test]
async fn one_datagram_has_a_ttl_and_a_tos_of_its_own() {
    for (server, client, to) in [
        ("127.0.0.1:0", "127.0.0.1:0", "127.0.0.1"),
        ("[::1]:0", "[::1]:0", "::1"),
        ("127.0.0.1:0", "[::]:0", "127.0.0.1"),
    ] {
        let server = bind(server, &telling(Tell::EVERYTHING));
        let client = bind(client, &DgramOptions::default());
        let loopback = Interface::Name("lo".into()).index().unwrap();
        let meta = SendMeta {
            ttl: Some(9),
            tos: Some(0x2b),
            interface: Some(loopback),
            ..SendMeta::to(at(to, &server))
        };
        client.send_with(&[], &meta).await.unwrap();
        let received = receive(&server).await;
        assert_eq!((received.ttl, received.tos), (Some(9), Some(0x2b)), "{to}");

        // The same to the connected peer, whose family is not told.
        client.connect(at(to, &server)).unwrap();
        let meta = SendMeta { to: None, ..meta };
        client.send_with(&[], &meta).await.unwrap();
        let received = receive(&server).await;
        assert_eq!((received.ttl, received.tos), (Some(9), Some(0x2b)), "{to}");

        client.send(b"").await.unwrap();
        let received = receive(&server).await;
        assert_eq!((received.ttl, received.tos), (Some(64), Some(0)), "{to}");
    }
}

#[tokio::test]
async fn what_cannot_be_said_is_refused() {
    let v4 = bind("0.0.0.0:0", &DgramOptions::default());
    let v6 = bind("[::]:0", &DgramOptions::default());
    let four: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let six: SocketAddr = "[::1]:9".parse().unwrap();
    let kind = async |socket: &Udp, meta: SendMeta| {
        let error = socket.send_with(&[], &meta).await.unwrap_err();
        error.kind()
    };
    for (socket, to, from) in [(&v4, four, "::1"), (&v6, six, "127.0.0.1")] {
        let meta = SendMeta {
            from: Some(ip(from)),
            ..SendMeta::to(to)
        };
        assert_eq!(kind(socket, meta).await, io::ErrorKind::InvalidInput);
    }
    let ttl = SendMeta {
        ttl: Some(0),
        ..SendMeta::to(four)
    };
    assert_eq!(kind(&v4, ttl).await, io::ErrorKind::InvalidInput);
    let foreign = SendMeta {
        from: Some(ip("192.0.2.77")),
        ..SendMeta::to(four)
    };
    assert_eq!(kind(&v4, foreign).await, io::ErrorKind::NetworkUnreachable);
    let port = SendMeta::to("127.0.0.1:0".parse().unwrap());
    assert_eq!(kind(&v4, port).await, io::ErrorKind::InvalidInput);
    let unconnected = SendMeta {
        tos: Some(1),
        ..SendMeta::default()
    };
    assert_eq!(kind(&v4, unconnected).await, io::ErrorKind::NotConnected);
}

#[tokio::test]
async fn a_socket_that_was_bound_elsewhere_has_the_options_too() {
    let std = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = std.local_addr().unwrap();
    let server = Udp::from_std(std, &telling(Tell::EVERYTHING)).unwrap();
    assert_eq!(server.local_addr(), address);
    let client = bind("127.0.0.1:0", &DgramOptions::default());
    client.send_to(b"ahoy", address).await.unwrap();
    assert_eq!(receive(&server).await.ttl, Some(64));
    let std = server.into_std().unwrap();
    assert_eq!(std.local_addr().unwrap(), address);
}

#[tokio::test]
async fn a_v6_only_socket_is_not_asked_in_words_of_v4() {
    let options = DgramOptions {
        v6_only: V6Only::On,
        error_queue: true,
        ttl: Some(3),
        tos: Some(4),
        ..telling(Tell::EVERYTHING)
    };
    let server = bind("[::1]:0", &options);
    server.send_to(b"me", server.local_addr()).await.unwrap();
    let received = receive(&server).await;
    assert_eq!((received.ttl, received.tos), (Some(3), Some(4)));
}
