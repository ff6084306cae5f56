//! Lifetimes as people write them: `90d`, `12h`, `30m`, `45s`; and as people read them: `90 days`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};

use crate::error::Error;
use crate::text::printable;

/// The units, the largest first: the letter, the word, how many seconds.
const UNITS: [(char, &str, u64); 4] = [
    ('d', "day", 24 * 60 * 60),
    ('h', "hour", 60 * 60),
    ('m', "minute", 60),
    ('s', "second", 1),
];

/// Reads a whole number and a unit: `d`, `h`, `m` (minutes) or `s`.
///
/// ```
/// use wharf_pki::{lifetime, validity::DAY};
/// assert_eq!(lifetime::parse("90d"), Ok(90 * DAY));
/// assert!(lifetime::parse("90").is_err());
/// ```
///
/// # Errors
///
/// [`Error::LifetimeText`].
pub fn parse(text: &str) -> Result<Duration, Error> {
    let read = || {
        let (letter, _, seconds) = UNITS
            .into_iter()
            .find(|(letter, ..)| text.ends_with(*letter))?;
        let number = text.strip_suffix(letter)?;
        // `u64` would take a plus sign.
        let digits_only = number.bytes().all(|b| b.is_ascii_digit());
        let number: u64 = digits_only.then(|| number.parse().ok())??;
        number.checked_mul(seconds).map(Duration::from_secs)
    };
    read().ok_or_else(|| Error::LifetimeText {
        given: printable(text),
    })
}

/// Writes whole seconds in the largest unit that leaves no rest: `14 days`, `36 hours`.
pub fn words(lifetime: Duration) -> String {
    let (_, word, number) = in_largest_unit(lifetime);
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {word}{plural}")
}

/// The form that [`parse`] reads.
fn short(lifetime: Duration) -> String {
    let (letter, _, number) = in_largest_unit(lifetime);
    format!("{number}{letter}")
}

fn in_largest_unit(lifetime: Duration) -> (char, &'static str, u64) {
    let total = lifetime.as_secs();
    let fits = |seconds: u64| total >= seconds && total.is_multiple_of(seconds);
    UNITS
        .into_iter()
        .find(|(.., seconds)| fits(*seconds))
        .map_or(('s', "second", total), |(letter, word, seconds)| {
            (letter, word, total / seconds)
        })
}

/// For serde: the short form.
pub(crate) mod text {
    use super::{Deserialize, Deserializer, Duration, Serializer, parse, short};

    pub(crate) fn serialize<S: Serializer>(
        lifetime: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&short(*lifetime))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for (seconds, text, in_words) in [
            (0, "0s", "0 seconds"),
            (1, "1s", "1 second"),
            (90, "90s", "90 seconds"),
            (120, "2m", "2 minutes"),
            (86_400, "1d", "1 day"),
            (90_000, "25h", "25 hours"),
            (14 * 86_400, "14d", "14 days"),
        ] {
            let lifetime = Duration::from_secs(seconds);
            assert_eq!(short(lifetime), text);
            assert_eq!(words(lifetime), in_words);
            assert_eq!(parse(text), Ok(lifetime));
        }
    }

    #[test]
    fn what_is_no_lifetime_is_refused() {
        for text in [
            "",
            "d",
            "1",
            "-1d",
            "+1d",
            "1.5d",
            "1 d",
            "1y",
            "1D",
            "99999999999999999999d",
        ] {
            assert_eq!(parse(text), Err(Error::LifetimeText { given: text.into() }));
        }
        assert!(parse("213503982334601d").is_ok());
        parse("213503982334602d").unwrap_err();
    }
}
