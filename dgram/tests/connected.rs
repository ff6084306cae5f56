//! Connected sockets: one peer, and word from the network when nobody is there.

#![forbid(unsafe_code)]

use std::io;
use std::time::Duration;

use wharf_dgram::{DgramOptions, Udp, means_lost};

fn bind() -> Udp {
    Udp::bind("127.0.0.1:0".parse().unwrap(), &DgramOptions::default()).unwrap()
}

/// What never comes fails the test instead of stopping it.
async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), wait)
        .await
        .expect("within half a minute")
}

#[tokio::test]
async fn only_the_peer_is_heard() {
    let (here, peer, stranger) = (bind(), bind(), bind());
    here.connect(peer.local_addr()).unwrap();
    stranger.send_to(b"psst", here.local_addr()).await.unwrap();
    peer.send_to(b"ahoy", here.local_addr()).await.unwrap();

    let mut buffer = [0; 16];
    let received = here.recv(&mut buffer).await.unwrap();
    assert_eq!(
        (&buffer[..received.len], received.from),
        (&b"ahoy"[..], peer.local_addr())
    );
}

#[tokio::test]
async fn a_send_goes_to_the_peer() {
    let (here, peer) = (bind(), bind());
    here.connect(peer.local_addr()).unwrap();
    here.send(b"ahoy").await.unwrap();
    let mut buffer = [0; 16];
    assert_eq!(
        peer.recv(&mut buffer).await.unwrap().from,
        here.local_addr()
    );
}

#[tokio::test]
async fn what_others_sent_before_is_still_received_with_its_sender() {
    let (here, peer, stranger) = (bind(), bind(), bind());
    stranger.send_to(b"early", here.local_addr()).await.unwrap();
    here.connect(peer.local_addr()).unwrap();
    let mut buffer = [0; 16];
    assert_eq!(
        here.recv(&mut buffer).await.unwrap().from,
        stranger.local_addr()
    );
}

#[tokio::test]
async fn another_connect_changes_the_peer() {
    let (here, first, second) = (bind(), bind(), bind());
    here.connect(first.local_addr()).unwrap();
    here.connect(second.local_addr()).unwrap();
    here.send(b"ahoy").await.unwrap();
    let mut buffer = [0; 16];
    assert_eq!(
        second.recv(&mut buffer).await.unwrap().from,
        here.local_addr()
    );
}

#[tokio::test]
async fn a_disconnected_socket_talks_to_anyone_at_its_old_address() {
    for address in ["127.0.0.1:0", "0.0.0.0:0", "[::]:0"] {
        let here = Udp::bind(address.parse().unwrap(), &DgramOptions::default()).unwrap();
        let (peer, stranger) = (bind(), bind());
        assert_eq!(
            here.peer_addr().unwrap_err().kind(),
            io::ErrorKind::NotConnected
        );
        here.connect(peer.local_addr()).unwrap();
        assert_eq!(here.peer_addr().unwrap(), peer.local_addr());
        here.disconnect().unwrap();
        assert_eq!(
            here.peer_addr().unwrap_err().kind(),
            io::ErrorKind::NotConnected
        );

        // A port that the kernel chose is the kernel's again after a disconnect, if nothing is done about it.
        let port = here.local_addr().port();
        let there = std::net::SocketAddr::new("127.0.0.1".parse().unwrap(), port);
        stranger.send_to(b"psst", there).await.unwrap();
        let mut buffer = [0; 16];
        let received = in_time(here.recv(&mut buffer)).await.unwrap();
        assert_eq!(received.from, stranger.local_addr());
        here.send_to(b"yes?", received.from).await.unwrap();
        let received = in_time(stranger.recv(&mut buffer)).await.unwrap();
        assert_eq!(received.from, there, "{address}");
        here.disconnect().unwrap();
    }
}

#[tokio::test]
async fn the_path_to_the_peer_has_a_longest_packet() {
    let mtu = std::fs::read_to_string("/sys/class/net/lo/mtu").unwrap();
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let here = Udp::bind(address.parse().unwrap(), &DgramOptions::default()).unwrap();
        let error = here.path_mtu().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotConnected);
        here.connect(here.local_addr()).unwrap();
        // No packet is longer than its length field can say, though the interface would take it.
        let longest = mtu.trim().parse::<u32>().unwrap().min(65_535);
        assert_eq!(here.path_mtu().unwrap().min(65_535), longest);
    }
}

#[tokio::test]
async fn a_send_without_a_peer_is_an_error() {
    let error = bind().send(b"ahoy").await.unwrap_err();
    assert_eq!(
        rustix::io::Errno::from_io_error(&error),
        Some(rustix::io::Errno::DESTADDRREQ)
    );
}

#[tokio::test]
async fn nobody_at_the_other_end_is_an_error_that_the_socket_survives() {
    let (here, peer) = (bind(), bind());
    let address = peer.local_addr();
    here.connect(address).unwrap();
    drop(peer);

    here.send(b"anyone?").await.unwrap();
    let mut buffer = [0; 16];
    let error = in_time(here.recv(&mut buffer)).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert!(means_lost(&error));

    let peer = Udp::bind(address, &DgramOptions::default()).unwrap();
    here.send(b"again").await.unwrap();
    let asked = peer.recv(&mut buffer).await.unwrap();
    peer.send_to(b"here", asked.from).await.unwrap();
    assert_eq!(here.recv(&mut buffer).await.unwrap().len, 4);
}

#[tokio::test]
async fn a_receive_that_waits_already_is_told_as_well() {
    let (here, peer) = (bind(), bind());
    here.connect(peer.local_addr()).unwrap();
    drop(peer);
    let mut buffer = [0; 16];
    let (received, sent) =
        tokio::join!(biased; in_time(here.recv(&mut buffer)), here.send(b"anyone?"));
    sent.unwrap();
    assert_eq!(
        received.unwrap_err().kind(),
        io::ErrorKind::ConnectionRefused
    );
}
