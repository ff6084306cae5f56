//! CAs that have expired, or are about to: which one, since when, and what to do.

use time::OffsetDateTime;
use wharf_pki::inspect::inspect_der;
use wharf_pki::{Authority, Ca, Certificate};

use crate::ui::life::Life;
use crate::ui::{self, Advised};
use crate::{clock, stem};

/// Refuses to issue from a CA that has expired, or below one; warns of what is about to.
pub(crate) fn check(ca: &Ca, authority: &Authority, now: OffsetDateTime) -> Result<(), Advised> {
    let chain = [authority.certificate()]
        .into_iter()
        .chain(authority.issuers());
    let kind = |certificate: &Certificate| {
        if certificate == ca.root() {
            Kind::Root
        } else if certificate == ca.intermediate().certificate() {
            Kind::Intermediate
        } else {
            Kind::Further
        }
    };
    let expiries: Vec<_> = chain
        .filter_map(|certificate| Expiry::of(certificate, kind(certificate), now))
        .collect();
    // The topmost one: with a new root all below it is new.
    if let Some(over) = expiries.iter().rev().find(|expiry| expiry.is_over) {
        let advice = over.advice();
        return Err(Advised {
            message: over.words(),
            hint: format!("check the clock of this machine; if it is right, {advice}"),
        });
    }
    if let Some(soon) = expiries.last() {
        ui::note(&format!("warning: {}; {}", soon.words(), soon.advice()));
    }
    Ok(())
}

/// What a CA is among those of a home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Root,
    /// What issues unless another one is named.
    Intermediate,
    /// One beside that.
    Further,
}

/// A CA that has ended, or will soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expiry {
    subject: String,
    kind: Kind,
    pub(crate) is_over: bool,
    not_after: OffsetDateTime,
}

impl Expiry {
    /// `None` for a CA that has most of its life before it: what it issues is hardly cut, and its end is years away.
    pub(crate) fn of(certificate: &Certificate, kind: Kind, now: OffsetDateTime) -> Option<Self> {
        let validity = certificate.validity();
        let life = Life::of(validity.not_before, validity.not_after, now);
        if !life.is_over() && !life.is_near_end() {
            return None;
        }
        // It was read when it was loaded.
        let subject = inspect_der(certificate.der()).map(|info| info.subject);
        Some(Self {
            subject: stem::common_name(&subject.unwrap_or_default()).to_owned(),
            kind,
            is_over: life.is_over(),
            not_after: validity.not_after,
        })
    }

    /// Which one, and when.
    pub(crate) fn words(&self) -> String {
        let (subject, day) = (&self.subject, clock::day(self.not_after));
        let what = match self.kind {
            Kind::Root => "the root",
            Kind::Intermediate | Kind::Further => "the CA",
        };
        match self.is_over {
            true => format!("{what} {subject} expired on {day}"),
            false => format!("{what} {subject} ends on {day}, and with it all that it issues"),
        }
    }

    /// What to do.
    pub(crate) fn advice(&self) -> &'static str {
        match (self.kind, self.is_over) {
            (Kind::Root, true) => {
                "wharf ca rotate --root --no-cross makes a new one, which clients then have to trust"
            }
            (Kind::Root, false) => {
                "wharf ca rotate --root makes a new one, signed by the old one while that is valid"
            }
            (Kind::Intermediate, _) => "wharf ca rotate makes a new one, and clients need nothing",
            (Kind::Further, _) => {
                "wharf ca intermediate makes another, wharf ca rotate the one that issues by default"
            }
        }
    }
}
