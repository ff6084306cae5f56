//! From when to when a certificate is valid ([RFC 5280 §4.1.2.5]).
//!
//! [RFC 5280 §4.1.2.5]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5

use std::time::Duration;

use time::{OffsetDateTime, UtcOffset};

use crate::error::Error;

/// Twenty-four hours, for lifetimes: `90 * DAY`.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long before the time of issue a validity begins, for clients whose clock is slow.
///
/// Let's Encrypt backdates by an hour, step-ca by a minute. Five minutes cover a virtual machine that was asleep, and
/// keep a short-lived certificate short-lived.
pub const BACKDATING: Duration = Duration::from_secs(5 * 60);

/// From when to when, both included, in whole seconds of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub not_before: OffsetDateTime,
    /// The last second.
    pub not_after: OffsetDateTime,
}

impl Validity {
    /// From [`BACKDATING`] before `now` until `lifetime` after it.
    pub(crate) fn of(lifetime: Duration, now: OffsetDateTime) -> Result<Self, Error> {
        // A lifetime below a second would be over before the certificate is read.
        let lifetime = time::Duration::try_from(lifetime)
            .ok()
            .filter(|l| l.whole_seconds() > 0)
            .ok_or(Error::Lifetime)?;
        let now = now
            .checked_to_offset(UtcOffset::UTC)
            .ok_or(Error::Lifetime)?;
        let now = now.replace_nanosecond(0).map_err(|_| Error::Lifetime)?;
        let not_before = now.checked_sub(BACKDATING.try_into().map_err(|_| Error::Lifetime)?);
        let not_after = now.checked_add(time::Duration::seconds(lifetime.whole_seconds()));
        match (not_before, not_after) {
            (Some(not_before), Some(not_after)) => Ok(Self {
                not_before,
                not_after,
            }),
            _ => Err(Error::Lifetime),
        }
    }

    /// From [`BACKDATING`] before `now` until a time, which is after it.
    pub(crate) fn until(not_after: OffsetDateTime, now: OffsetDateTime) -> Result<Self, Error> {
        let lifetime = Duration::try_from(not_after - now).map_err(|_| Error::Lifetime)?;
        // A lifetime counts in whole seconds, and `now` has fractions: the end is the one that was asked for, not one before.
        Ok(Self {
            not_after,
            ..Self::of(lifetime, now)?
        })
    }

    /// The part of it that lies inside the issuer's.
    ///
    /// [RFC 5280 §6.1.3] checks each certificate against the clock by itself, so a longer leaf would work until its
    /// issuer ends, and then fail under a date in the future.
    ///
    /// [RFC 5280 §6.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-6.1.3
    pub(crate) fn within(self, issuer: Self) -> Self {
        Self {
            not_before: self.not_before.max(issuer.not_before),
            not_after: self.not_after.min(issuer.not_after),
        }
    }

    /// Refuses a time that lies outside.
    ///
    /// # Errors
    ///
    /// [`Error::NotYetValid`] or [`Error::Expired`].
    pub fn check(&self, now: OffsetDateTime) -> Result<(), Error> {
        if now < self.not_before {
            return Err(Error::NotYetValid {
                not_before: self.not_before,
            });
        }
        // The last second counts whole.
        if now >= self.not_after.saturating_add(time::Duration::SECOND) {
            return Err(Error::Expired {
                not_after: self.not_after,
            });
        }
        Ok(())
    }
}
