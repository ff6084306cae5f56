/// The bounds of what is accepted from a peer.
///
/// Every buffer of this codec is bounded by one of these fields; exceeding one is a
/// [`ProtocolError`](super::ProtocolError) that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest head, start-line and field section together, in bytes.
    ///
    /// Others: Node 16 KiB, nginx four buffers of 8 KiB, hyper 408 KiB, Go 1 MiB. A longer head is answered with 431.
    /// The default is 32 KiB.
    pub head_bytes_max: usize,
    /// The most field lines in a head or in a trailer section.
    ///
    /// Others: hyper and Apache 100, actix 96, Node 2000. More are answered with 431. The map that holds them ends at
    /// 24,576, whatever is asked for. The default is 100.
    pub fields_max: usize,
    /// The longest request-target, in bytes.
    ///
    /// RFC 9112 §3 recommends at least 8000. Others: nginx and Apache about 8 KiB, Go none. A longer one is answered
    /// with
    /// 414. The default is 8 KiB.
    pub target_bytes_max: usize,
    /// The longest method, in bytes. The longest that IANA registers is `UPDATEREDIRECTREF` with 17. A longer one is
    /// answered with 501. The default is 32.
    pub method_bytes_max: usize,
    /// How many empty lines are skipped before a request line (RFC 9112 §2.2 asks for one). More are answered with 400.
    /// The default is 4.
    pub empty_lines_max: usize,
    /// The most content in one message, in bytes; `None` for no bound but 2^63 - 1.
    ///
    /// Others: nginx 1 MiB, axum's extractors 2 MiB, hyper, Go and Node none. More is answered with 413, before
    /// anything is read if `Content-Length` says so. Who reads the content of a request can say otherwise for it:
    /// [`Incoming::limit`](crate::Incoming::limit). The default is 2 MiB.
    pub content_bytes_max: Option<u64>,
    /// The longest chunk-size line with its extensions, in bytes. A longer one is answered with 400. The default is
    /// 4 KiB.
    pub chunk_line_bytes_max: usize,
    /// The most bytes of chunk extensions in one message. Extensions are ignored, so a peer that sends many only wants
    /// to cost us time; Go and hyper stop at the same 16 KiB, Node and nginx never. More are answered with 400. The
    /// default is 16 KiB.
    pub chunk_extension_bytes_max: usize,
    /// The longest trailer section, in bytes. A longer one is answered with 431. The default is 8 KiB.
    pub trailer_bytes_max: usize,
    /// The most informational (1xx) responses to one request that a client takes; a server that sent nothing else
    /// would keep it waiting forever. Honest ones send a 100, a 103 or two, or a 102 every few seconds while they
    /// work. More is an error. The default is 100.
    pub informational_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes_max: 32 * 1024,
            fields_max: 100,
            target_bytes_max: 8 * 1024,
            method_bytes_max: 32,
            empty_lines_max: 4,
            content_bytes_max: Some(2 * 1024 * 1024),
            chunk_line_bytes_max: 4 * 1024,
            chunk_extension_bytes_max: 16 * 1024,
            trailer_bytes_max: 8 * 1024,
            informational_max: 100,
        }
    }
}
