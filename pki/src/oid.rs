//! Object identifiers ([X.660]), bounded, in dotted form.
//!
//! [X.660]: https://www.itu.int/rec/T-REC-X.660
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::text::printable;

/// The most arcs of an [`Oid`]. Those in use have about ten.
pub const ARCS_MAX: usize = 20;

/// An object identifier that DER can hold: 2 to [`ARCS_MAX`] arcs of at most 32 bits, the first 0, 1 or 2, and below 0
/// and 1 a second one under 40.
///
/// ```
/// use wharf_pki::oid::Oid;
/// assert_eq!("1.3.6.1.5.5.7.3.1".parse::<Oid>().unwrap().to_string(), "1.3.6.1.5.5.7.3.1");
/// assert!("1.40.1".parse::<Oid>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Oid(Vec<u64>);

impl Oid {
    /// The arcs, from the root.
    pub fn arcs(&self) -> &[u64] {
        &self.0
    }
}

impl FromStr for Oid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).map(Self).ok_or_else(|| Error::Oid {
            given: printable(text),
        })
    }
}

fn parse(text: &str) -> Option<Vec<u64>> {
    let mut arcs = Vec::new();
    for arc in text.split('.') {
        let digits_only = !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit());
        if !digits_only || (arc.len() > 1 && arc.starts_with('0')) || arcs.len() == ARCS_MAX {
            return None;
        }
        arcs.push(u64::from(arc.parse::<u32>().ok()?));
    }
    match arcs[..] {
        [0 | 1, 0..40, ..] | [2, _, ..] => Some(arcs),
        _ => None,
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, arc) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str(".")?;
            }
            arc.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

impl TryFrom<String> for Oid {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Oid> for String {
    fn from(oid: Oid) -> Self {
        oid.to_string()
    }
}
