use std::io::{Read, Write};

use wharf_pki::PublicKey;
use wharf_tls::hpke::Sealer;
use zeroize::Zeroizing;

use super::{CHUNK_BYTES, LAST, MORE, fill, header, kem};

/// Seals all of `input` to a public key.
///
/// # Errors
///
/// When nothing can be sealed to a key of this type, or for input and output.
pub(crate) fn seal(
    to: &PublicKey,
    input: &mut impl Read,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let (agreement, octets) = to.agreement()?;
    let kem = kem(agreement)?;
    let header = header::emit(kem);
    let (enc, mut sealer) = Sealer::new(kem, octets, &header)?;
    output.write_all(&header)?;
    output.write_all(&enc)?;

    // Only whoever has seen the end knows which chunk is the last: so one is always held back.
    let mut held = Zeroizing::new(vec![0; CHUNK_BYTES]);
    let mut next = held.clone();
    let mut length = fill(input, &mut held)?;
    loop {
        let following = match length == CHUNK_BYTES {
            true => fill(input, &mut next)?,
            false => 0,
        };
        let aad = if following == 0 { LAST } else { MORE };
        let chunk = held.get(..length).unwrap_or_default();
        output.write_all(&sealer.seal(aad, chunk)?)?;
        if following == 0 {
            return Ok(output.flush()?);
        }
        std::mem::swap(&mut held, &mut next);
        length = following;
    }
}
