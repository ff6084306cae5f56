//! Certificates that a server presented.

use time::OffsetDateTime;
use wharf_pki::inspect::inspect_der;

use super::record::Certificate;

/// What a certificate says, and how long it will be valid.
pub(super) fn certificate(der: &[u8], now: OffsetDateTime) -> Certificate {
    match inspect_der(der) {
        Ok(info) => Certificate {
            days_left: Some((info.not_after - now).whole_seconds().div_euclid(86_400)),
            info: Some(info),
            unreadable: None,
        },
        Err(error) => Certificate {
            info: None,
            days_left: None,
            unreadable: Some(format!("{error}, {} bytes", der.len())),
        },
    }
}

impl Certificate {
    /// How much of its time is left, for people.
    pub(super) fn left(&self) -> String {
        match self.days_left {
            None => "unknown".to_owned(),
            Some(days @ ..=-1) => format!("expired {} ago", count(days.unsigned_abs())),
            Some(days) => format!("{} left", count(days.unsigned_abs())),
        }
    }

    /// Whether that is worth a warning.
    pub(super) fn is_ending(&self) -> bool {
        self.days_left.is_some_and(|days| days < ENDING_DAYS)
    }
}

/// Whoever renews by hand needs about so long. ACME clients renew a certificate of 90 days when 30 are left.
const ENDING_DAYS: i64 = 14;

fn count(days: u64) -> String {
    match days {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(days_left: i64) -> Certificate {
        Certificate {
            info: None,
            days_left: Some(days_left),
            unreadable: None,
        }
    }

    #[test]
    fn what_is_left_is_told_in_days() {
        assert_eq!(with(397).left(), "397 days left");
        assert_eq!(with(1).left(), "1 day left");
        assert_eq!(with(0).left(), "less than a day left");
        assert_eq!(with(-2).left(), "expired 2 days ago");
        assert!(with(13).is_ending() && !with(14).is_ending());
    }

    #[test]
    fn what_is_no_certificate_is_told_as_such() {
        let read = certificate(b"nothing", OffsetDateTime::UNIX_EPOCH);
        assert!(read.info.is_none() && read.unreadable.is_some());
    }
}
