use http::header::HOST;
use http::{Method, StatusCode, request};

use crate::CloseReason;
use crate::https::{EarlyData, ServerTls};

/// Which requests belong on a connection ([RFC 9110 §7.4], [RFC 8470 §5.2]).
///
/// [RFC 9110 §7.4]: https://www.rfc-editor.org/rfc/rfc9110#section-7.4
/// [RFC 8470 §5.2]: https://www.rfc-editor.org/rfc/rfc8470#section-5.2
pub(super) struct Origin {
    /// What came before the TLS handshake was over.
    early_data: Option<EarlyData>,
    secured: Option<Secured>,
}

/// A connection that was made to one name.
struct Secured {
    server_name: String,
    tls: ServerTls,
}

/// Why a request does not belong here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WrongOrigin {
    /// It may be the recording of an earlier one, and would do again what that one did. The client sends it again when
    /// the handshake is over.
    TooEarly,
    /// The certificate that this connection was secured with is not for its host.
    Misdirected,
}

impl Origin {
    /// Requests out of `early_data` that change anything are refused, and those for a host that is not `server_name`,
    /// nor has its certificate. A client that named no server, as one that knows an address alone, may ask for any.
    pub(super) fn of_tls(
        early_data: Option<EarlyData>,
        server_name: Option<String>,
        tls: &ServerTls,
    ) -> Self {
        Self {
            early_data,
            secured: server_name.map(|server_name| Secured {
                server_name,
                tls: tls.clone(),
            }),
        }
    }

    /// `position` is where in the stream the head began.
    pub(super) fn check(&self, head: &request::Parts, position: u64) -> Result<(), WrongOrigin> {
        if let Some(early) = &self.early_data
            && position < early.bytes()
            && !head.method.is_safe()
        {
            return Err(WrongOrigin::TooEarly);
        }
        // What a tunnel leads to is another host, always.
        if head.method != Method::CONNECT
            && let Some(secured) = &self.secured
            && let Some(host) = head.headers.get(HOST)
            && !secured.is_for(host.as_bytes())
        {
            return Err(WrongOrigin::Misdirected);
        }
        Ok(())
    }
}

impl Secured {
    fn is_for(&self, host: &[u8]) -> bool {
        let name = match host.iter().rposition(|byte| *byte == b':') {
            Some(colon) if !host.ends_with(b"]") => host.get(..colon).unwrap_or_default(),
            _ => host,
        };
        if name.is_empty() {
            return true;
        }
        // A final dot makes no other name ([RFC 6066 §3] leaves it out), and brackets no other address.
        let name = name.strip_suffix(b".").unwrap_or(name);
        let literal = name
            .strip_prefix(b"[")
            .and_then(|name| name.strip_suffix(b"]"));
        let name = literal.unwrap_or(name);
        name.eq_ignore_ascii_case(self.server_name.as_bytes())
            || std::str::from_utf8(name)
                .is_ok_and(|name| self.tls.covers(&[&self.server_name, name]))
    }
}

impl WrongOrigin {
    pub(super) fn answer(self) -> (StatusCode, &'static str) {
        match self {
            Self::TooEarly => (StatusCode::TOO_EARLY, "not in early data"),
            Self::Misdirected => (
                StatusCode::MISDIRECTED_REQUEST,
                "this connection was made to another host",
            ),
        }
    }
}

impl From<WrongOrigin> for CloseReason {
    fn from(wrong: WrongOrigin) -> Self {
        match wrong {
            WrongOrigin::TooEarly => Self::TooEarly,
            WrongOrigin::Misdirected => Self::Misdirected,
        }
    }
}
