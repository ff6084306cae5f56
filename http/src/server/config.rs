use std::time::Duration;

use wharf_net::Linger;

use crate::h1::Limits;

/// The bounds and deadlines of a [`Server`](super::Server). All are on by default.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// What is accepted of a request.
    pub limits: Limits,
    /// Whether each request carries its head as it was received, names in their case and lines in their order, as a
    /// [`RawHead`](crate::h1::RawHead) in its extensions. That costs one extension per request. The default is no.
    pub raw_head: bool,
    /// How long a request head may take from its first byte to its last, however steadily it drips; for the first request,
    /// from the moment the connection is ready. When it passes, a head under way is answered with 408. Others: Node and
    /// nginx 60 s, hyper 30 s, actix 5 s, Go none. The default is 10 s.
    pub head_timeout: Duration,
    /// How long a connection may wait for its next request. It is closed without a word. Others: nginx 75 s, Node and
    /// Apache 5 s, hyper and Go none. The default is 15 s.
    pub idle_timeout: Duration,
    /// How long a handler may wait for the next piece of a request body. It sees an error, and the client a 408. A
    /// handler that reads on behind its response may pause as long; then the connection is closed. None of hyper, Node, Go
    /// and actix bounds this. The default is 30 s.
    pub body_timeout: Duration,
    /// How long a client may take none of a response. The connection is dropped then. nginx: 60 s. The default is 30 s.
    pub write_timeout: Duration,
    /// How much of a request body that its handler did not read is read and thrown away to keep the connection; more, and
    /// it is closed instead. Go: 256 KiB. The default is 64 KiB.
    pub unread_bytes_max: u64,
    /// When a drain begins: how long a connection that was accepted and has not sent its first request yet may take to do
    /// so. The default is 2 s.
    pub first_request_grace: Duration,
    /// How a connection is closed, so that the last response arrives at a client that is still sending.
    pub linger: Linger,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            raw_head: false,
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            unread_bytes_max: 64 * 1024,
            first_request_grace: Duration::from_secs(2),
            linger: Linger::default(),
        }
    }
}
