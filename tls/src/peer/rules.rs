#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use super::{PatternError, PeerIdentity, PeerPattern};

/// Who is admitted: a peer that any one of the patterns fits. With no pattern, nobody is.
///
/// ```
/// # use wharf_tls::{PatternError, PeerRules};
/// let rules = PeerRules::parse(["spiffe://example.org/ns/prod/*", "dns:backup.example.org"])?;
/// # assert_eq!(rules.patterns.len(), 2);
/// # Ok::<(), PatternError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerRules {
    /// The patterns. Their order does not matter.
    pub patterns: Vec<PeerPattern>,
}

impl PeerRules {
    /// Reads one pattern from each text; see [`PeerPattern`] for the forms.
    ///
    /// # Errors
    ///
    /// That of the first text that is no pattern.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, PatternError> {
        let patterns = texts.into_iter().map(str::parse);
        Ok(Self {
            patterns: patterns.collect::<Result<_, _>>()?,
        })
    }

    /// Whether `peer` may come in.
    ///
    /// # Errors
    ///
    /// [`Denied`], which says what the peer presented: the first question of whoever maintains the rules.
    pub fn admit(&self, peer: &PeerIdentity) -> Result<(), Denied> {
        if self.patterns.iter().any(|pattern| pattern.fits(peer)) {
            return Ok(());
        }
        Err(Denied { peer: peer.clone() })
    }
}

/// A peer that no rule admits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Denied {
    /// Who it was.
    pub peer: PeerIdentity,
}

/// How much of the peer's names a [`Denied`] prints, in characters. They are the peer's, and may be 64 KiB of them.
const SHOWN_CHARS_MAX: usize = 256;

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no rule admits the peer, which presents ")?;
        let names = self.peer.certificate().names();
        if names.is_empty() {
            f.write_str("no subjectAltName")?;
        } else {
            cut(f, &names.to_string())?;
        }
        f.write_str(" (subject ")?;
        cut(f, self.peer.subject())?;
        write!(f, ", key {})", self.peer.spki_pin())
    }
}

impl std::error::Error for Denied {}

fn cut(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => write!(f, "{}…", text.get(..end).unwrap_or_default()),
        None => f.write_str(text),
    }
}
