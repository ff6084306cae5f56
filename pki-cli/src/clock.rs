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

/// A time for programs.
pub(crate) fn rfc3339(moment: OffsetDateTime) -> anyhow::Result<String> {
    Ok(moment
        .to_offset(UtcOffset::UTC)
        .format(&time::format_description::well_known::Rfc3339)?)
}
