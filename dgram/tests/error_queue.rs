//! The network's answers to datagrams that it did not deliver.

#![forbid(unsafe_code)]

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use wharf_dgram::{DgramOptions, Origin, Udp, Undelivered, means_lost};

fn bind(address: &str) -> Udp {
    let options = DgramOptions {
        error_queue: true,
        ..DgramOptions::default()
    };
    Udp::bind(address.parse().unwrap(), &options).unwrap()
}

/// An address at which nobody listens, and nobody else will soon: the kernel hands out ports in another order.
fn nobody(ip: &str) -> SocketAddr {
    let socket = UdpSocket::bind((ip, 0)).unwrap();
    socket.local_addr().unwrap()
}

/// What never comes fails the test instead of stopping it.
async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), wait)
        .await
        .expect("within half a minute")
}

async fn undelivered(socket: &Udp) -> Undelivered {
    in_time(socket.recv_error()).await.unwrap()
}

#[tokio::test]
async fn an_unconnected_socket_learns_what_was_refused_by_whom() {
    let refused_v4 = Origin::Icmp { kind: 3, code: 3 };
    let refused_v6 = Origin::Icmp6 { kind: 1, code: 4 };
    for (here, there, origin) in [
        ("127.0.0.1:0", "127.0.0.1", refused_v4),
        ("[::1]:0", "::1", refused_v6),
        ("[::]:0", "::1", refused_v6),
        // In the words of the family that the datagram went by, on a socket of both.
        ("[::]:0", "127.0.0.1", refused_v4),
    ] {
        let here = bind(here);
        let there = nobody(there);
        here.send_to(b"anyone?", there).await.unwrap();
        let report = undelivered(&here).await;
        assert_eq!(report.to, Some(there));
        assert_eq!(report.origin, origin);
        assert_eq!(report.error().kind(), io::ErrorKind::ConnectionRefused);
        assert!(means_lost(&report.error()));
        assert_eq!(report.offender, Some(there.ip()));
        assert_eq!(report.mtu, None);
        assert_eq!(report.quoted, b"anyone?");
    }
}

#[tokio::test]
async fn one_lost_datagram_disturbs_neither_other_peers_nor_receiving() {
    let (here, peer) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let mut buffer = [0; 16];
    for round in 0..20_u8 {
        here.send_to(b"anyone?", nobody("127.0.0.1")).await.unwrap();
        // Without the queue being looked at, the next call of each kind would fail once.
        match round % 3 {
            0 => here.send_to(&[round], peer.local_addr()).await.unwrap(),
            1 => {
                let datagrams = [(peer.local_addr(), &[round][..])];
                assert_eq!(here.send_many(&datagrams).await.unwrap(), 1);
            }
            _ => {
                peer.send_to(b"hello", here.local_addr()).await.unwrap();
                assert_eq!(in_time(here.recv(&mut buffer)).await.unwrap().len, 5);
                here.send_to(&[round], peer.local_addr()).await.unwrap();
            }
        }
        in_time(peer.recv(&mut buffer)).await.unwrap();
        assert_eq!(buffer[0], round);
    }
    for _ in 0..20 {
        undelivered(&here).await;
    }
}

#[tokio::test]
async fn the_kernel_does_report_it_in_the_wrong_place() {
    // The twin of the test above: what is worked around is there.
    let socket = UdpSocket::from(socket2_of(&bind("127.0.0.1:0")));
    socket.send_to(b"anyone?", nobody("127.0.0.1")).unwrap();
    let innocent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let error = socket.send_to(b"hello", innocent.local_addr().unwrap());
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
}

fn socket2_of(socket: &Udp) -> std::os::fd::OwnedFd {
    use std::os::fd::AsFd as _;
    socket.as_fd().try_clone_to_owned().unwrap()
}

#[tokio::test]
async fn a_connected_socket_has_it_in_the_queue_only() {
    let here = bind("127.0.0.1:0");
    here.connect(nobody("127.0.0.1")).unwrap();
    here.send(b"one").await.unwrap();
    here.send(b"two").await.unwrap();
    assert_eq!(undelivered(&here).await.quoted, b"one");
    assert_eq!(undelivered(&here).await.quoted, b"two");
}

#[tokio::test]
async fn without_the_queue_it_is_said_that_it_is_off() {
    let here = Udp::bind("127.0.0.1:0".parse().unwrap(), &DgramOptions::default()).unwrap();
    let error = here.recv_error().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    let mut errors = pin!(here.errors());
    assert!(errors.next().await.unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_has_all_of_them_while_others_send_and_receive() {
    const LOST: usize = 500;
    let here = std::sync::Arc::new(bind("127.0.0.1:0"));
    let receiver = tokio::spawn({
        let here = std::sync::Arc::clone(&here);
        async move {
            let mut buffer = [0; 16];
            loop {
                if here.recv(&mut buffer).await.unwrap().len == 4 {
                    return;
                }
            }
        }
    });
    let there = nobody("127.0.0.1");
    let mut errors = pin!(here.errors());
    for count in 0..LOST {
        let sent = count.to_be_bytes();
        here.send_to(&sent, there).await.unwrap();
        here.send_to(b"me", here.local_addr()).await.unwrap();
        let report = in_time(errors.next()).await.unwrap().unwrap();
        assert_eq!((report.to, &report.quoted[..]), (Some(there), &sent[..]));
    }
    here.send_to(b"stop", here.local_addr()).await.unwrap();
    in_time(receiver).await.unwrap();
}
