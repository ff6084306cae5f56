use std::fmt;
use std::str::FromStr;

use super::PatternError;
use crate::peer::SpiffeId;
use crate::peer::spiffe::{check_segment, split};

/// A SPIFFE ID whose path may have `*` for one segment, and `**` at its end for one segment or more.
///
/// The trust domain is always exact: who vouches for the name is never left open. `spiffe://example.org/**` is every
/// workload of the trust domain, but not the trust domain itself, which names no workload.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpiffePattern {
    trust_domain: String,
    segments: Vec<Segment>,
    /// Whether `**` follows.
    open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Segment {
    Any,
    Exactly(String),
}

impl SpiffePattern {
    /// Whether `id` is meant.
    pub fn fits(&self, id: &SpiffeId) -> bool {
        let mut found = id.segments();
        let all = self.segments.iter().all(|wanted| match wanted {
            Segment::Any => found.next().is_some(),
            Segment::Exactly(text) => found.next() == Some(text),
        });
        all && id.trust_domain() == self.trust_domain && found.next().is_some() == self.open
    }
}

impl FromStr for SpiffePattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (trust_domain, path) = split(text).map_err(PatternError::Spiffe)?;
        let (path, open) = match path.strip_suffix("/**") {
            Some(path) => (path, true),
            None => (path, false),
        };
        let segments = path.split('/').skip(1).map(|segment| match segment {
            "*" => Ok(Segment::Any),
            _ if segment.contains('*') => Err(PatternError::SpiffeWildcard),
            _ => match check_segment(segment) {
                Ok(()) => Ok(Segment::Exactly(segment.to_owned())),
                Err(error) => Err(PatternError::Spiffe(error)),
            },
        });
        Ok(Self {
            trust_domain: trust_domain.to_owned(),
            segments: segments.collect::<Result<_, _>>()?,
            open,
        })
    }
}

impl fmt::Display for SpiffePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spiffe://{}", self.trust_domain)?;
        for segment in &self.segments {
            match segment {
                Segment::Any => f.write_str("/*")?,
                Segment::Exactly(text) => write!(f, "/{text}")?,
            }
        }
        f.write_str(if self.open { "/**" } else { "" })
    }
}
