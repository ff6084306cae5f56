//! What is known of one fetch. The renderers read this and nothing else; as JSON it is this, field by field.
//!
//! Times: `at_us` counts from the beginning of the fetch, `…_us` is a duration, both in microseconds. What did not happen, or
//! is not known, is `null` or an empty list. Text of a peer is as it came, with what is not UTF-8 replaced.

use std::time::Duration;

use serde::Serialize;
use wharf_pki::CertificateInfo;

/// The number in [`Record::format`].
pub(super) const FORMAT: u32 = 1;

/// All of it.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    /// Which format this is: another number when a field is taken away or means something else, the same when one is added.
    pub(super) format: u32,
    /// The program and its version.
    pub(super) program: String,
    /// When the fetch began, in UTC (RFC 3339).
    pub(super) began: String,
    /// The method that was asked for.
    pub(super) method: String,
    /// The URL that was asked for.
    pub(super) url: String,
    /// How long all of it took.
    pub(super) duration_us: u64,
    /// What came of it.
    pub(super) outcome: Outcome,
    /// The content that was received in the end; `null` if it did not come to that.
    pub(super) content: Option<Content>,
    /// Every request that was sent, or was to be: the first, then redirects and further attempts.
    pub(super) hops: Vec<Hop>,
    /// How many there were beyond those that are kept here.
    pub(super) hops_left_out: usize,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Outcome {
    /// The status of the last response.
    pub(super) status: Option<u16>,
    /// The exit status of the program.
    pub(super) exit_status: u8,
    /// What went wrong, with its causes.
    pub(super) error: Option<String>,
    /// What to do about it.
    pub(super) hint: Option<String>,
}

/// Content, behind its codings.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Content {
    /// How many bytes.
    pub(super) bytes: u64,
    /// Whether it was received to its end.
    pub(super) is_complete: bool,
    /// The file it was written to, `-` for stdout; `null` if it was thrown away.
    pub(super) written_to: Option<String>,
}

/// One request, on every layer.
#[derive(Debug, Serialize)]
pub(super) struct Hop {
    /// From 1.
    pub(super) number: usize,
    /// Why there is one.
    pub(super) reason: Reason,
    /// Its method.
    pub(super) method: String,
    /// Its URL.
    pub(super) url: String,
    /// When it began.
    pub(super) at_us: u64,
    /// Until the next one began, or everything was over.
    pub(super) duration_us: u64,
    /// The connection it was sent over; `null` if there was none.
    pub(super) connection: Option<Connection>,
    /// How connections were made, to the origin or to what is on the way. Empty if one was kept.
    pub(super) dials: Vec<Dial>,
    /// What proxies were asked for.
    pub(super) proxies: Vec<ProxyStep>,
    /// The TLS handshakes: one, or two behind a proxy of https.
    pub(super) handshakes: Vec<Handshake>,
    /// The head that was sent.
    pub(super) request: Option<SentHead>,
    /// The heads that were received, informational ones included.
    pub(super) responses: Vec<ReceivedHead>,
    /// How much was sent and received, and how fast.
    pub(super) transfer: Option<Transfer>,
    /// What the kernel knew of the connection in the end (`TCP_INFO`).
    pub(super) tcp: Option<Tcp>,
    /// Why there is no response.
    pub(super) error: Option<String>,
    /// Where the time went, in the order of beginnings; attempts to connect run side by side.
    pub(super) phases: Vec<Phase>,
}

/// Why there is a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// It was asked for.
    First,
    /// A response said where to go.
    Redirect,
    /// The one before came to nothing that is of use.
    Again,
}

/// A connection.
#[derive(Debug, Serialize)]
pub(super) struct Connection {
    /// Its number in this program; the same number is the same connection.
    pub(super) id: u64,
    /// Whether it was kept from an earlier request.
    pub(super) is_kept: bool,
    /// The number of the request it was made for.
    pub(super) made_for_hop: Option<usize>,
    /// This end of it.
    pub(super) local: String,
    /// The other end: the server, or what is on the way to it.
    pub(super) peer: String,
}

/// How a connection was made.
#[derive(Debug, Serialize)]
pub(super) struct Dial {
    /// Where to: host and port, or the path of a socket.
    pub(super) endpoint: String,
    /// Whether there was a name to resolve.
    pub(super) has_name: bool,
    /// When it began, with resolving.
    pub(super) at_us: u64,
    /// How long it took, with resolving; `null` if it was cut.
    pub(super) duration_us: Option<u64>,
    /// How long resolving took; `null` if it did not come to an end.
    pub(super) resolved_us: Option<u64>,
    /// The addresses that were found, without those that may not be dialed.
    pub(super) addresses: Vec<String>,
    /// The attempts, in the order of their starts.
    pub(super) attempts: Vec<Attempt>,
    /// Why there is no connection.
    pub(super) error: Option<String>,
}

/// One address that was tried.
#[derive(Debug, Serialize)]
pub(super) struct Attempt {
    /// The address and port.
    pub(super) address: String,
    /// When it was begun.
    pub(super) at_us: u64,
    /// How long it took, or was given.
    pub(super) duration_us: u64,
    /// How it ended: `done`, `failed`, or `unanswered` when another one was faster or nobody waited any longer.
    pub(super) ending: Ending,
    /// Why it failed.
    pub(super) error: Option<String>,
}

/// How a part of a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ending {
    Done,
    Failed,
    /// It was still under way when nobody waited for it any longer.
    Unanswered,
}

/// A proxy that was asked for a connection.
#[derive(Debug, Serialize)]
pub(super) struct ProxyStep {
    /// Which one, without credentials.
    pub(super) proxy: String,
    /// When it was asked.
    pub(super) at_us: u64,
    /// How long it took to make one; `null` if it made none.
    pub(super) duration_us: Option<u64>,
}

/// A TLS handshake.
#[derive(Debug, Serialize)]
pub(super) struct Handshake {
    /// When it began.
    pub(super) at_us: u64,
    /// How long it took; `null` if it was cut.
    pub(super) duration_us: Option<u64>,
    /// What the ClientHello offered, as it was sent.
    pub(super) offered: Option<Offer>,
    /// Whether it was brought to its end.
    pub(super) is_done: bool,
    /// What was agreed on, in one that failed as far as it got; `null` if it did not come to that.
    pub(super) chosen: Option<Choice>,
    /// The server's certificates as it sent them, its own first.
    pub(super) certificates: Vec<Certificate>,
    /// Whether these are of the session that was resumed: then none were sent in this handshake.
    pub(super) are_of_session: bool,
}

/// What a ClientHello offers, by the names of IANA, the preferred first.
#[derive(Debug, Default, Serialize)]
pub(super) struct Offer {
    pub(super) versions: Vec<String>,
    pub(super) cipher_suites: Vec<String>,
    pub(super) named_groups: Vec<String>,
    /// The groups of which a key was sent along.
    pub(super) key_shares: Vec<String>,
    pub(super) signature_schemes: Vec<String>,
    pub(super) alpn: Vec<String>,
    /// The name that was asked for; `null` if none was sent, as for an address.
    pub(super) server_name: Option<String>,
    /// Whether a session was offered to be resumed.
    pub(super) has_session: bool,
}

/// What was agreed on.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) version: String,
    pub(super) cipher_suite: String,
    /// `null` where no keys were exchanged.
    pub(super) named_group: Option<String>,
    /// What the server signed the handshake with; `null` in a session that was resumed.
    pub(super) signature_scheme: Option<String>,
    pub(super) alpn: Option<String>,
    /// How it went.
    pub(super) kind: HandshakeKind,
}

/// How a handshake went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum HandshakeKind {
    /// With certificate and signature.
    Full,
    /// The same, behind a HelloRetryRequest.
    HelloRetried,
    /// A session went on: nothing is presented or signed in that.
    Resumed,
}

/// A certificate.
#[derive(Debug, Serialize)]
pub(super) struct Certificate {
    /// What it says; `null` fields are left out if it cannot be read.
    #[serde(flatten)]
    pub(super) info: Option<CertificateInfo>,
    /// Whole days until it expires, counted from the beginning of the fetch; below 0 if it has.
    pub(super) days_left: Option<i64>,
    /// Why it cannot be read.
    pub(super) unreadable: Option<String>,
}

/// The head of a request.
#[derive(Debug, Serialize)]
pub(super) struct SentHead {
    /// When it was ready to be sent.
    pub(super) at_us: u64,
    /// How long sending took, content included; `null` if it did not come to an end.
    pub(super) duration_us: Option<u64>,
    /// Request line and fields. Credentials are left out unless they were asked for.
    pub(super) lines: Vec<String>,
}

/// The head of a response.
#[derive(Debug, Serialize)]
pub(super) struct ReceivedHead {
    /// When it had been received.
    pub(super) at_us: u64,
    pub(super) status: u16,
    /// Status line and fields. Credentials are left out unless they were asked for.
    pub(super) lines: Vec<String>,
}

/// How much and how fast.
#[derive(Debug, Serialize)]
pub(super) struct Transfer {
    /// When it was over.
    pub(super) at_us: u64,
    /// The request, head and content; before TLS.
    pub(super) sent_bytes: u64,
    /// The response, heads and content as coded; behind TLS.
    pub(super) received_bytes: u64,
    /// From the request's end to the first head.
    pub(super) waited_us: Option<u64>,
    /// From the first head to the end of the content.
    pub(super) received_us: Option<u64>,
    /// `null` if it was over too soon to tell.
    pub(super) sent_bytes_per_s: Option<u64>,
    /// `null` if it was over too soon to tell.
    pub(super) received_bytes_per_s: Option<u64>,
}

/// `TCP_INFO`, of our end.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Tcp {
    /// When the kernel was asked.
    pub(super) at_us: u64,
    pub(super) rtt_us: u64,
    pub(super) rtt_variation_us: u64,
    pub(super) rtt_min_us: u64,
    pub(super) retransmission_timeout_us: u64,
    pub(super) congestion_window_segments: u32,
    pub(super) mss_bytes: u32,
    pub(super) path_mtu_bytes: u32,
    pub(super) unacknowledged_segments: u32,
    pub(super) lost_segments: u32,
    /// Since the connection was made.
    pub(super) retransmitted_segments: u32,
    pub(super) unsent_bytes: u32,
    /// Since the connection was made, TLS included.
    pub(super) acknowledged_bytes: u64,
    /// Since the connection was made, TLS included.
    pub(super) received_bytes: u64,
    pub(super) delivery_rate_bytes_per_s: u64,
}

/// A part of the time.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Phase {
    pub(super) name: PhaseName,
    /// Of what: an endpoint, an address, a proxy; empty where there is only one.
    pub(super) detail: String,
    pub(super) at_us: u64,
    pub(super) duration_us: u64,
    pub(super) ending: Ending,
}

/// What was done, or waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PhaseName {
    Resolve,
    Connect,
    Proxy,
    Handshake,
    Send,
    Wait,
    Receive,
}

impl PhaseName {
    /// As it is told to people.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Proxy => "ask proxy",
            Self::Handshake => "TLS handshake",
            Self::Send => "send request",
            Self::Wait => "wait for answer",
            Self::Receive => "receive",
        }
    }
}

/// Whole microseconds.
pub(super) fn micros(duration: Duration) -> u64 {
    duration.as_micros().try_into().unwrap_or(u64::MAX)
}

/// Shorter transfers were in a buffer already, and a rate would be one of memory.
const MEASURABLE_US: u64 = 1_000;

/// Bytes per second.
pub(super) fn rate(bytes: u64, took_us: u64) -> Option<u64> {
    if took_us < MEASURABLE_US {
        return None;
    }
    let rate = u128::from(bytes) * 1_000_000 / u128::from(took_us);
    rate.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_what_took_time() {
        assert_eq!(rate(1_000_000, 500_000), Some(2_000_000));
        assert_eq!(rate(1, 1_000), Some(1_000));
        assert_eq!(rate(1_000_000, 999), None);
        assert_eq!(rate(0, 1_000), Some(0));
        assert_eq!(rate(u64::MAX, 1_000), None, "more than can be told");
    }
}
