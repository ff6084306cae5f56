use std::net::SocketAddr;

use tokio::net::TcpStream;
use wharf_net::{Bind, Endpoint, Listener};

/// Any free port of 127.0.0.1.
pub(crate) fn loopback() -> Endpoint {
    endpoint("127.0.0.1:0")
}

#[track_caller]
pub(crate) fn endpoint(text: &str) -> Endpoint {
    text.parse().unwrap()
}

pub(crate) async fn listen(options: &Bind) -> Listener {
    Listener::bind(&loopback(), options).await.unwrap()
}

/// Where a TCP listener can be reached.
#[track_caller]
pub(crate) fn address(listener: &Listener) -> SocketAddr {
    listener.local_addr().inet().unwrap()
}

pub(crate) async fn connect(listener: &Listener) -> TcpStream {
    TcpStream::connect(address(listener)).await.unwrap()
}
