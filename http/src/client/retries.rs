use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, Method, StatusCode};

use crate::driver::shortened;

/// Which requests are sent once more, beyond the race with a kept connection that closes, and when.
///
/// Only requests of idempotent methods ([RFC 9110 §9.2.2]) whose content is remembered
/// ([`replay_bytes_max`](super::ClientConfig::replay_bytes_max)), and others whose connection could not be made: those
/// have not left. What is retried: a connection that cannot be made, unless the address is denied or
/// somebody has decided against it (a certificate, credentials, the rules of a proxy), or that ends without a byte of a response, and responses of
/// these [`statuses`](Self::statuses).
///
/// [RFC 9110 §9.2.2]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often a request is sent in all. The default is 3.
    pub attempts_max: u32,
    /// Which responses are taken for passing trouble. The default is 429 (Too Many Requests), 502 (Bad Gateway), 503
    /// (Service Unavailable) and 504 (Gateway Timeout).
    pub statuses: Vec<StatusCode>,
    /// The longest pause before the second attempt; before each further one it is twice as long. The pause is chosen at random
    /// between half of that and all of it, so that clients of one server do not come back together. The default is 200 ms.
    pub pause: Duration,
    /// The longest pause of all. The default is 10 s.
    pub pause_max: Duration,
    /// The longest pause that a server may ask for by `Retry-After` ([RFC 9110 §10.2.3]); that between attempts comes on top. If
    /// it asks for more, its response is handed out. The default is 30 s.
    ///
    /// [RFC 9110 §10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    pub retry_after_max: Duration,
    /// How many retries there may be for a hundred requests of the client, in the long run: a server that is down for all would
    /// otherwise get several times its load when it comes back. The default is 20.
    pub budget_percent: u32,
    /// How many retries there may be beyond that at once. The default is 10.
    pub budget_reserve: u32,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts_max: 3,
            statuses: vec![
                StatusCode::TOO_MANY_REQUESTS,
                StatusCode::BAD_GATEWAY,
                StatusCode::SERVICE_UNAVAILABLE,
                StatusCode::GATEWAY_TIMEOUT,
            ],
            pause: Duration::from_millis(200),
            pause_max: Duration::from_secs(10),
            retry_after_max: Duration::from_secs(30),
            budget_percent: 20,
            budget_reserve: 10,
        }
    }
}

impl Retries {
    /// How long to wait before a request is sent again that was answered so, for the `attempt`th time; `None`: not at all.
    pub(super) fn behind_response(
        &self,
        attempt: u32,
        method: &Method,
        status: StatusCode,
        fields: &HeaderMap,
        now: SystemTime,
    ) -> Option<Duration> {
        if !(method.is_idempotent() && self.statuses.contains(&status)) {
            return None;
        }
        let pause = self.behind_failure(attempt)?;
        match retry_after(fields, now) {
            Some(asked) if asked > self.retry_after_max => None,
            // Not all that were told the same come back at the same moment.
            Some(asked) => Some(asked.saturating_add(pause)),
            None => Some(pause),
        }
    }

    /// The same for one that was not answered.
    pub(super) fn behind_failure(&self, attempt: u32) -> Option<Duration> {
        if attempt >= self.attempts_max {
            return None;
        }
        let longest = self.pause.saturating_mul(1 << (attempt - 1).min(20));
        let longest = longest.min(self.pause_max);
        // Up to a tenth less five times makes about half.
        Some((0..5).fold(longest, |pause, _| shortened(pause)))
    }
}

/// ```text
/// Retry-After = HTTP-date / delay-seconds                                            RFC 9110 §10.2.3
/// ```
fn retry_after(fields: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = fields.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// How many retries a client still has.
#[derive(Debug)]
pub(super) struct Budget {
    /// In hundredths of a retry.
    hundredths: Mutex<u32>,
    earned: u32,
    most: u32,
}

impl Budget {
    pub(super) fn new(retries: &Retries) -> Self {
        let most = retries.budget_reserve.saturating_mul(100);
        Self {
            hundredths: Mutex::new(most),
            earned: retries.budget_percent,
            most,
        }
    }

    /// A request was sent for the first time.
    pub(super) fn earn(&self) {
        if let Ok(mut hundredths) = self.hundredths.lock() {
            *hundredths = hundredths.saturating_add(self.earned).min(self.most);
        }
    }

    /// Takes one retry; `false` if there is none left.
    pub(super) fn spend(&self) -> bool {
        let Ok(mut hundredths) = self.hundredths.lock() else {
            return false;
        };
        match hundredths.checked_sub(100) {
            Some(left) => {
                *hundredths = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_when_to_come_back_by_seconds_or_by_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let date = httpdate::fmt_http_date(now + Duration::from_secs(7));
        let past = httpdate::fmt_http_date(now - Duration::from_secs(7));
        for (value, expected) in [
            ("3", Some(3)),
            (date.as_str(), Some(7)),
            (past.as_str(), Some(0)),
            ("-1", None),
            ("soon", None),
        ] {
            let mut fields = HeaderMap::new();
            fields.insert(RETRY_AFTER, value.parse().unwrap());
            let expected = expected.map(Duration::from_secs);
            assert_eq!(retry_after(&fields, now), expected, "{value}");
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        let retries = Retries {
            attempts_max: 9,
            pause_max: Duration::from_secs(1),
            ..Retries::default()
        };
        for (attempt, longest) in [(1, 200), (2, 400), (3, 800), (4, 1000), (8, 1000)] {
            let pause = retries.behind_failure(attempt).unwrap();
            let longest = Duration::from_millis(longest);
            assert!(pause <= longest && pause >= longest / 2, "{pause:?}");
        }
        assert_eq!(retries.behind_failure(9), None);
    }

    #[test]
    fn only_what_may_be_repeated_is_and_only_when_the_server_does_not_ask_for_too_much() {
        let retries = Retries::default();
        let now = SystemTime::now();
        let behind = |method: Method, status: u16, after: Option<&str>| {
            let mut fields = HeaderMap::new();
            if let Some(after) = after {
                fields.insert(RETRY_AFTER, after.parse().unwrap());
            }
            let status = StatusCode::from_u16(status).unwrap();
            retries.behind_response(1, &method, status, &fields, now)
        };
        assert!(behind(Method::GET, 503, None).is_some());
        // Not earlier than asked for, and not all at that moment.
        let asked = behind(Method::GET, 503, Some("30")).unwrap();
        let later = asked - Duration::from_secs(30);
        assert!(
            later >= retries.pause / 2 && later <= retries.pause,
            "{later:?}"
        );
        assert!(behind(Method::GET, 503, Some("31")).is_none());
        assert!(behind(Method::POST, 503, None).is_none());
        assert!(behind(Method::GET, 500, None).is_none());
    }

    #[test]
    fn the_budget_is_spent_and_earned_again() {
        let retries = Retries {
            budget_percent: 50,
            budget_reserve: 2,
            ..Retries::default()
        };
        let budget = Budget::new(&retries);
        assert!(budget.spend() && budget.spend() && !budget.spend());
        budget.earn();
        assert!(!budget.spend());
        budget.earn();
        assert!(budget.spend() && !budget.spend());
    }
}
