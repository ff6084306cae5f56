//! HPKE: what opens, and what does not. Another implementation opens and seals the same in `interop-tests`.

use wharf_tls::hpke::{Error, Kem, Opener, Sealer, TAG_BYTES};

#[test]
fn messages_open_in_their_order_alone() {
    for kem in Kem::ALL {
        let (public, secret) = kem.generate().unwrap();
        let (enc, mut sealer) = Sealer::new(kem, &public, b"i").unwrap();
        assert_eq!(enc.len(), kem.enc_bytes());
        let sealed = [b"one", b"two"].map(|message| sealer.seal(b"a", message).unwrap());
        assert_eq!(sealed[0].len(), 3 + TAG_BYTES);

        let open = |info: &[u8], aad: &[u8], sealed: &[u8]| {
            let mut opener = Opener::new(kem, &enc, &secret, info).unwrap();
            opener.open(aad, sealed)
        };
        assert_eq!(open(b"i", b"a", &sealed[0]).unwrap().as_slice(), b"one");
        for (info, aad, message) in [
            (&b"i"[..], &b"a"[..], &sealed[1]),
            (b"j", b"a", &sealed[0]),
            (b"i", b"b", &sealed[0]),
        ] {
            assert_eq!(open(info, aad, message), Err(Error::Open), "{kem:?}");
        }
        for cut in 0..sealed[0].len() {
            assert_eq!(open(b"i", b"a", &sealed[0][..cut]), Err(Error::Open));
        }
        let mut opener = Opener::new(kem, &enc, &secret, b"i").unwrap();
        for (sealed, message) in sealed.iter().zip([b"one", b"two"]) {
            assert_eq!(opener.open(b"a", sealed).unwrap().as_slice(), message);
        }
    }
}

#[test]
fn keys_and_secrets_of_another_kem_are_refused() {
    let (public, secret) = Kem::P256.generate().unwrap();
    let (enc, _) = Sealer::new(Kem::P256, &public, b"").unwrap();
    for kem in [Kem::P384, Kem::P521, Kem::X25519] {
        assert_eq!(
            Sealer::new(kem, &public, b"").unwrap_err(),
            Error::PublicKey
        );
        let opener = Opener::new(kem, &enc, &secret, b"");
        assert_eq!(opener.unwrap_err(), Error::Encapsulated);
    }
    let mut off_curve = public.clone();
    off_curve[64] ^= 1;
    let sealer = Sealer::new(Kem::P256, &off_curve, b"");
    assert_eq!(sealer.unwrap_err(), Error::PublicKey);
    let opener = Opener::new(Kem::P256, &off_curve, &secret, b"");
    assert_eq!(opener.unwrap_err(), Error::Encapsulated);
    // The point at infinity of X25519: the secret would be zero whatever the private key.
    let (_, secret) = Kem::X25519.generate().unwrap();
    let opener = Opener::new(Kem::X25519, &[0; 32], &secret, b"");
    assert_eq!(opener.unwrap_err(), Error::Encapsulated);
}
