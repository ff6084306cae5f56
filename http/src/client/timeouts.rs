use std::time::Duration;

/// How long one request may wait for its server, in place of what [`ClientConfig`](super::ClientConfig) says. It is put into
/// the extensions of the request. `None` leaves it at what the client says, and [`Duration::MAX`] switches a deadline off. The
/// default is `None` for each.
///
/// ```
/// use std::time::Duration;
///
/// use wharf_http::Timeouts;
///
/// // Events that come when they come; the server says that it is alive once a minute.
/// let mut request = http::Request::get("https://example.com/events").body(String::new()).unwrap();
/// request.extensions_mut().insert(Timeouts {
///     read: Some(Duration::from_secs(90)),
///     ..Timeouts::default()
/// });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// All of it, redirects, further attempts and the content of the response included, in place of
    /// [`total_timeout`](super::ClientConfig::total_timeout).
    pub total: Option<Duration>,
    /// To accept some more of the request, in place of [`write_timeout`](super::ClientConfig::write_timeout).
    pub write: Option<Duration>,
    /// From the end of the request to the end of the response's head, in place of
    /// [`response_timeout`](super::ClientConfig::response_timeout).
    pub response: Option<Duration>,
    /// A pause in the content of the response, in place of [`read_timeout`](super::ClientConfig::read_timeout).
    pub read: Option<Duration>,
}

impl Timeouts {
    /// So long for all of it, and nothing else that differs from what the client says.
    pub fn within(total: Duration) -> Self {
        Self {
            total: Some(total),
            ..Self::default()
        }
    }
}
