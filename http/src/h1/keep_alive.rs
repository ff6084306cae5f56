use std::sync::Arc;

/// How long a connection is held for the next request, as its client is told: `Connection: keep-alive` and
/// `Keep-Alive: timeout=…` ([RFC 2068 §19.7.1.1]).
///
/// Written once, and shared by the connections that it is given to. The default says nothing.
///
/// [RFC 2068 §19.7.1.1]: https://www.rfc-editor.org/rfc/rfc2068#section-19.7.1.1
#[derive(Clone, Debug, Default)]
pub struct KeepAlive(Option<Arc<[u8]>>);

impl KeepAlive {
    /// So many seconds.
    pub fn seconds(seconds: u64) -> Self {
        let lines = format!("connection: keep-alive\r\nkeep-alive: timeout={seconds}\r\n");
        Self(Some(lines.into_bytes().into()))
    }

    pub(super) fn lines(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}
