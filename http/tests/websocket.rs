//! axum's WebSocket extractor, unchanged, with the feature `hyper-compat`.

use axum::Router;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite;
use wharf_http::Server;
use wharf_net::{Bind, Drain, Listener};

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|mut socket| async move {
        while let Some(Ok(message)) = socket.recv().await {
            if matches!(message, Message::Text(_) | Message::Binary(_))
                && socket.send(message).await.is_err()
            {
                break;
            }
        }
    })
}

#[tokio::test]
async fn messages_of_any_size_come_back_and_the_close_is_answered() {
    let router = Router::new()
        .route("/echo", any(echo))
        .fallback(|| async { "very well" });
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
        .await
        .unwrap();
    let address = listener.local_addr();
    let server = Server::new(router);
    let (drain, stats) = (Drain::new(), server.stats());
    let serving = tokio::spawn(server.serve(listener, drain.clone()));

    let io = TcpStream::connect(address.to_string()).await.unwrap();
    let url = format!("ws://{address}/echo");
    let (mut socket, response) = tokio_tungstenite::client_async(url, io).await.unwrap();
    assert_eq!(response.status(), 101);
    for length in [0, 1, 125, 126, 70_000, 1_000_000] {
        let sent = tungstenite::Message::binary(vec![b'x'; length]);
        socket.send(sent.clone()).await.unwrap();
        let received = socket.next().await.unwrap().unwrap();
        assert_eq!(received.len(), length);
        assert_eq!(received, sent);
    }
    socket.close(None).await.unwrap();
    let last = socket.next().await;
    assert!(
        matches!(last, Some(Ok(tungstenite::Message::Close(_)))),
        "{last:?}"
    );
    assert!(socket.next().await.is_none());
    drop(socket);

    // What is no upgrade is answered as before.
    let mut io = TcpStream::connect(address.to_string()).await.unwrap();
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    io.write_all(b"GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    io.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");

    // Nor is what a handler turns down, whatever it says.
    let mut io = TcpStream::connect(address.to_string()).await.unwrap();
    io.write_all(b"CONNECT a.test:1 HTTP/1.1\r\nHost: a.test:1\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    io.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");

    drain.begin(std::time::Duration::from_secs(30));
    let report = serving.await.unwrap().unwrap();
    assert_eq!((report.finished, report.cut), (3, 0));
    assert_eq!(stats.snapshot().closed.get("switched"), Some(&1));
}
