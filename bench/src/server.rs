//! What the servers share: one thread, one listener on a port that the kernel chose, told on the first line of output.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What every server answers.
pub const BODY: &[u8] = b"Hello, World!";

/// Runs a server on one thread.
pub fn run<T, E: From<io::Error>>(server: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(server)
}

/// The line that the bench waits for.
pub fn announce(address: impl std::fmt::Display) {
    println!("{address}");
}

/// Accepts for ever, each connection in a task of its own.
pub async fn accept_all<F, Fut>(connection: F) -> io::Result<()>
where
    F: Fn(TcpStream) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(connection(stream));
    }
}

/// Accepts for ever, two connections at a time: what arrives on one is to leave by the other. Both are set to
/// [`bulk::congestion`](crate::bulk::congestion).
pub async fn accept_pairs<F, Fut>(relay: F) -> io::Result<()>
where
    F: Fn(TcpStream, TcpStream) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    // An accepted socket has it from its listener.
    socket2::SockRef::from(&listener).set_tcp_congestion(crate::bulk::congestion()?.as_bytes())?;
    announce(listener.local_addr()?);
    loop {
        let (first, _) = listener.accept().await?;
        let (second, _) = listener.accept().await?;
        for stream in [&first, &second] {
            stream.set_nodelay(true)?;
        }
        tokio::spawn(relay(first, second));
    }
}

/// What the servers of `tcp` answer, whatever they are asked.
pub const ANSWER: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";
/// What a client says that wants one answer only.
pub const CLOSE: &str = "Connection: close";

/// The work of each connection in the bench of `tcp`, the same over any stream: an answer to each piece that arrives,
/// until the peer ends, or after the first one if it says so.
pub async fn answer<IO>(mut io: IO) -> io::Result<()>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let mut asked = [0; 128];
    loop {
        let n = io.read(&mut asked).await?;
        if n == 0 {
            return Ok(());
        }
        io.write_all(ANSWER).await?;
        if memchr::memmem::find(&asked[..n], CLOSE.as_bytes()).is_some() {
            return Ok(());
        }
    }
}
