//! Peers that vanish without a word, and connections that something on the way resets.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wharf_interop_tests::netns::{self, WIRE};
use wharf_net::{Bind, Conn, KeepAlive, TcpOptions};

use crate::{BOTH, NOTICED, connect, connect_to};

/// Notices a vanished peer after three seconds.
fn with_keepalive() -> TcpOptions {
    TcpOptions {
        keepalive: Some(KeepAlive {
            idle: Duration::from_secs(1),
            interval: Duration::from_secs(1),
            count: 2,
        }),
        ..TcpOptions::default()
    }
}

fn without_keepalive() -> TcpOptions {
    TcpOptions {
        keepalive: None,
        ..TcpOptions::default()
    }
}

fn accepting(tcp: TcpOptions) -> Bind {
    Bind {
        tcp,
        ..Bind::default()
    }
}

/// The error that a read ends with, while the same read of `control` goes on for longer.
async fn read_error(conn: &mut Conn, control: &mut Conn) -> io::Error {
    let error = tokio::select! {
        read = timeout(NOTICED, conn.read_u8()) => read.expect("it is noticed").expect_err("nobody writes"),
        read = control.read_u8() => panic!("the control ended first: {read:?}"),
    };
    let read = timeout(Duration::from_secs(1), control.read_u8()).await;
    assert!(read.is_err(), "the control ended too: {read:?}");
    error
}

#[test]
fn keepalive_of_a_dialed_connection_finds_a_vanished_peer() {
    let Some(pair) = netns::pair() else { return };
    pair.client.play(async || {
        let (mut probing, _accepted) = connect(&pair, with_keepalive()).await;
        let (mut silent, _accepted) = connect(&pair, without_keepalive()).await;
        pair.server.vanish();
        let error = read_error(&mut probing, &mut silent).await;
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    });
}

#[test]
fn keepalive_of_an_accepted_connection_finds_a_vanished_peer() {
    let Some(pair) = netns::pair() else { return };
    pair.client.play(async || {
        let mut listener = pair.server.listen(BOTH, &accepting(with_keepalive()));
        let (_dialed, mut probing) = connect_to(&mut listener, without_keepalive()).await;
        drop(listener);
        let mut listener = pair.server.listen(BOTH, &accepting(without_keepalive()));
        let (_dialed, mut silent) = connect_to(&mut listener, without_keepalive()).await;
        pair.client.vanish();
        let error = read_error(&mut probing, &mut silent).await;
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    });
}

#[test]
fn keepalive_leaves_a_peer_alone_that_is_only_silent() {
    let Some(pair) = netns::pair() else { return };
    pair.client.play(async || {
        let mut listener = pair.server.listen(BOTH, &accepting(with_keepalive()));
        let (mut dialed, mut accepted) = connect_to(&mut listener, with_keepalive()).await;
        // Longer than it takes to find a vanished peer.
        let read = timeout(Duration::from_secs(5), accepted.read_u8()).await;
        assert!(read.is_err(), "{read:?}");
        dialed.write_all(b"x").await.unwrap();
        assert_eq!(accepted.read_u8().await.unwrap(), b'x');
    });
}

#[test]
fn keepalive_finds_a_peer_whose_link_went_down() {
    let Some(pair) = netns::pair() else { return };
    pair.client.play(async || {
        let (mut probing, _accepted) = connect(&pair, with_keepalive()).await;
        let (mut silent, _accepted) = connect(&pair, without_keepalive()).await;
        pair.server.ip(&format!("link set {WIRE} down"));
        let error = read_error(&mut probing, &mut silent).await;
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    });
}

/// Writes until that fails.
async fn write_error(conn: &mut Conn) -> io::Error {
    let chunk = vec![0; 64 * 1024];
    loop {
        if let Err(error) = conn.write_all(&chunk).await {
            return error;
        }
    }
}

#[test]
fn a_write_to_a_vanished_peer_fails_after_the_user_timeout() {
    let Some(pair) = netns::pair() else { return };
    let with_timeout = TcpOptions {
        user_timeout: Some(Duration::from_secs(1)),
        ..without_keepalive()
    };
    pair.client.play(async || {
        let (mut bounded, _accepted) = connect(&pair, with_timeout).await;
        let (mut patient, _accepted) = connect(&pair, without_keepalive()).await;
        pair.server.vanish();
        let error = tokio::select! {
            error = timeout(NOTICED, write_error(&mut bounded)) => error.expect("it is noticed"),
            error = write_error(&mut patient) => panic!("the control ended first: {error}"),
        };
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
        let written = timeout(Duration::from_secs(1), write_error(&mut patient)).await;
        assert!(written.is_err(), "the control ended too: {written:?}");
    });
}

/// Retransmission outlives what the network says, and the timeout then repeats it: here that the neighbour does not
/// answer to its address, which takes the kernel three seconds to find out.
#[test]
fn a_write_to_a_neighbour_that_is_gone_fails_as_unreachable() {
    let Some(pair) = netns::pair() else { return };
    let with_timeout = TcpOptions {
        user_timeout: Some(Duration::from_secs(5)),
        ..without_keepalive()
    };
    pair.client.play(async || {
        let (mut bounded, _accepted) = connect(&pair, with_timeout).await;
        pair.server.ip(&format!("link set {WIRE} down"));
        pair.client.ip(&format!("neighbour flush dev {WIRE}"));
        let failed = timeout(NOTICED, write_error(&mut bounded)).await;
        let error = failed.expect("it is noticed");
        assert_eq!(error.kind(), ErrorKind::HostUnreachable, "{error}");
    });
}

#[test]
fn a_connection_that_is_reset_on_the_way_does_not_disturb_its_listener() {
    let Some(pair) = netns::pair() else { return };
    pair.client.play(async || {
        let mut listener = pair.server.listen(BOTH, &Bind::default());
        let (_dialed, mut accepted) = connect_to(&mut listener, TcpOptions::default()).await;
        pair.client.on_input("tcp sport 7000 reject with tcp reset");
        // The rule answers the first packet that the server sends.
        accepted.write_all(b"x").await.unwrap();
        let read = timeout(NOTICED, accepted.read_u8()).await.unwrap();
        assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);

        pair.client.forget_rules();
        let (mut dialed, mut accepted) = connect_to(&mut listener, TcpOptions::default()).await;
        accepted.write_all(b"y").await.unwrap();
        assert_eq!(dialed.read_u8().await.unwrap(), b'y');
    });
}
