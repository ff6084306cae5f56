//! The only clock of this program's PKI.

use std::time::SystemTime;

use time::format_description::well_known::Rfc3339;
use time::macros::{format_description, time};
use time::{Date, OffsetDateTime, Time, UtcOffset};

/// What time it is.
pub(crate) fn now() -> OffsetDateTime {
    SystemTime::now().into()
}

/// A date for people, in UTC.
pub(crate) fn day(moment: OffsetDateTime) -> String {
    moment.to_offset(UtcOffset::UTC).date().to_string()
}

/// A time for programs.
pub(crate) fn rfc3339(moment: OffsetDateTime) -> anyhow::Result<String> {
    Ok(moment.to_offset(UtcOffset::UTC).format(&Rfc3339)?)
}

/// For flags: when something begins, a day at its first second, or a moment.
pub(crate) fn start(text: &str) -> Result<OffsetDateTime, String> {
    moment(text, Time::MIDNIGHT)
}

/// For flags: when something ends, a day at its last second, for it counts whole, or a moment.
pub(crate) fn end(text: &str) -> Result<OffsetDateTime, String> {
    moment(text, time!(23:59:59))
}

fn moment(text: &str, of_day: Time) -> Result<OffsetDateTime, String> {
    if let Ok(day) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
        return Ok(day.with_time(of_day).assume_utc());
    }
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "write it as 2030-12-31 or 2030-12-31T12:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_whole() {
        for (parsed, same) in [
            (end("2030-12-31"), "2030-12-31T23:59:59Z"),
            (start("2030-12-31"), "2030-12-31T00:00:00Z"),
            (end("2030-12-31T12:00:00+02:00"), "2030-12-31T10:00:00Z"),
        ] {
            assert_eq!(parsed.unwrap(), end(same).unwrap());
        }
        for wrong in ["2030-13-01", "tomorrow", "2030-12-31 12:00"] {
            start(wrong).unwrap_err();
        }
    }
}
