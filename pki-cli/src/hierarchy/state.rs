//! What a certificate is, in a word.

use time::OffsetDateTime;
use wharf_pki::store::{CertificateRecord, CertificateState};

use crate::ui::life::Life;

/// What a certificate is. Of several the first that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Revoked,
    Expired,
    Replaced,
    NotYetValid,
    /// Valid, and in the last third of its life.
    Expiring,
    Valid,
}

impl State {
    /// The one that needs attention first stands first.
    pub(super) const ALL: [Self; 6] = [
        Self::Expiring,
        Self::Valid,
        Self::NotYetValid,
        Self::Expired,
        Self::Revoked,
        Self::Replaced,
    ];

    pub(super) fn of(record: &CertificateRecord, now: OffsetDateTime) -> Self {
        match record.state {
            CertificateState::Revoked => Self::Revoked,
            CertificateState::Expired => Self::Expired,
            CertificateState::Replaced => Self::Replaced,
            CertificateState::NotYetValid => Self::NotYetValid,
            _ if Life::of(record.not_before, record.not_after, now).is_ending() => Self::Expiring,
            _ => Self::Valid,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::NotYetValid => "not yet valid",
            Self::Expiring => "expiring",
            Self::Valid => "valid",
        }
    }

    /// Whether nobody should meet it any more.
    pub(super) fn is_over(self) -> bool {
        matches!(self, Self::Revoked | Self::Expired | Self::Replaced)
    }
}

/// How many certificates are what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts([usize; State::ALL.len()]);

impl Counts {
    pub(super) fn of(&self, state: State) -> usize {
        let counted = State::ALL.iter().zip(self.0);
        counted
            .filter(|(other, _)| **other == state)
            .map(|(_, count)| count)
            .sum()
    }

    pub(super) fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// `12 certificates: 10 valid, 2 expired`.
    pub(super) fn words(&self) -> String {
        let parts: Vec<_> = State::ALL
            .into_iter()
            .map(|state| (state, self.of(state)))
            .filter(|(_, count)| *count > 0)
            .collect();
        match &parts[..] {
            [] => "no certificates".to_owned(),
            [(state, 1)] => format!("1 certificate, {}", state.name()),
            [(state, count)] => format!("{count} certificates, all {}", state.name()),
            several => {
                let words = several
                    .iter()
                    .map(|(state, count)| format!("{count} {}", state.name()));
                let words: Vec<_> = words.collect();
                format!("{} certificates: {}", self.total(), words.join(", "))
            }
        }
    }
}

impl FromIterator<State> for Counts {
    fn from_iter<I: IntoIterator<Item = State>>(states: I) -> Self {
        let mut counts = Self::default();
        for state in states {
            for (count, other) in counts.0.iter_mut().zip(State::ALL) {
                *count += usize::from(other == state);
            }
        }
        counts
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, counts| {
            for (count, more) in sum.0.iter_mut().zip(counts.0) {
                *count += more;
            }
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_name_what_there_is() {
        let counts: Counts = [State::Valid, State::Expired, State::Valid]
            .into_iter()
            .collect();
        assert_eq!(counts.words(), "3 certificates: 2 valid, 1 expired");
        assert_eq!(Counts::default().words(), "no certificates");
        let one: Counts = [State::Revoked].into_iter().collect();
        assert_eq!(one.words(), "1 certificate, revoked");
        let same: Counts = [State::Valid; 2].into_iter().collect();
        assert_eq!(same.words(), "2 certificates, all valid");
        let both: Counts = [counts, counts].into_iter().sum();
        assert_eq!((both.of(State::Valid), both.total()), (4, 6));
    }
}
