//! How much of a validity is left, as a bar and in words.

use anstyle::Style;
use time::{Duration, OffsetDateTime};

use super::style::{BAD, FAINT, GOOD, WARNING, paint};

/// How wide the bar is.
const COLUMNS: i64 = 20;

/// A certificate's life, at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    whole: Duration,
    left: Duration,
    is_begun: bool,
}

impl Life {
    /// From `not_before` to `not_after`, as it is at `now`.
    pub(crate) fn of(
        not_before: OffsetDateTime,
        not_after: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            whole: not_after - not_before,
            left: not_after - now,
            is_begun: now >= not_before,
        }
    }

    pub(crate) fn is_over(self) -> bool {
        self.left < Duration::ZERO
    }

    pub(crate) fn is_begun(self) -> bool {
        self.is_begun
    }

    /// Whether the last third has begun: when others renew.
    pub(crate) fn is_ending(self) -> bool {
        !self.is_over() && self.left * 3 < self.whole
    }

    /// Whether the last tenth has begun: for a CA, whose successor takes time to get around.
    pub(crate) fn is_near_end(self) -> bool {
        !self.is_over() && self.left * 10 < self.whole
    }

    /// How to show it.
    pub(crate) fn style(self) -> Style {
        match (self.is_over() || !self.is_begun, self.is_ending()) {
            (true, _) => BAD,
            (false, true) => WARNING,
            (false, false) => GOOD,
        }
    }

    /// What is left of it, of the width of all of it.
    pub(crate) fn bar(self) -> String {
        let (left, gone) = self.parts();
        format!("{}{}", paint(self.style(), &left), paint(FAINT, &gone))
    }

    /// What is left, in hundredths of all of it.
    pub(crate) fn hundredths_left(self) -> u64 {
        let whole = self.whole.whole_seconds().max(1);
        let left = self.left.whole_seconds().saturating_mul(100) / whole;
        left.clamp(0, 100).unsigned_abs()
    }

    /// The same without styles: for a table, whose rows have one each.
    pub(crate) fn plain_bar(self) -> String {
        let (left, gone) = self.parts();
        left + &gone
    }

    fn parts(self) -> (String, String) {
        let whole = self.whole.whole_seconds().max(1);
        let left = (self.left.whole_seconds() * COLUMNS + whole / 2) / whole;
        let mut left = usize::try_from(left.clamp(0, COLUMNS)).unwrap_or_default();
        if left == 0 && !self.is_over() {
            left = 1;
        }
        let gone = usize::try_from(COLUMNS).unwrap_or_default() - left;
        ("━".repeat(left), "╌".repeat(gone))
    }

    /// What is left of it, in the unit that says most.
    pub(crate) fn words(self) -> String {
        if !self.is_begun {
            return "not yet valid".to_owned();
        }
        match self.is_over() {
            true => format!("expired {} ago", span(-self.left)),
            false => format!("{} left", span(self.left)),
        }
    }
}

/// A span of time, rounded down to a unit of which there are at least two.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.whole_seconds();
    let units = [
        (365 * 86_400, "year"),
        (86_400, "day"),
        (3600, "hour"),
        (60, "minute"),
    ];
    for (unit, name) in units {
        // "1 year" says too little of 23 months.
        if seconds >= 2 * unit {
            return format!("{} {name}s", seconds / unit);
        }
    }
    match seconds {
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(days_gone: i64, days_left: i64) -> Life {
        let now = OffsetDateTime::UNIX_EPOCH;
        Life::of(
            now - Duration::days(days_gone),
            now + Duration::days(days_left),
            now,
        )
    }

    fn plain(bar: &str) -> String {
        anstream::adapter::strip_str(bar).to_string()
    }

    #[test]
    fn the_bar_is_what_is_left() {
        for (gone, left, expected) in [
            (0, 100, "━━━━━━━━━━━━━━━━━━━━"),
            (50, 50, "━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌"),
            (999, 1, "━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌"),
            (100, -1, "╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌"),
        ] {
            assert_eq!(plain(&life(gone, left).bar()), expected, "{gone} {left}");
        }
    }

    #[test]
    fn what_is_left_is_told_in_a_unit_of_which_there_are_two() {
        assert_eq!(life(1, 900).words(), "2 years left");
        assert_eq!(life(1, 700).words(), "700 days left");
        assert_eq!(life(1, 1).words(), "24 hours left");
        assert_eq!(life(5, -3).words(), "expired 3 days ago");
        assert_eq!(life(-1, 3).words(), "not yet valid");
        assert_eq!(span(Duration::seconds(1)), "1 second");
        assert_eq!(span(Duration::seconds(119)), "119 seconds");
        assert_eq!(span(Duration::seconds(120)), "2 minutes");
    }

    #[test]
    fn the_last_third_is_a_warning() {
        assert!(!life(60, 40).is_ending());
        assert!(life(70, 30).is_ending());
        assert!(life(70, -1).is_over() && !life(70, -1).is_ending());
    }
}
