//! A service on a port of its own, and the bytes that clients send to it.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wharf_http::{HttpService, ServeReport, Server};
use wharf_net::{Bind, Drain, Listener};

use crate::reply::Reply;
use crate::support::{GENEROUS, config};

/// A server that runs until it is dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    server: JoinHandle<std::io::Result<ServeReport>>,
}

impl Served {
    pub(crate) async fn new(service: impl HttpService) -> Self {
        Self::by(Server::new(service).config(config())).await
    }

    pub(crate) async fn by(server: Server<impl HttpService>) -> Self {
        let any = "127.0.0.1:0".parse().unwrap();
        let listener = Listener::bind(&any, &Bind::default()).await.unwrap();
        Self {
            address: listener.local_addr().inet().unwrap(),
            server: tokio::spawn(server.serve(listener, Drain::new())),
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends one request and reads the response to it.
    pub(crate) async fn ask(&self, request: impl AsRef<[u8]>) -> Reply {
        Reply::only(&exchange(self.connect().await, request).await)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"))
            .await
    }

    /// Sends content of some type.
    pub(crate) async fn post(&self, path: &str, media_type: &str, content: &str) -> Reply {
        let length = content.len();
        self.ask(format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n{content}"
        ))
        .await
    }

    /// Sends content whose length is not said.
    pub(crate) async fn post_chunks(&self, path: &str, chunks: &[&str]) -> Reply {
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunks = chunks
            .iter()
            .map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len()));
        let content: String = chunks.collect();
        self.ask(format!("{head}{content}0\r\n\r\n")).await
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Sends these bytes, says that nothing more will come, and reads to the end.
pub(crate) async fn exchange(
    mut io: impl AsyncRead + AsyncWrite + Unpin,
    request: impl AsRef<[u8]>,
) -> Vec<u8> {
    let mut received = Vec::new();
    let exchange = async {
        io.write_all(request.as_ref()).await?;
        io.shutdown().await?;
        io.read_to_end(&mut received).await
    };
    let exchanged = timeout(GENEROUS, exchange).await;
    exchanged.expect("the connection was not closed").unwrap();
    received
}

/// Reads until what was read ends with `end`.
pub(crate) async fn read_until(io: &mut (impl AsyncRead + Unpin), end: &str) -> Vec<u8> {
    let mut received = Vec::new();
    while !received.ends_with(end.as_bytes()) {
        match timeout(GENEROUS, io.read_u8()).await {
            Ok(Ok(byte)) => received.push(byte),
            other => panic!("{other:?} after {}", received.escape_ascii()),
        }
    }
    received
}
