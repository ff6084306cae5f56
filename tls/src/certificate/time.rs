#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use x509_parser::time::ASN1Time;

use super::CertificateError;

/// Dates before 1970 are legal and in use: a `notBefore` of 1950, to mean always.
pub(crate) fn system_time(time: ASN1Time) -> Result<SystemTime, CertificateError> {
    let seconds = time.timestamp();
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 {
        UNIX_EPOCH.checked_sub(distance)
    } else {
        UNIX_EPOCH.checked_add(distance)
    };
    time.ok_or(CertificateError::ValidityOutOfRange)
}

/// A time for people: `2027-01-02 03:04:05 UTC`.
pub(crate) fn utc(time: SystemTime) -> String {
    let seconds = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).ok(),
        Err(before) => i64::try_from(before.duration().as_secs())
            .ok()
            .and_then(i64::checked_neg),
    };
    match seconds.map(ASN1Time::from_timestamp) {
        Some(Ok(time)) => {
            let time = time.to_datetime();
            let (year, month, day) = time.to_calendar_date();
            let (hour, minute, second) = time.to_hms();
            let month = u8::from(month);
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
        }
        _ => "a time out of range".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_on_both_sides_of_the_epoch_are_shown() {
        let day = Duration::from_secs(86_400);
        assert_eq!(utc(UNIX_EPOCH + 31 * day), "1970-02-01 00:00:00 UTC");
        assert_eq!(utc(UNIX_EPOCH - day / 2), "1969-12-31 12:00:00 UTC");
        assert_eq!(utc(UNIX_EPOCH + day * 10_000_000), "a time out of range");
    }
}
