//! When a certificate is due.

use std::str::FromStr;
use std::time::Duration;

use time::OffsetDateTime;
use wharf_pki::{CertificateInfo, lifetime, validity::BACKDATING};

/// How long before its end a certificate is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// A part of its life: numerator and denominator.
    Part(u32, u32),
    /// A time.
    Time(Duration),
}

/// A third of 90 days is 30 days: time enough for a person to notice that renewal fails.
impl Default for Before {
    fn default() -> Self {
        Self::Part(1, 3)
    }
}

impl FromStr for Before {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((part, whole)) = text.split_once('/') else {
            return duration(text).map(Self::Time);
        };
        match (part.parse(), whole.parse()) {
            (Ok(part), Ok(whole)) if 0 < part && part < whole => Ok(Self::Part(part, whole)),
            _ => Err("give a part of its life such as 1/3, or a time such as 30d".into()),
        }
    }
}

/// For flags.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    lifetime::parse(text).map_err(|error| match error.hint() {
        Some(hint) => format!("{error}: {hint}"),
        None => error.to_string(),
    })
}

impl Before {
    /// The window before the end of a life in which a certificate is due.
    fn window(self, life: Duration) -> Duration {
        match self {
            Self::Part(part, whole) => {
                Duration::from_secs(life.as_secs().saturating_mul(part.into()) / u64::from(whole))
            }
            Self::Time(time) => time,
        }
    }

    /// From when on it is due.
    pub(super) fn due(self, info: &CertificateInfo) -> OffsetDateTime {
        earlier(info.not_after, self.window(life(info)))
    }

    /// The same for who looks again and again: with a window of more than two thirds of a life, what was just issued would
    /// be due again. It comes later by a part of the window that depends on the certificate, so that a thousand that were
    /// issued together are not renewed together, and a daemon that was restarted decides the same. `jitter` is the most
    /// that it comes later by; a tenth of the window without one.
    pub(super) fn due_spread(
        self,
        info: &CertificateInfo,
        jitter: Option<Duration>,
    ) -> OffsetDateTime {
        let life = life(info);
        let window = self.window(life).min(life / 3 * 2);
        // Half of the window is left for further attempts.
        let jitter = jitter.unwrap_or(window / 10).min(window / 2);
        earlier(
            info.not_after,
            window - jitter.mul_f64(spread(&info.sha256)),
        )
    }
}

/// How long it lives. The time by which it was dated back is not part of it: it would be most of a life of minutes.
pub(super) fn life(info: &CertificateInfo) -> Duration {
    let whole = Duration::try_from(info.not_after - info.not_before).unwrap_or_default();
    match whole.checked_sub(BACKDATING) {
        Some(life) if !life.is_zero() => life,
        _ => whole,
    }
}

fn earlier(end: OffsetDateTime, by: Duration) -> OffsetDateTime {
    let by = time::Duration::try_from(by).unwrap_or(time::Duration::MAX);
    end.checked_sub(by).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// From 0 to 1, by the first octets of a fingerprint.
fn spread(sha256: &str) -> f64 {
    let digits: String = sha256
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(4)
        .collect();
    f64::from(u16::from_str_radix(&digits, 16).unwrap_or(0)) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_life_or_a_time() {
        assert_eq!("1/3".parse(), Ok(Before::Part(1, 3)));
        assert_eq!(
            "30d".parse(),
            Ok(Before::Time(Duration::from_secs(30 * 86_400)))
        );
        for text in ["", "0/3", "3/3", "1/0", "1/", "-1/3", "30", "1.5/2"] {
            text.parse::<Before>().unwrap_err();
        }
    }

    #[test]
    fn the_window_is_a_part_of_the_life() {
        let window = |text: &str, life| {
            let before: Before = text.parse().unwrap();
            before.window(Duration::from_secs(life)).as_secs()
        };
        assert_eq!(window("1/3", 90), 30);
        assert_eq!(window("1/3", 7), 2);
        assert_eq!(window("20s", 7), 20);
    }

    #[test]
    fn the_spread_is_that_of_the_fingerprint() {
        assert_eq!(spread("00:00:AA"), 0.0);
        assert_eq!(spread("FF:FF:00"), 1.0);
        assert!((0.4..0.6).contains(&spread("80:00")));
    }
}
