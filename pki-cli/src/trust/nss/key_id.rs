//! By what NSS tells the certificates of one subject apart.
//!
//! A nickname does not name one certificate: all with the same subject answer to it, and all roots of this program have the
//! same subject unless their users chose another. To delete by nickname could delete another root. NSS gives each
//! certificate an id, though, CKA_ID in PKCS#11, which is SHA-1 of its public key; and it finds certificates by the URI of
//! [RFC 7512] with that id. SHA-1 is an index here. That it found the right certificate is then seen by the whole of it.
//!
//! [RFC 7512]: https://www.rfc-editor.org/rfc/rfc7512

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use x509_parser::public_key::PublicKey;

/// The URI of a certificate; `None` for keys other than EC and RSA.
pub(super) fn uri(der: &[u8]) -> Option<String> {
    let id = key_id(der)?;
    let id: String = id.iter().map(|byte| format!("%{byte:02x}")).collect();
    Some(format!("pkcs11:type=cert;id={id}"))
}

fn key_id(der: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    let key = match certificate.public_key().parsed().ok()? {
        PublicKey::EC(point) => point.data().to_vec(),
        PublicKey::RSA(rsa) => {
            // The zero before a number whose first bit is set is DER's.
            let zeros = rsa.modulus.iter().take_while(|byte| **byte == 0).count();
            rsa.modulus.iter().skip(zeros).copied().collect()
        }
        _ => return None,
    };
    Some(digest(&SHA1_FOR_LEGACY_USE_ONLY, &key).as_ref().to_vec())
}
