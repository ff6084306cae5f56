use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Uri, response};
use wharf_net::{ConnInfo, DialReport, Endpoint, TcpInfo};

use super::Proxy;
use crate::https::HandshakeReport;
use crate::{Error, TlsInfo};

/// What happens to a request, as [`on_progress`] tells of it: in this order, as far as it happens, and once more from the
/// beginning for each further attempt and each redirect.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// The request is begun: for the first time, or as a redirect or another attempt has it.
    Begun {
        /// Its method.
        method: &'a Method,
        /// Where it goes.
        uri: &'a Uri,
    },
    /// A connection that was kept is used again.
    Kept {
        /// What is known of it.
        connection: &'a ConnInfo,
        /// What its handshake agreed on, if it has TLS.
        tls: Option<&'a TlsInfo>,
    },
    /// A connection to this endpoint is begun: to the origin, or to what is on the way to it.
    Dialing(&'a Endpoint),
    /// It is made.
    Dialed {
        /// What is known of it.
        connection: &'a ConnInfo,
        /// How long resolving took, and every attempt.
        report: &'a DialReport,
        /// What the kernel knows of it already, if it is TCP.
        tcp: Option<&'a TcpInfo>,
    },
    /// The proxy is asked for a connection to the origin.
    ProxyAsked(&'a Proxy),
    /// The proxy has made one.
    ProxyConnected,
    /// A TLS handshake is begun.
    Securing,
    /// The TLS handshake is over. Behind a proxy that is spoken to over TLS there is a second one.
    Secured {
        /// What it agreed on.
        tls: &'a TlsInfo,
        /// What was offered and presented.
        report: &'a HandshakeReport,
    },
    /// The TLS handshake has failed. Why is told by [`Failed`](Self::Failed).
    NotSecured(&'a HandshakeReport),
    /// A head is sent: request line, fields, and the empty line behind them. Credentials are in it.
    HeadSent(&'a [u8]),
    /// The request is sent to its end.
    Sent,
    /// A head was received, of an informational response or the final one; content codings are not taken off yet.
    HeadReceived(&'a response::Parts),
    /// The response was received to its end, or given up.
    Ended {
        /// How many bytes the request was, its head included; before TLS.
        sent: u64,
        /// How many bytes the response was, its head included; behind TLS.
        received: u64,
        /// What the kernel knows of the connection by now, if it is TCP.
        tcp: Option<&'a TcpInfo>,
    },
    /// There is no response, in whichever of these stages it was. Another attempt may follow.
    Failed(&'a Error),
    /// Another attempt follows in so long, as [`Retries`](super::Retries) have it.
    Pausing(Duration),
}

/// Calls `hook` with what happens to this request, as it happens. Another hook takes the place of this one. It should
/// return soon: nothing else is sent or read meanwhile. What is said to a proxy before a tunnel is open is not told.
///
/// ```
/// # use http::Request;
/// use wharf_http::Progress;
///
/// let mut request = Request::get("https://example.com/").body(String::new()).unwrap();
/// wharf_http::on_progress(&mut request, |progress| match progress {
///     Progress::HeadReceived(head) => println!("{}", head.status),
///     _ => {}
/// });
/// ```
pub fn on_progress<B, F>(request: &mut Request<B>, hook: F)
where
    F: Fn(Progress<'_>) + Send + Sync + 'static,
{
    let hook = OnProgress(Arc::new(hook));
    request.extensions_mut().insert(hook);
}

/// Who is told.
#[derive(Clone)]
pub(super) struct OnProgress(Arc<dyn Fn(Progress<'_>) + Send + Sync>);

impl OnProgress {
    pub(super) fn call(&self, progress: Progress<'_>) {
        (self.0)(progress);
    }
}

impl fmt::Debug for OnProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnProgress")
    }
}
