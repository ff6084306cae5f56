//! Opening protected records ([RFC 8446 §5.2]).
//!
//! [RFC 8446 §5.2]: https://www.rfc-editor.org/rfc/rfc8446#section-5.2
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce, UnboundKey};

use super::schedule::TrafficKeys;
use super::{Fault, Sender, Suite};

/// The keys of one direction, and how many records they have opened.
#[derive(Debug)]
pub(super) struct Opener {
    from: Sender,
    key: LessSafeKey,
    iv: [u8; 12],
    number: u64,
}

/// What was in a record.
#[derive(Debug)]
pub(super) struct Opened {
    /// What it really is.
    pub(super) content_type: u8,
    pub(super) content: Vec<u8>,
    /// How many zeros are behind it.
    pub(super) padding: usize,
}

impl Opener {
    /// `None` if the keys are not those of the suite.
    pub(super) fn new(from: Sender, suite: Suite, keys: &TrafficKeys) -> Option<Self> {
        let key = UnboundKey::new(suite.aead(), keys.key.as_bytes()).ok()?;
        Some(Self {
            from,
            key: LessSafeKey::new(key),
            iv: keys.iv.as_bytes().try_into().ok()?,
            number: 0,
        })
    }

    /// Opens the next record.
    pub(super) fn open(&mut self, header: [u8; 5], body: &[u8]) -> Result<Opened, Fault> {
        let (from, number) = (self.from, self.number);
        self.number = number.wrapping_add(1);
        let mut content = body.to_vec();
        let opened = self
            .key
            .open_in_place(self.nonce(number), Aad::from(header), &mut content);
        let length = match opened {
            Ok(plain) => plain.len(),
            Err(_) => return Err(Fault::NotOpened { from, number }),
        };
        content.truncate(length);
        // TLSInnerPlaintext: content, its type, zeros.
        let last = content.iter().rposition(|byte| *byte != 0);
        let Some(last) = last else {
            return Err(Fault::OnlyPadding { from, number });
        };
        let content_type = content.get(last).copied().unwrap_or_default();
        let padding = length.saturating_sub(last).saturating_sub(1);
        content.truncate(last);
        Ok(Opened {
            content_type,
            content,
            padding,
        })
    }

    /// The IV, with the number of the record mixed in ([RFC 8446 §5.3]).
    ///
    /// [RFC 8446 §5.3]: https://www.rfc-editor.org/rfc/rfc8446#section-5.3
    fn nonce(&self, number: u64) -> Nonce {
        let mut nonce = self.iv;
        let end = nonce.iter_mut().rev();
        for (byte, number) in end.zip(number.to_be_bytes().into_iter().rev()) {
            *byte ^= number;
        }
        Nonce::assume_unique_for_key(nonce)
    }
}
