//! The proxy between real sockets.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wharf_faults::{End, Ends, Fate, FaultProxy, Outcome, Plan, Script, Step};

/// A socket that the proxy has connected, and the client's end.
async fn pair(plan: Plan) -> (TcpStream, TcpStream, FaultProxy) {
    let (listener, address) = listen().await;
    let proxy = FaultProxy::start(address, move |_| plan.clone())
        .await
        .unwrap();
    let client = TcpStream::connect(proxy.address()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    (client, server, proxy)
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// The first byte, or how the stream ends.
async fn next(stream: &mut TcpStream) -> io::Result<Option<u8>> {
    let mut byte = [0];
    let n = stream.read(&mut byte).await?;
    Ok((n == 1).then_some(byte[0]))
}

#[track_caller]
fn assert_reset(read: io::Result<Option<u8>>) {
    assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn bytes_and_both_ends_of_stream_pass() {
    let (mut client, mut server, mut proxy) = pair(Plan::both(Script::sliced(3))).await;
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    let mut received = String::new();
    server.read_to_string(&mut received).await.unwrap();
    assert_eq!(received, "question");
    server.write_all(b"answer").await.unwrap();
    drop(server);
    received.clear();
    client.read_to_string(&mut received).await.unwrap();
    assert_eq!(received, "answer");
    let (number, outcome) = proxy.outcome().await;
    let Outcome::Forwarded(report) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(number, 0);
    assert_eq!(
        (report.a_to_b.delivered, report.a_to_b.end),
        (8, End::Closed)
    );
    assert_eq!(
        (report.b_to_a.delivered, report.b_to_a.end),
        (6, End::Closed)
    );
}

#[tokio::test]
async fn a_reset_is_rst_for_whom_it_hits_and_fin_for_the_other() {
    for (ends, client_hit, server_hit) in [
        (Ends::Sender, true, false),
        (Ends::Receiver, false, true),
        (Ends::Both, true, true),
    ] {
        let plan = Plan::a_to_b(Script::after(1, Step::Reset(ends)));
        let (mut client, mut server, _proxy) = pair(plan).await;
        // A RST throws away what the other side has not read, so the byte itself may not arrive.
        client.write_all(b"x").await.unwrap();
        for (stream, is_hit, is_server) in [
            (&mut client, client_hit, false),
            (&mut server, server_hit, true),
        ] {
            let mut read = next(stream).await;
            if is_server && matches!(read, Ok(Some(b'x'))) {
                read = next(stream).await;
            }
            if is_hit {
                assert_reset(read);
            } else {
                assert_eq!(read.unwrap(), None, "{ends:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_cut_is_fin_for_both_although_bytes_are_under_way() {
    for _ in 0..20 {
        let plan = Plan::a_to_b(Script::after(1, Step::Cut));
        let (mut client, mut server, _proxy) = pair(plan).await;
        client.write_all(&[7; 10_000]).await.unwrap();
        server.write_all(&[8; 10_000]).await.unwrap();
        assert_eq!(next(&mut server).await.unwrap(), Some(7));
        assert_eq!(next(&mut server).await.unwrap(), None);
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
    }
}

#[tokio::test]
async fn a_half_close_is_fin_and_the_answer_still_arrives() {
    let (mut client, mut server, _proxy) =
        pair(Plan::a_to_b(Script::after(1, Step::HalfClose))).await;
    client.write_all(b"abc").await.unwrap();
    let mut received = String::new();
    server.read_to_string(&mut received).await.unwrap();
    assert_eq!(received, "a");
    server.write_u8(b'!').await.unwrap();
    assert_eq!(next(&mut client).await.unwrap(), Some(b'!'));
}

#[tokio::test]
async fn a_reset_by_one_end_reaches_the_other() {
    let (client, mut server, mut proxy) = pair(Plan::default()).await;
    socket2::SockRef::from(&client)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(client);
    assert_reset(next(&mut server).await);
    let (_, outcome) = proxy.outcome().await;
    let Outcome::Forwarded(report) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        report.a_to_b.end,
        End::SenderFailed(ErrorKind::ConnectionReset)
    );
}

#[tokio::test]
async fn each_connection_has_the_fate_of_its_number() {
    let (listener, address) = listen().await;
    let mut proxy = FaultProxy::start(address, |number| match number {
        0 => Fate::Refuse,
        1 => Fate::Hold,
        _ => Fate::Forward(Plan::default()),
    })
    .await
    .unwrap();

    // The RST may come while the client still connects.
    match TcpStream::connect(proxy.address()).await {
        Ok(mut refused) => assert_reset(next(&mut refused).await),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    assert_eq!(proxy.outcome().await, (0, Outcome::Refused));

    let mut held = TcpStream::connect(proxy.address()).await.unwrap();
    held.write_all(b"anyone?").await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    client.write_u8(3).await.unwrap();
    assert_eq!(
        next(&mut server).await.unwrap(),
        Some(3),
        "the first connection that the server sees is the third"
    );
    // Everything that was ready has been handled by now, and the held one has heard nothing.
    assert_eq!(
        held.try_read(&mut [0]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_reset() {
    let (listener, address) = listen().await;
    drop(listener);
    let mut proxy = FaultProxy::start(address, |_| Plan::default())
        .await
        .unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_reset(next(&mut client).await);
    assert_eq!(
        proxy.outcome().await,
        (0, Outcome::Unreachable(ErrorKind::ConnectionRefused))
    );
}

#[tokio::test]
async fn dropping_the_proxy_ends_its_connections_and_closes_its_port() {
    for script in [Script::default(), Script::new([Step::Stall])] {
        let (mut client, mut server, proxy) = pair(Plan::both(script)).await;
        let address = proxy.address();
        drop(proxy);
        assert_eq!(next(&mut client).await.unwrap(), None);
        assert_eq!(next(&mut server).await.unwrap(), None);
        let again = TcpStream::connect(address).await;
        assert_eq!(again.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
}

#[tokio::test]
#[should_panic = "the accepting task ends only by a panic"]
async fn a_plan_that_cannot_be_played_is_reported_and_does_not_hang() {
    let plan = Plan::a_to_b(Script::new([Step::Duplicate { bytes: 1 << 20 }]));
    let (_client, _server, mut proxy) = pair(plan).await;
    proxy.outcome().await;
}
