//! Signatures: which pairs of a key and an algorithm are checked, and what is said of the others.

use rcgen::SigningKey;
use wharf_pki::key::{Hash, KeyAlgorithm, SignatureAlgorithm};
use wharf_pki::{Certificate, Error, KeyType, PublicKey};

use super::{element, key};

const HASHES: [Hash; 3] = [Hash::Sha256, Hash::Sha384, Hash::Sha512];

fn all_algorithms() -> Vec<SignatureAlgorithm> {
    let mut all = vec![
        SignatureAlgorithm::Ed25519,
        SignatureAlgorithm::MlDsa44,
        SignatureAlgorithm::MlDsa65,
        SignatureAlgorithm::MlDsa87,
    ];
    for hash in HASHES {
        all.push(SignatureAlgorithm::Ecdsa(hash));
        all.push(SignatureAlgorithm::RsaPkcs1(hash));
        all.push(SignatureAlgorithm::RsaPss {
            hash,
            salt_bytes: 32,
        });
    }
    all
}

#[test]
fn what_a_key_signs_verifies_and_nothing_else_does() {
    for key_type in KeyType::ALL {
        let key = key(key_type);
        let signature = key.sign(b"message").unwrap();
        let verify = |message: &[u8], signature: &[u8]| {
            key.public_key()
                .verify(key.signature_algorithm(), message, signature)
        };
        assert_eq!(verify(b"message", &signature), Ok(()), "{key_type}");
        assert_eq!(verify(b"messagf", &signature), Err(Error::BadSignature));
        assert_eq!(verify(b"", &signature), Err(Error::BadSignature));
        for cut in [0, 1, signature.len() - 1] {
            assert_eq!(
                verify(b"message", &signature[..cut]),
                Err(Error::BadSignature)
            );
        }
        let longer = [&signature[..], &[0]].concat();
        assert_eq!(verify(b"message", &longer), Err(Error::BadSignature));
        for at in 0..signature.len() {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            assert_eq!(
                verify(b"message", &changed),
                Err(Error::BadSignature),
                "{key_type} {at}"
            );
        }
        let other = wharf_pki::Key::generate(KeyType::P256).unwrap();
        let by = SignatureAlgorithm::Ecdsa(Hash::Sha256);
        other
            .public_key()
            .verify(by, b"message", &signature)
            .unwrap_err();
    }
}

#[test]
fn only_pairs_that_belong_together_are_asked() {
    for key_type in KeyType::ALL {
        let key = key(key_type);
        for algorithm in all_algorithms() {
            let belongs = match key_type {
                KeyType::P256 | KeyType::P384 | KeyType::P521 => {
                    matches!(algorithm, SignatureAlgorithm::Ecdsa(_))
                }
                KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => matches!(
                    algorithm,
                    SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss { .. }
                ),
                _ => algorithm == key.signature_algorithm(),
            };
            let expected = if belongs {
                Error::BadSignature
            } else {
                let key = key.public_key().algorithm().clone();
                Error::SignatureMismatch { algorithm, key }
            };
            let error = key
                .public_key()
                .verify(algorithm, b"x", &[0; 64])
                .unwrap_err();
            assert_eq!(error, expected, "{key_type} {algorithm}");
        }
    }
}

#[test]
fn a_key_that_is_too_short_or_of_another_type_is_named() {
    for (text, key) in [
        (
            include_str!("../data/keys/rsa1024.pub"),
            KeyAlgorithm::Rsa { bits: 1024 },
        ),
        (
            include_str!("../data/keys/secp256k1.pub"),
            KeyAlgorithm::Other {
                name: "EC secp256k1".into(),
            },
        ),
    ] {
        let algorithm = SignatureAlgorithm::RsaPkcs1(Hash::Sha256);
        let error = PublicKey::from_pem(text)
            .unwrap()
            .verify(algorithm, b"x", &[0; 128])
            .unwrap_err();
        let shown = format!("a key of type {key} does not sign with sha256WithRSAEncryption");
        assert_eq!(error.to_string(), shown);
        assert_eq!(error, Error::SignatureMismatch { algorithm, key });
    }
}

#[test]
fn an_algorithm_identifier_is_read_with_the_parameters_that_belong_to_it() {
    let identifier = |oid: &[u8], parameters: &[u8]| {
        let der = element(0x30, &[&element(6, oid), parameters].concat());
        SignatureAlgorithm::from_der(&der).map_err(|error| error.to_string())
    };
    let refused = |name: &str| Err(format!("signature algorithm is not checked here: {name}"));
    let null = [5, 0];
    let rsa = |last| [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last];
    let ecdsa = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let sha256 = Ok(SignatureAlgorithm::RsaPkcs1(Hash::Sha256));
    assert_eq!(identifier(&rsa(11), &null), sha256);
    assert_eq!(identifier(&rsa(11), &[]), sha256);
    assert_eq!(
        identifier(&rsa(11), &element(4, &[])),
        refused("sha256WithRSAEncryption with parameters")
    );
    assert_eq!(identifier(&rsa(5), &null), refused("sha1WithRSAEncryption"));
    assert_eq!(
        identifier(&ecdsa, &[]),
        Ok(SignatureAlgorithm::Ecdsa(Hash::Sha256))
    );
    assert_eq!(
        identifier(&ecdsa, &null),
        refused("ecdsa-with-SHA256 with parameters")
    );
    assert_eq!(
        identifier(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1], &[]),
        refused("ecdsa-with-SHA224")
    );
    assert_eq!(
        identifier(&[0x2b, 0x65, 0x70], &[]),
        Ok(SignatureAlgorithm::Ed25519)
    );
    assert_eq!(identifier(&[0x2b, 0x65, 0x71], &[]), refused("Ed448"));
    assert_eq!(identifier(&[0x2a, 3, 4], &[]), refused("1.2.3.4"));
    assert_eq!(identifier(&[0x80], &[]), refused("one that is malformed"));
}

#[test]
fn the_parameters_of_rsassa_pss_are_read_and_the_unusual_is_refused() {
    let oid = element(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10]);
    let hash = |last| {
        element(
            0x30,
            &[
                &element(6, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, last])[..],
                &[5, 0],
            ]
            .concat(),
        )
    };
    let mgf1 = |last| {
        let oid = element(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8]);
        element(0x30, &[oid, hash(last)].concat())
    };
    let pss = |fields: &[Vec<u8>]| {
        let parameters = element(0x30, &fields.concat());
        SignatureAlgorithm::from_der(&element(0x30, &[oid.clone(), parameters].concat())).ok()
    };
    let salt = |octets: &[u8]| element(0xa2, &element(2, octets));
    let (sha256, mask256) = (element(0xa0, &hash(1)), element(0xa1, &mgf1(1)));
    let read = |salt_bytes| {
        Some(SignatureAlgorithm::RsaPss {
            hash: Hash::Sha256,
            salt_bytes,
        })
    };
    assert_eq!(
        pss(&[sha256.clone(), mask256.clone(), salt(&[32])]),
        read(32)
    );
    assert_eq!(pss(&[sha256.clone(), mask256.clone()]), read(20));
    assert_eq!(pss(&[sha256.clone(), mask256.clone(), salt(&[0])]), read(0));
    let trailer = |number| element(0xa3, &element(2, &[number]));
    assert_eq!(
        pss(&[sha256.clone(), mask256.clone(), trailer(1)]),
        read(20)
    );
    assert_eq!(pss(&[sha256.clone(), mask256.clone(), trailer(2)]), None);
    // The defaults are SHA-1; another hash in the mask; a salt that no key has room for; no parameters.
    assert_eq!(pss(&[]), None);
    assert_eq!(pss(std::slice::from_ref(&sha256)), None);
    assert_eq!(pss(&[sha256.clone(), element(0xa1, &mgf1(2))]), None);
    assert_eq!(pss(&[sha256, mask256, salt(&[1, 0, 0])]), None);
    assert_eq!(
        SignatureAlgorithm::from_der(&element(0x30, &oid)).ok(),
        None
    );
}

#[test]
fn a_certificate_of_openssl_verifies_with_its_own_key_and_a_changed_one_does_not() {
    let certificate = Certificate::from_pem(include_str!("../data/ca.crt")).unwrap();
    let key = certificate.public_key().unwrap();
    assert_eq!(key.algorithm(), &KeyAlgorithm::P256);
    assert_eq!(key.verify_signed(certificate.der()), Ok(()));
    let der = certificate.der();
    for at in 0..der.len() {
        let mut changed = der.to_vec();
        changed[at] ^= 1;
        key.verify_signed(&changed).unwrap_err();
    }
    for cut in 0..der.len() {
        assert_eq!(key.verify_signed(&der[..cut]), Err(Error::BadSignature));
    }
}
