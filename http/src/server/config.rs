use std::time::Duration;

use wharf_net::Linger;

use crate::h1::Limits;

/// The bounds and deadlines of a [`Server`](super::Server). All deadlines are on by default but that of a connection's
/// age.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// What is accepted of a request.
    pub limits: Limits,
    /// Whether each request carries its head as it was received, names in their case and lines in their order, as a
    /// [`RawHead`](crate::h1::RawHead) in its extensions. That costs one extension per request. The default is no.
    pub raw_head: bool,
    /// How long a request head may take from its first byte to its last, however steadily it drips; for the first
    /// request, from the moment the connection is ready. When it passes, a head under way is answered with 408. Others:
    /// Node and nginx 60 s, hyper 30 s, actix 5 s, Go none. The default is 10 s.
    pub head_timeout: Duration,
    /// How long a connection may wait for its next request. Clients are told so by `Keep-Alive: timeout=…`, in whole
    /// seconds, and the connection is held a second longer, so that one that makes use of the last moment does not meet
    /// its end. It is closed without a word. Less than a second is kept to and not told. Others: nginx 75 s, Node
    /// (which tells, and waits a second longer) and Apache 5 s, hyper and Go none. The default is 15 s.
    pub idle_timeout: Duration,
    /// How long a handler may wait for the next piece of a request body. It sees an error, and the client a 408. A
    /// handler that reads on behind its response may pause as long; then the connection is closed. None of hyper, Node,
    /// Go and actix bounds this. The default is 30 s.
    pub body_timeout: Duration,
    /// How slowly a request body may arrive while its handler waits for it; one that is slower is answered with 408.
    /// `None` for no bound. Others: Kestrel 240 bytes per second behind a grace of 5 s, Apache 500 behind 20 s, nginx,
    /// hyper, Go and Node none. The default is 240 bytes per second behind a grace of 30 s, so that a telephone may
    /// change its network.
    pub body_rate_min: Option<RateMin>,
    /// How long a client may take none of a response. The connection is dropped then. Until it is, at most 1 MiB of the
    /// response waits here, and what its body gives at once; 64 KiB, if the client has been slow before. nginx: 60 s. The
    /// default is 30 s.
    pub write_timeout: Duration,
    /// How long a connection may live, so that clients spread anew over the servers behind a load balancer. The first
    /// response that begins behind that is its last; one that is idle then is closed as every idle one is. For each
    /// connection up to a tenth is taken off, at random, so that those who came together do not leave together. nginx:
    /// 1 hour. The default is `None`.
    pub age_max: Option<Duration>,
    /// How many requests a connection may bring; the response to the last one says `Connection: close`. nginx: 1000.
    /// The default is `None`.
    pub requests_max: Option<u64>,
    /// How many connections may be open over all the listeners of this server. Before one more is refused, those that
    /// have been idle for longest are closed. A refused one is closed without an answer, before a TLS handshake. Where
    /// the kernel should rather keep them waiting, or for limits per address, see
    /// [`wharf_net::Admission`]. The default is `None`.
    pub connections_max: Option<usize>,
    /// How much of a request body that its handler did not read is read and thrown away to keep the connection; more,
    /// and it is closed instead. Go: 256 KiB. The default is 64 KiB.
    pub unread_bytes_max: u64,
    /// How much is read at once, and so how much of further requests can wait behind the one that is being answered.
    /// What is read at once begins with 8 KiB, whatever this says, and doubles while reads fill it. Who waits for more
    /// holds no such buffer; each thread keeps one. hyper: 408 KiB, kept by each connection. The default is 256 KiB.
    pub read_bytes_max: usize,
    /// What becomes of a handler whose client has sent all it wants to send. The default is [`HalfClose::Answer`].
    pub half_close: HalfClose,
    /// Whether a request over TLS has to be for the host that the connection was made to, by its server name, or for
    /// one that the same certificate is for; another one is answered with 421 ([RFC 9110 §7.4]). What a selector
    /// chooses by itself is not looked at. To be switched off behind a proxy that connects by another name than its
    /// clients ask for, as nginx with `proxy_ssl_name`, and in a forward proxy that is reached over TLS. The default is
    /// yes.
    ///
    /// [RFC 9110 §7.4]: https://www.rfc-editor.org/rfc/rfc9110#section-7.4
    pub check_host: bool,
    /// When a drain begins: how long a connection that was accepted and has not sent its first request yet may take to
    /// do so. The default is 2 s.
    pub first_request_grace: Duration,
    /// How a connection is closed, so that the last response arrives at a client that is still sending.
    pub linger: Linger,
    /// The same where the client is still sending a request that has been answered already: until it has, it reads
    /// nothing, and a reset would cost it the answer. nginx: 30 s, and any number of bytes. The default is 64 MiB and
    /// 30 s.
    pub upload_linger: Linger,
}

/// A lower bound on the pace of what arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateMin {
    /// Bytes per second, on the average since the wait for them began. 0 is no bound.
    pub bytes_per_second: u32,
    /// How long the pace is of no interest.
    pub grace: Duration,
}

/// What a client's FIN, or over TLS its `close_notify`, means behind a request that arrived whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HalfClose {
    /// It has asked all it wants to ask, and waits for the answer ([RFC 9112 §9.6] knows nothing else). Go, nginx and
    /// actix do the same.
    ///
    /// [RFC 9112 §9.6]: https://www.rfc-editor.org/rfc/rfc9112#section-9.6
    #[default]
    Answer,
    /// It has lost interest: the handler is dropped where it waits, and the connection with it. Browsers that navigate
    /// away and curl that is interrupted look like this; so does a client that half-closes and waits. hyper and Node do
    /// this. It is not seen behind another request that waits already.
    Cancel,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            raw_head: false,
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            body_rate_min: Some(RateMin {
                bytes_per_second: 240,
                grace: Duration::from_secs(30),
            }),
            write_timeout: Duration::from_secs(30),
            age_max: None,
            requests_max: None,
            connections_max: None,
            unread_bytes_max: 64 * 1024,
            read_bytes_max: 256 * 1024,
            half_close: HalfClose::default(),
            check_host: true,
            first_request_grace: Duration::from_secs(2),
            linger: Linger::default(),
            upload_linger: Linger {
                bytes_max: 64 * 1024 * 1024,
                time_max: Duration::from_secs(30),
            },
        }
    }
}
