//! Foreign text and times, made fit to be shown.

use x509_parser::time::ASN1Time;

/// The longest foreign text that is shown, in characters.
const CHARS_MAX: usize = 100;

/// In quotation marks, escaped and cut: a certificate may say anything, to a terminal too.
pub(super) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// `2026-03-01 12:00:00 UTC`.
pub(super) fn date(unix_seconds: i64) -> String {
    let Ok(time) = ASN1Time::from_timestamp(unix_seconds) else {
        return format!("{unix_seconds} s after 1970");
    };
    let time = time.to_datetime();
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// The largest unit that fits: `3 days`.
pub(super) fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_escaped_and_cut() {
        assert_eq!(quoted("CN=a\u{1b}[31m\n"), r#""CN=a\u{1b}[31m\n""#);
        assert_eq!(quoted(&"x".repeat(100)).chars().count(), 102);
        assert_eq!(quoted(&"x".repeat(10_000)).chars().count(), 103);
    }

    #[test]
    fn times_are_shown_in_utc_and_whole_units() {
        assert_eq!(date(1_772_366_400), "2026-03-01 12:00:00 UTC");
        assert_eq!(date(i64::MAX), "9223372036854775807 s after 1970");
        assert_eq!(span(1), "1 second");
        assert_eq!(span(119), "119 seconds");
        assert_eq!(span(7199), "119 minutes");
        assert_eq!(span(172_800), "2 days");
    }
}
