//! Shutdown: what is open may finish, what overstays is cut, and the report says so.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use wharf_net::{Bind, Conn, Drain, Listener, ServeReport, serve};

const GENEROUS: Duration = Duration::from_secs(30);

async fn listen() -> (Listener, SocketAddr) {
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
        .await
        .unwrap();
    let address = listener.local_addr().inet().unwrap();
    (listener, address)
}

/// Serves connections that echo one byte and end, and tells of each one that begins.
async fn echo_one_byte(
    drain: &Drain,
) -> (
    SocketAddr,
    mpsc::Receiver<()>,
    tokio::task::JoinHandle<ServeReport>,
) {
    let (listener, address) = listen().await;
    let (began, beginnings) = mpsc::channel(64);
    let handler = move |mut conn: Conn| {
        let began = began.clone();
        async move {
            began.send(()).await.unwrap();
            let byte = conn.read_u8().await.unwrap();
            assert_ne!(byte, b'!', "the handler was told to panic");
            conn.write_u8(byte).await.unwrap();
        }
    };
    let drain = drain.clone();
    (
        address,
        beginnings,
        tokio::spawn(async move { serve(listener, drain, handler).await.unwrap() }),
    )
}

#[tokio::test]
async fn an_open_connection_may_finish() {
    let drain = Drain::new();
    let (address, mut began, server) = echo_one_byte(&drain).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    began.recv().await.unwrap();

    drain.begin(GENEROUS);
    client.write_u8(7).await.unwrap();
    assert_eq!(client.read_u8().await.unwrap(), 7);
    let report = server.await.unwrap();
    assert_eq!((report.accepted, report.finished, report.cut), (1, 1, 0));
    TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test]
async fn a_connection_that_overstays_is_cut() {
    let drain = Drain::new();
    let (address, mut began, server) = echo_one_byte(&drain).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    began.recv().await.unwrap();

    drain.begin(Duration::ZERO);
    let report = server.await.unwrap();
    assert_eq!((report.accepted, report.finished, report.cut), (1, 0, 1));
    assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_connection_waiting_in_the_queue_is_still_served() {
    let (listener, address) = listen().await;
    let drain = Drain::new();
    // Complete in the kernel, and the accept loop has not run yet when the drain begins.
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(TcpStream::connect(address).await.unwrap());
    }
    drain.begin(GENEROUS);
    let server = tokio::spawn(serve(listener, drain, |mut conn: Conn| async move {
        conn.write_u8(1).await.unwrap();
    }));
    for client in &mut clients {
        assert_eq!(client.read_u8().await.unwrap(), 1);
    }
    assert_eq!(server.await.unwrap().unwrap().finished, 20);
}

#[tokio::test]
async fn a_panic_takes_down_its_own_connection_only() {
    let drain = Drain::new();
    let (address, _began, server) = echo_one_byte(&drain).await;
    let mut doomed = TcpStream::connect(address).await.unwrap();
    doomed.write_u8(b'!').await.unwrap();
    assert_eq!(doomed.read(&mut [0]).await.unwrap(), 0);

    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_u8(9).await.unwrap();
    assert_eq!(client.read_u8().await.unwrap(), 9);
    drain.begin(GENEROUS);
    let report = server.await.unwrap();
    assert_eq!((report.panicked, report.finished), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_second_begin_only_shortens_the_grace() {
    let drain = Drain::new();
    let _guard = drain.guard();
    let start = tokio::time::Instant::now();
    drain.begin(Duration::from_secs(10));
    drain.begin(Duration::from_secs(60));
    let waiting = drain.clone();
    let done = tokio::spawn(async move { waiting.done().await });
    tokio::task::yield_now().await;
    drain.begin(Duration::from_secs(3));
    assert_eq!(done.await.unwrap().left, 1);
    assert_eq!(start.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_drain_may_have_no_deadline_to_speak_of() {
    let drain = Drain::new();
    let guard = drain.guard();
    drain.begin(Duration::MAX);
    tokio::time::advance(Duration::from_secs(86_400)).await;
    drop(guard);
    assert_eq!(drain.done().await.left, 0);
}

#[tokio::test(start_paused = true)]
async fn done_waits_for_the_last_guard() {
    let drain = Drain::new();
    let (first, second) = (drain.guard(), drain.guard());
    drain.begin(Duration::from_secs(10));
    let waiting = drain.clone();
    let done = tokio::spawn(async move { waiting.done().await });
    drop(first);
    tokio::task::yield_now().await;
    assert!(!done.is_finished());
    drop(second);
    let report = done.await.unwrap();
    assert_eq!(
        (report.waited_for, report.left),
        (1, 0),
        "two, of which one had gone before anybody waited"
    );
}

#[tokio::test]
async fn a_full_queue_is_served_to_its_last_connection_whoever_has_set_its_length() {
    let queue_of = async |backlog: i32| {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        // As a service manager might have it, with another length than the options that it is taken over with.
        rustix::net::listen(&socket, backlog).unwrap();
        let options = Bind {
            backlog: 1,
            ..Bind::default()
        };
        Listener::from_fd(socket.into(), &options).unwrap()
    };
    // Linux keeps one more than the backlog.
    for (backlog, clients) in [(1, 2), (20, 21)] {
        let listener = queue_of(backlog).await;
        let address = listener.local_addr().inet().unwrap();
        let mut waiting = Vec::new();
        for _ in 0..clients {
            waiting.push(TcpStream::connect(address).await.unwrap());
        }
        let drain = Drain::new();
        drain.begin(GENEROUS);
        let server = tokio::spawn(serve(listener, drain, |mut conn: Conn| async move {
            conn.write_u8(1).await.unwrap();
        }));
        for client in &mut waiting {
            assert_eq!(client.read_u8().await.unwrap(), 1);
        }
        assert_eq!(server.await.unwrap().unwrap().finished, clients);
    }
}

#[tokio::test]
async fn a_relay_that_is_cut_at_the_deadline_does_not_look_finished() {
    use wharf_net::{RelayOptions, relay};
    let (listener, address) = listen().await;
    let upstream = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = upstream.local_addr().unwrap();
    let drain = Drain::new();
    let server = tokio::spawn(serve(
        listener,
        drain.clone(),
        move |mut client: Conn| async move {
            let mut server = TcpStream::connect(to).await.unwrap();
            relay(&mut client, &mut server, &RelayOptions::default()).await;
        },
    ));
    let mut client = TcpStream::connect(address).await.unwrap();
    let (mut half, _) = upstream.accept().await.unwrap();
    half.write_all(b"half").await.unwrap();
    client.read_exact(&mut [0; 4]).await.unwrap();
    drain.begin(Duration::ZERO);
    assert_eq!(server.await.unwrap().unwrap().cut, 1);
    for stream in [&mut client, &mut half] {
        let error = stream.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
}
