//! What the RFCs print.

use wharf_pki::kex::{ExchangeKey, ExchangePublicKey, Group, KexFault, Secret, hkdf};

use super::hex;

/// PKCS#8 around the octets of RFC 7748.
fn x25519(private: &str) -> ExchangeKey {
    let der = [&hex("302e020100300506032b656e04220420")[..], &hex(private)].concat();
    ExchangeKey::from_der(&der, None).unwrap()
}

/// RFC 7748 §6.1.
#[test]
fn x25519_gives_what_rfc_7748_prints() {
    let alice = x25519("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    let bob = x25519("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    let public = |text| ExchangePublicKey::from_octets(Group::X25519, &hex(text)).unwrap();
    let of_alice = public("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    let of_bob = public("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    assert_eq!((alice.public(), bob.public()), (&of_alice, &of_bob));
    let secret = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assert_eq!(alice.derive(&of_bob).unwrap().reveal(), secret);
    assert_eq!(bob.derive(&of_alice).unwrap().reveal(), secret);
}

/// RFC 5869, A.1 and A.3: with a salt and an info, and without.
#[test]
fn hkdf_gives_what_rfc_5869_prints() {
    let input = [0x0b; 22];
    let key = hkdf::extract(&hex("000102030405060708090a0b0c"), &input);
    let printed = "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5";
    assert_eq!(key.reveal(), hex(printed));
    let output = hkdf::expand(&key, &hex("f0f1f2f3f4f5f6f7f8f9"), 42).unwrap();
    let printed =
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
    assert_eq!(output.reveal(), hex(printed));

    let key = hkdf::extract(b"", &input);
    let printed = "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04";
    assert_eq!(key.reveal(), hex(printed));
    let output = hkdf::expand(&key, b"", 42).unwrap();
    let printed =
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8";
    assert_eq!(output.reveal(), hex(printed));
}

#[test]
fn hkdf_gives_as_much_as_it_has_and_no_more() {
    let key = Secret::copy(&[1; 32]);
    assert_eq!(hkdf::expand(&key, b"", 8160).unwrap().reveal().len(), 8160);
    for asked_bytes in [0, 8161, usize::MAX] {
        let refused = hkdf::expand(&key, b"", asked_bytes).unwrap_err();
        let limit_bytes = 8160;
        assert_eq!(
            refused,
            KexFault::TooMuchOutput {
                asked_bytes,
                limit_bytes
            }
        );
    }
}
