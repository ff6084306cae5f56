//! Records that the trace does not have, protected by this test with the secrets of the RFC.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use data_encoding::HEXLOWER;
use wharf_pki::tls13::{Body, Derived, Fault, Handshake, Sender, decode};

use crate::{SIMPLE, Trace, recording};

/// The server's application traffic secret in RFC 8448 §3.
const SECRET: &str = "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643";

fn expand(secret: &[u8], label: &str, size: usize) -> Vec<u8> {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let label = format!("tls13 {label}");
    let mut info = vec![0, size as u8, label.len() as u8];
    info.extend_from_slice(label.as_bytes());
    info.push(0);
    let mut out = vec![0; size];
    let prk = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, secret);
    let info = [&info[..]];
    prk.expand(&info, Length(size))
        .unwrap()
        .fill(&mut out)
        .unwrap();
    out
}

/// A record with this in it, the `number`th under keys of this secret.
fn seal(secret: &[u8], number: u8, content_type: u8, content: &[u8]) -> (Sender, Vec<u8>) {
    let key = UnboundKey::new(&AES_128_GCM, &expand(secret, "key", 16)).unwrap();
    let mut nonce: [u8; 12] = expand(secret, "iv", 12).try_into().unwrap();
    nonce[11] ^= number;
    let mut body = [content, &[content_type]].concat();
    let mut record = vec![23, 3, 3, 0, (body.len() + 16) as u8];
    LessSafeKey::new(key)
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(&record),
            &mut body,
        )
        .unwrap();
    record.extend(body);
    (Sender::Server, record)
}

/// The simple handshake with its ticket, and then these.
fn followed_by(records: &[(Sender, Vec<u8>)]) -> Handshake {
    let trace = Trace::new(SIMPLE);
    let all = [&trace.records[..5], records].concat();
    decode(&recording(&all), &trace.secrets())
}

#[test]
fn keys_are_updated() {
    let first = HEXLOWER.decode(SECRET.as_bytes()).unwrap();
    let second = expand(&first, "traffic upd", 32);
    let third = expand(&second, "traffic upd", 32);
    let update = [24, 0, 0, 1, 0];
    let handshake = followed_by(&[
        seal(&first, 1, 22, &update),
        seal(&second, 0, 23, b"hello"),
        seal(&second, 1, 22, &update),
        seal(&third, 0, 23, b"again"),
    ]);
    assert_eq!(handshake.faults, []);
    let [.., hello, update, again] = handshake.messages.as_slice() else {
        panic!()
    };
    assert_eq!(
        (hello.bytes.as_slice(), again.bytes.as_slice()),
        (&b"hello"[..], &b"again"[..])
    );
    assert_eq!(
        update.body,
        Body::KeyUpdate {
            is_requested: false
        }
    );
    let mut updated = handshake.derivations.iter().rev();
    let updated = updated.find(|it| it.what == Derived::UpdatedTraffic(Sender::Server));
    assert_eq!(updated.unwrap().value.as_bytes(), third);
}

#[test]
fn what_is_sealed_is_looked_at_as_closely() {
    let first = HEXLOWER.decode(SECRET.as_bytes()).unwrap();
    let from = Sender::Server;
    let trace = Trace::new(SIMPLE);
    let hello = &trace.records[1].1[5..];
    for (content_type, content, fault) in [
        (22, hello, Fault::OutOfOrder { from, message: 2 }),
        (
            22,
            &[24, 0, 0, 1, 0, 24][..],
            Fault::MessageCut { from, bytes: 1 },
        ),
        (22, &[4, 0, 0], Fault::MessageCut { from, bytes: 3 }),
        (0, &[0, 0, 0], Fault::OnlyPadding { from, number: 1 }),
    ] {
        let handshake = followed_by(&[seal(&first, 1, content_type, content)]);
        assert_eq!(handshake.faults, [fault]);
        assert!(handshake.is_complete());
    }
    let handshake = followed_by(&[
        seal(&first, 1, 99, &[1]),
        seal(&first, 2, 22, &[77, 0, 0, 1, 0]),
    ]);
    assert_eq!(handshake.faults, []);
    let told: Vec<_> = handshake
        .messages
        .iter()
        .rev()
        .take(2)
        .map(|it| &it.body)
        .collect();
    assert_eq!(told, [&Body::Unknown(77), &Body::Unknown(99)]);
}
