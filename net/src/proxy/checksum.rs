use std::mem::size_of;

use super::ProxyError;
use super::tlv::Tlv;

/// The TLV that carries the checksum.
pub(super) const KIND: u8 = 0x03;

const BYTES: usize = size_of::<u32>();

/// The checksum of a header that is `before`, a checksum and `after`: the field itself counts as zeros.
pub(super) fn of(before: &[u8], after: &[u8]) -> u32 {
    [[0; BYTES].as_slice(), after]
        .into_iter()
        .fold(crc32c::crc32c(before), crc32c::crc32c_append)
}

/// Checks the checksum of a whole header.
pub(super) fn verify(header: &[u8], tlv: &Tlv<'_>) -> Result<(), ProxyError> {
    let wrong_length = || ProxyError::TlvLength {
        kind: KIND,
        bytes: tlv.value.len(),
    };
    let sent = u32::from_be_bytes(tlv.value.try_into().map_err(|_| wrong_length())?);
    let before = header.get(..tlv.at).unwrap_or_default();
    let after = header.get(tlv.at + BYTES..).unwrap_or_default();
    let computed = of(before, after);
    if sent != computed {
        return Err(ProxyError::Checksum { sent, computed });
    }
    Ok(())
}
