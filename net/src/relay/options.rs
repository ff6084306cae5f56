use std::time::Duration;

/// The bounds of a relay, and how it moves bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayOptions {
    /// How long nothing may move in either direction before the relay ends. Every byte in either direction starts it
    /// anew. `None` waits for ever.
    ///
    /// A peer that vanishes without a FIN looks like one that is silent, and only this ends it. Others: nginx 10 min,
    /// Envoy 1 h, HAProxy none; AWS's network load balancer forgets a silent flow after 350 s without telling anyone.
    /// The default is 5 min, so that this side is the one that ends it, and says so.
    pub idle: Option<Duration>,
    /// The same once either side has ended its stream or failed. The shorter of the two counts; `None` leaves `idle`.
    ///
    /// A client that is gone for good has often sent FIN, and an upstream that ignores it would keep both sockets in
    /// CLOSE_WAIT. Linux gives a peer as long (`tcp_fin_timeout`) for its own FIN. The default is 60 s; more is needed
    /// where one side ends its request and the other thinks about the answer for longer.
    pub half_closed_idle: Option<Duration>,
    /// The size of a copy buffer, in bytes. A direction holds one only while it has bytes that its target has not
    /// taken. 0 counts as 1.
    ///
    /// Others: tokio 8 KiB, nginx 16 KiB, Go 32 KiB. Between TCP sockets 64 KiB cost up to 1.4 times the CPU per byte of
    /// 256 KiB; a peer that stalls a direction makes the kernel hold megabytes beside it. The default is 256 KiB.
    pub buffer_bytes: usize,
    /// Whether two sockets are relayed through a pipe. The default is [`Splice::Auto`].
    pub splice: Splice,
    /// The size asked of the kernel for a pipe, in bytes, and the most that is moved at once. The kernel rounds it up
    /// to pages; where its limits for the user are reached the pipe is smaller, and works.
    ///
    /// The kernel's default is 64 KiB, an ordinary user's maximum 1 MiB; beyond 128 KiB it makes little difference. The
    /// default is 256 KiB.
    pub pipe_bytes: usize,
}

impl Default for RelayOptions {
    fn default() -> Self {
        Self {
            idle: Some(Duration::from_secs(5 * 60)),
            half_closed_idle: Some(Duration::from_secs(60)),
            buffer_bytes: 256 * 1024,
            splice: Splice::Auto,
            pipe_bytes: 256 * 1024,
        }
    }
}

/// Whether bytes may go from socket to socket without entering the process (splice(2)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Splice {
    /// Where both streams are sockets and so much arrives at once that it pays; everything else is copied.
    #[default]
    Auto,
    /// Everything is copied.
    Never,
}
