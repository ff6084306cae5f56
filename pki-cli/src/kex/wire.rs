//! What the bytes of a message are, field by field.

use std::ops::Range;

use data_encoding::HEXLOWER;
use wharf_pki::kex::{Group, HEADER_BYTES, NONCE_BYTES, TAG_BYTES};

use crate::ui::lifelines::Annotation;

/// The fields of a message, as far as it has them.
pub(super) fn annotate(bytes: &[u8]) -> Vec<Annotation> {
    let mut fields = Fields {
        bytes,
        at: 0,
        found: Vec::new(),
    };
    let kind = bytes.first().copied().unwrap_or_default();
    let name = match kind {
        1 => "client-hello",
        2 => "server-hello",
        3 => "server-auth",
        4 => "client-auth",
        5 => "data",
        _ => "unknown",
    };
    fields.add(1, "type", name);
    fields.add(
        HEADER_BYTES - 1,
        "length",
        &bytes.len().saturating_sub(HEADER_BYTES).to_string(),
    );
    match kind {
        1 => {
            fields.add(4, "version", "KX/1");
            fields.add(NONCE_BYTES, "nonce", "");
            let count = fields.number(1);
            fields.add(1, "shares", &count.to_string());
            for _ in 0..count.min(8) {
                fields.share();
            }
        }
        2 => {
            fields.add(NONCE_BYTES, "nonce", "");
            fields.share();
        }
        _ => {
            let sealed = bytes.len().saturating_sub(HEADER_BYTES + TAG_BYTES);
            fields.add(sealed, "encrypted", "AES-256-GCM");
            fields.add(
                TAG_BYTES,
                "tag",
                "over the encrypted octets, the type and the length",
            );
        }
    }
    fields.found
}

struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    found: Vec<Annotation>,
}

impl Fields<'_> {
    fn range(&self, length: usize) -> Range<usize> {
        self.at..(self.at + length).min(self.bytes.len())
    }

    fn add(&mut self, length: usize, name: &str, value: &str) {
        let range = self.range(length);
        if range.is_empty() {
            return;
        }
        self.at = range.end;
        self.found.push(Annotation {
            range,
            depth: 0,
            name: name.into(),
            value: value.into(),
        });
    }

    /// The number of so many octets that come next.
    fn number(&self, length: usize) -> usize {
        let octets = self.bytes.get(self.range(length)).unwrap_or_default();
        octets
            .iter()
            .fold(0, |sum, octet| (sum << 8) | usize::from(*octet))
    }

    fn share(&mut self) {
        let code = self.bytes.get(self.range(2)).unwrap_or_default();
        let group = u16::try_from(self.number(2)).ok();
        let group = group.and_then(|code| Group::from_code(code).ok());
        let name = group.map_or_else(|| HEXLOWER.encode(code), |group| group.to_string());
        self.add(2, "group", &name);
        let length = self.number(2);
        self.add(2, "length", &length.to_string());
        self.add(length, "share", "");
    }
}
