//! Without the feature `encoding` there is only UTF-8: nothing here has a value, so nothing here can be called.

use super::{Encoding, OnInvalid, TextError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Legacy {}

impl Legacy {
    pub(super) fn for_label(_trimmed: &str) -> Option<Self> {
        None
    }

    pub(super) fn name(self) -> &'static str {
        match self {}
    }

    pub(super) fn decoder(self, _on_invalid: OnInvalid, _offset: u64) -> Box<LegacyDecoder> {
        match self {}
    }

    pub(super) fn marks() -> std::iter::Empty<(&'static [u8], Self)> {
        std::iter::empty()
    }
}

#[derive(Debug)]
pub(super) enum LegacyDecoder {}

impl LegacyDecoder {
    pub(super) fn encoding(&self) -> Encoding {
        match *self {}
    }

    #[expect(clippy::needless_pass_by_ref_mut, reason = "as in legacy.rs")]
    pub(super) fn decode(&mut self, _bytes: &[u8], _out: &mut String) -> Result<(), TextError> {
        match *self {}
    }

    #[expect(clippy::needless_pass_by_ref_mut, reason = "as in legacy.rs")]
    pub(super) fn finish(&mut self, _out: &mut String) -> Result<(), TextError> {
        match *self {}
    }
}
