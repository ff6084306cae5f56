//! The only clock of this program's PKI.

use std::time::SystemTime;

use time::{OffsetDateTime, UtcOffset};

/// What time it is.
pub(crate) fn now() -> OffsetDateTime {
    SystemTime::now().into()
}

/// A date for people, in UTC.
pub(crate) fn day(moment: OffsetDateTime) -> String {
    moment.to_offset(UtcOffset::UTC).date().to_string()
}
