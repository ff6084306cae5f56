//! Text to show: from outside, made safe; and dates.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// A time as people read it: `2027-01-02 03:04:05 UTC`.
pub(crate) fn utc(time: OffsetDateTime) -> String {
    const FORMAT: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    // A date that cannot be formatted is still one that can be printed.
    time.to_utc()
        .format(FORMAT)
        .unwrap_or_else(|_| time.to_string())
}

/// The longest foreign text that an error or a report repeats, in characters.
///
/// A DNS name has at most 253; a certificate that carries more than this in one value is not read for its content.
pub(crate) const SHOWN_CHARS_MAX: usize = 256;

/// `text` with everything that could move a cursor, change a colour or reverse a line escaped, and cut at
/// [`SHOWN_CHARS_MAX`].
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::new();
    let mut chars = text.chars();
    for c in chars.by_ref().take(SHOWN_CHARS_MAX) {
        match c {
            '"' | '\'' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

/// The longest sentence about something from outside, in characters: it repeats one or two values.
pub(crate) const SENTENCE_CHARS_MAX: usize = 1024;

/// A sentence whose foreign parts are [`printable`] already, cut at [`SENTENCE_CHARS_MAX`].
pub(crate) fn cut(sentence: &str) -> String {
    let mut shown: String = sentence.chars().take(SENTENCE_CHARS_MAX).collect();
    if shown.len() < sentence.len() {
        shown.push('…');
    }
    shown
}

/// The largest unit that fits: `3 days`.
pub(crate) fn span(duration: time::Duration) -> String {
    let seconds = duration.whole_seconds().unsigned_abs();
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
    fn plain_text_stays_as_it_is() {
        assert_eq!(printable("Büro 'A', \"B\""), "Büro 'A', \"B\"");
    }

    #[test]
    fn control_and_direction_characters_are_escaped() {
        assert_eq!(
            printable("a\x1b[31m\n\u{202e}b"),
            "a\\u{1b}[31m\\n\\u{202e}b"
        );
    }

    #[test]
    fn long_text_is_cut() {
        let shown = printable(&"x".repeat(SHOWN_CHARS_MAX + 1));
        assert_eq!(shown.chars().count(), SHOWN_CHARS_MAX + 1);
        assert!(shown.ends_with('…'));
        assert!(!printable(&"x".repeat(SHOWN_CHARS_MAX)).ends_with('…'));
    }
}
