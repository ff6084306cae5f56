//! The first octets of a sealed file.

use wharf_tls::hpke::{AEAD_ID, Kem};

use super::Refusal;

/// "wharfsealed", the version, and three numbers of two octets.
pub(super) const HEADER_BYTES: usize = 18;

const MAGIC: &[u8; 11] = b"wharfsealed";
const VERSION: u8 = 1;

pub(super) fn emit(kem: Kem) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    let parts = [
        &MAGIC[..],
        &[VERSION],
        &kem.id().to_be_bytes(),
        &kem.kdf_id().to_be_bytes(),
        &AEAD_ID.to_be_bytes(),
    ];
    header.copy_from_slice(&parts.concat());
    header
}

pub(super) fn parse(header: &[u8]) -> Result<Kem, Refusal> {
    if !header.starts_with(MAGIC) {
        return Err(Refusal::NotSealed);
    }
    // There is one header for each KEM.
    Kem::ALL
        .into_iter()
        .find(|kem| emit(*kem) == header)
        .ok_or(Refusal::Unknown)
}
