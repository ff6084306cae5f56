//! What a server has loaded, and until when it will do.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use crate::{HandshakeError, TlsStream};

/// What a server works with at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// How often the settings have been put in force, the first time included.
    pub generation: u64,
    /// The same, counting only what changed which clients are accepted.
    pub trust_generation: u64,
    /// When the settings in force were put in force.
    pub loaded_at: SystemTime,
    /// How many reloads were refused since the start. The settings before them stayed in force.
    pub reloads_refused: u64,
    /// Everything that ends at some time, the next end first.
    pub expiries: Vec<Expiry>,
    /// Handshakes under way.
    pub handshakes: usize,
    /// Handshakes that ended, since the start.
    pub counts: HandshakeCounts,
}

/// How handshakes ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandshakeCounts {
    /// In a connection, after a full handshake.
    pub full: u64,
    /// In a connection, after the resumption of a session.
    pub resumed: u64,
    /// In an error, of TLS or of the transport.
    pub failed: u64,
    /// At the deadline.
    pub timed_out: u64,
    /// Given up to make room for others.
    pub evicted: u64,
}

/// Something that is good until some time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expiry {
    /// Until when: `not_after` of a certificate, `nextUpdate` of a CRL or of a staple.
    pub until: SystemTime,
    /// Since when: `not_before` or `thisUpdate`.
    pub since: SystemTime,
    /// What it is.
    pub what: Expiring,
    /// Whose: the subject of a certificate, the issuer of a CRL, the subject of the certificate that a staple is for.
    /// Text of unknown origin, escaped.
    pub name: String,
}

/// A kind of thing that expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Expiring {
    /// A certificate that the server or client shows.
    Certificate,
    /// An OCSP response that is stapled to one.
    OcspStaple,
    /// A trust anchor.
    TrustAnchor,
    /// A certificate revocation list.
    Crl,
}

impl Expiry {
    /// How much is left, none if it is over.
    pub fn left(&self, now: SystemTime) -> Duration {
        self.until.duration_since(now).unwrap_or_default()
    }

    /// Whether less than `fraction` of its time is left: a fraction suits a CRL of a day as well as a root of ten years.
    pub fn is_due(&self, now: SystemTime, fraction: f64) -> bool {
        let whole = self.until.duration_since(self.since).unwrap_or_default();
        self.left(now) < whole.mul_f64(fraction.clamp(0.0, 1.0))
    }
}

impl std::fmt::Display for Expiring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Certificate => "certificate",
            Self::OcspStaple => "OCSP staple",
            Self::TrustAnchor => "trust anchor",
            Self::Crl => "CRL",
        })
    }
}

/// [`HandshakeCounts`], counting.
#[derive(Debug, Default)]
pub(super) struct Counters {
    full: AtomicU64,
    resumed: AtomicU64,
    failed: AtomicU64,
    timed_out: AtomicU64,
    evicted: AtomicU64,
}

impl Counters {
    pub(super) fn count<IO>(&self, accepted: &Result<TlsStream<IO>, HandshakeError<IO>>) {
        let counter = match accepted {
            Ok(stream) if stream.info().resumed => &self.resumed,
            Ok(_) => &self.full,
            Err(failed) if failed.error.is_timeout() => &self.timed_out,
            Err(failed) if failed.error.is_evicted() => &self.evicted,
            Err(_) => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> HandshakeCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        HandshakeCounts {
            full: read(&self.full),
            resumed: read(&self.resumed),
            failed: read(&self.failed),
            timed_out: read(&self.timed_out),
            evicted: read(&self.evicted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_due_when_the_fraction_of_its_time_is_left() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let expiry = Expiry {
            until: at(1100),
            since: at(1000),
            what: Expiring::Crl,
            name: String::new(),
        };
        for (now, due) in [(1000, false), (1075, false), (1076, true), (1200, true)] {
            assert_eq!(expiry.is_due(at(now), 0.25), due, "{now}");
        }
        assert_eq!(expiry.left(at(1090)), Duration::from_secs(10));
        assert_eq!(expiry.left(at(1200)), Duration::ZERO);
    }
}
