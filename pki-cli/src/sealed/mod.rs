//! The format of sealed files: HPKE ([RFC 9180], base mode) to one public key, in chunks.
//!
//! ```text
//! file    = header enc chunk* last
//! header  = "wharfsealed" version(1 byte: 1) kem_id(2) kdf_id(2) aead_id(2)      18 bytes, numbers big-endian
//! enc     = the encapsulated secret, as long as the KEM says                    65, 97, 133 or 32 bytes
//! chunk   = seal(aad = 01, 65536 bytes of content)                              65552 bytes
//! last    = seal(aad empty, what is left: 0 to 65536 bytes)                     16 to 65552 bytes
//! ```
//!
//! The header is HPKE's `info`, so that nothing in it can be changed. The context counts the chunks, so none can be left out or
//! moved; only the last one has an empty `aad`, so that the file cannot end before it. The last chunk is empty only if the content
//! is: each content has one division into chunks. A file of one chunk is, from byte 18 on, what single-shot HPKE
//! makes; some implementations of that take no aad, hence the empty one.
//!
//! | kem_id | kdf_id | key |
//! |---|---|---|
//! | 0x0010 | 0x0001 | P-256 |
//! | 0x0011 | 0x0002 | P-384 |
//! | 0x0012 | 0x0003 | P-521 |
//! | 0x0020 | 0x0001 | X25519 |
//!
//! The aead_id is 0x0002, AES-256-GCM. Its nonces are counted, never drawn, so none comes twice under the key of a file.
//!
//! The sender is not authenticated, and whoever gets the private key later opens what was sealed before. No quantum computer may
//! exist for as long as the content is to stay secret.
//!
//! [RFC 9180]: https://www.rfc-editor.org/rfc/rfc9180

mod header;
mod open;
mod seal;

pub(crate) use open::open;
pub(crate) use seal::seal;

use std::io::{self, Read};

use wharf_pki::key::Agreement;
use wharf_tls::hpke::Kem;

/// The content of a chunk, but for the last one. age has the same; a chunk and what it opens to are all the memory it takes.
const CHUNK_BYTES: usize = 64 * 1024;

/// The aad of a chunk that others follow, and of the last one.
const MORE: &[u8] = &[1];
const LAST: &[u8] = &[];

/// The KEM for a key.
fn kem(agreement: Agreement) -> anyhow::Result<Kem> {
    Ok(match agreement {
        Agreement::P256 => Kem::P256,
        Agreement::P384 => Kem::P384,
        Agreement::P521 => Kem::P521,
        Agreement::X25519 => Kem::X25519,
        other => anyhow::bail!("nothing is sealed to a key of {other}"),
    })
}

/// As much as fits, or as there is.
fn fill(input: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Why a file does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It does not begin as one.
    NotSealed,
    /// It is of a version or a suite that this program does not know.
    Unknown,
    /// It is sealed to a key of another group.
    OtherGroup,
    /// The first chunk does not open.
    OtherKey,
    /// A later one does not.
    Damaged,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotSealed => "it is not a file that wharf seal wrote",
            Self::Unknown => "it is sealed in a way that this version of wharf does not know",
            Self::OtherGroup => "it is sealed to another type of key",
            Self::OtherKey => "it is sealed to another key, or was changed",
            Self::Damaged => "it was cut off or changed",
        })
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use wharf_pki::key::AgreementKey;
    use wharf_pki::{Key, KeyType, PublicKey};

    use super::*;

    const HEAD: usize = 18 + 65;
    const SEALED: usize = CHUNK_BYTES + 16;

    fn keys() -> (PublicKey, AgreementKey) {
        let key = Key::generate(KeyType::P256).unwrap();
        (key.public_key().clone(), key.try_into().unwrap())
    }

    fn sealed(to: &PublicKey, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        seal(to, &mut &content[..], &mut out).unwrap();
        out
    }

    fn opened(key: &AgreementKey, file: &[u8]) -> Result<Vec<u8>, Refusal> {
        let mut out = Vec::new();
        match open(key, &mut &file[..], &mut out) {
            Ok(()) => Ok(out),
            Err(error) => Err(*error.downcast_ref::<Refusal>().unwrap()),
        }
    }

    #[test]
    fn content_of_any_length_comes_back() {
        let (public, private) = keys();
        for (length, chunks) in [
            (0, 1),
            (1, 1),
            (CHUNK_BYTES - 1, 1),
            (CHUNK_BYTES, 1),
            (CHUNK_BYTES + 1, 2),
            (2 * CHUNK_BYTES, 2),
            (3 * CHUNK_BYTES + 7, 4),
        ] {
            let content = vec![7; length];
            let file = sealed(&public, &content);
            assert_eq!(file.len(), HEAD + length + 16 * chunks, "{length}");
            assert_eq!(opened(&private, &file), Ok(content), "{length}");
        }
    }

    #[test]
    fn a_file_that_was_cut_anywhere_does_not_open() {
        let (public, private) = keys();
        let file = sealed(&public, b"hello");
        for cut in 0..file.len() {
            opened(&private, &file[..cut]).unwrap_err();
        }
        // Between chunks, where every octet that is left is sound.
        let file = sealed(&public, &vec![7; 3 * CHUNK_BYTES]);
        for chunks in 1..3 {
            let cut = &file[..HEAD + chunks * SEALED];
            let expected = if chunks == 1 {
                Refusal::OtherKey
            } else {
                Refusal::Damaged
            };
            assert_eq!(opened(&private, cut), Err(expected));
        }
    }

    #[test]
    fn a_file_that_was_changed_moved_or_lengthened_does_not_open() {
        let (public, private) = keys();
        let file = sealed(&public, &vec![7; 3 * CHUNK_BYTES]);
        for at in [
            0,
            11,
            12,
            13,
            15,
            17,
            18,
            40,
            HEAD,
            HEAD + SEALED,
            file.len() - 1,
        ] {
            let mut changed = file.clone();
            changed[at] ^= 1;
            opened(&private, &changed).unwrap_err();
        }
        let mut moved = file.clone();
        moved[HEAD..HEAD + 2 * SEALED].rotate_left(SEALED);
        assert_eq!(opened(&private, &moved), Err(Refusal::OtherKey));
        let mut without = file.clone();
        without.drain(HEAD + SEALED..HEAD + 2 * SEALED);
        assert_eq!(opened(&private, &without), Err(Refusal::Damaged));
        let longer = [&file[..], b"x"].concat();
        assert_eq!(opened(&private, &longer), Err(Refusal::Damaged));
        let twice = [&file[..], &file[HEAD..HEAD + SEALED]].concat();
        assert_eq!(opened(&private, &twice), Err(Refusal::Damaged));
    }

    #[test]
    fn what_is_not_for_this_key_is_told_apart() {
        let (public, private) = keys();
        let file = sealed(&public, b"hello");
        assert_eq!(opened(&keys().1, &file), Err(Refusal::OtherKey));
        let other = Key::generate(KeyType::P384).unwrap();
        let other = AgreementKey::try_from(other).unwrap();
        assert_eq!(opened(&other, &file), Err(Refusal::OtherGroup));
        assert_eq!(opened(&private, b"-----BEGIN"), Err(Refusal::NotSealed));
        let mut newer = file;
        newer[11] = 2;
        assert_eq!(opened(&private, &newer), Err(Refusal::Unknown));
    }
}
