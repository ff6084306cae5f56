use std::io::{Read, Write};

use wharf_pki::key::AgreementKey;
use wharf_tls::hpke::{self, Opener, TAG_BYTES};

use super::header::{self, HEADER_BYTES};
use super::{CHUNK_BYTES, LAST, MORE, Refusal, fill, kem};

/// Opens all of `input`. A chunk is written once it is known to be sound, so if one fails, `output` has those before it: whoever
/// gets them has to be told that it is not all.
///
/// # Errors
///
/// A [`Refusal`], or an error of input and output.
pub(crate) fn open(
    key: &AgreementKey,
    input: &mut impl Read,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let mut head = [0; HEADER_BYTES];
    let length = fill(input, &mut head)?;
    let sealed_to = header::parse(head.get(..length).unwrap_or_default())?;
    if sealed_to != kem(key.agreement())? {
        return Err(Refusal::OtherGroup.into());
    }
    let mut enc = vec![0; sealed_to.enc_bytes()];
    if fill(input, &mut enc)? < enc.len() {
        return Err(Refusal::Damaged.into());
    }
    let mut opener =
        Opener::new(sealed_to, &enc, key.secret(), &head).map_err(|_| Refusal::Damaged)?;

    let mut refusal = Refusal::OtherKey;
    let mut held = vec![0; CHUNK_BYTES + TAG_BYTES];
    let mut next = held.clone();
    let mut length = fill(input, &mut held)?;
    loop {
        let following = match length == held.len() {
            true => fill(input, &mut next)?,
            false => 0,
        };
        let aad = if following == 0 { LAST } else { MORE };
        let chunk = held.get(..length).unwrap_or_default();
        let content = match opener.open(aad, chunk) {
            Ok(content) => content,
            Err(hpke::Error::Open) => return Err(refusal.into()),
            Err(error) => return Err(error.into()),
        };
        // The end of all content is told once: an empty chunk behind another would be a second way to write it.
        if content.is_empty() && refusal == Refusal::Damaged {
            return Err(Refusal::Damaged.into());
        }
        output.write_all(&content)?;
        if following == 0 {
            return Ok(output.flush()?);
        }
        refusal = Refusal::Damaged;
        std::mem::swap(&mut held, &mut next);
        length = following;
    }
}
