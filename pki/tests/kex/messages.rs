//! Messages, read and refused.

use wharf_pki::kex::{
    Auth, ClientHello, Frame, Group, KexFault, MessageKind, Role, ServerHello, Share,
};

fn share(group: Group, length: usize) -> Share {
    Share {
        group,
        octets: vec![4; length],
    }
}

fn client_hello() -> ClientHello {
    ClientHello {
        nonce: [7; 32],
        shares: vec![share(Group::X25519, 32), share(Group::RsaOaep, 256)],
    }
}

#[test]
fn messages_are_read_as_they_were_written() {
    let hello = client_hello();
    let frame = hello.emit().unwrap();
    assert_eq!(ClientHello::parse(frame.body()), Ok(hello));
    assert_eq!(&frame.octets()[..8], b"\x01\0\x01\x4dKX/1");
    let hello = ServerHello {
        nonce: [1; 32],
        share: share(Group::P256, 65),
    };
    let frame = hello.emit().unwrap();
    assert_eq!(ServerHello::parse(frame.body()), Ok(hello));
    let kind = MessageKind::ServerAuth;
    let chain = vec![vec![1, 2, 3], vec![4]];
    let octets = [
        Auth::emit_certificates(kind, &chain).unwrap(),
        Auth::emit_signature(kind, 0x0403, &[9; 70]).unwrap(),
        vec![5; 32],
    ]
    .concat();
    let auth = Auth {
        certificates: chain,
        scheme: 0x0403,
        signature: vec![9; 70],
        mac: [5; 32],
    };
    assert_eq!(Auth::parse(kind, &octets), Ok(auth));
}

#[test]
fn frames_are_taken_one_by_one_and_wait_for_their_rest() {
    let whole = client_hello().emit().unwrap().into_octets();
    let mut arrived = Vec::new();
    for octet in &whole {
        assert_eq!(Frame::take(&mut arrived), Ok(None));
        arrived.push(*octet);
    }
    arrived.push(2);
    let frame = Frame::take(&mut arrived).unwrap().unwrap();
    assert_eq!(
        (frame.octets(), arrived.as_slice()),
        (whole.as_slice(), &[2][..])
    );
}

#[test]
fn a_header_is_refused_before_its_body_is_there() {
    for kind in [0, 6, 255] {
        let refused = Frame::take(&mut vec![kind]);
        assert_eq!(refused, Err(KexFault::UnknownMessage { kind }));
    }
    let refused = Frame::take(&mut vec![1, 0, 0x20, 1]).unwrap_err();
    let message = "a client-hello of 8193 bytes, where 8192 are allowed";
    assert_eq!(refused.to_string(), message);
    assert_eq!(Frame::take(&mut vec![1, 0, 0x20, 0]), Ok(None));
}

/// What comes out for a client-hello that is changed.
#[track_caller]
fn check(change: impl FnOnce(&mut Vec<u8>), message: &str) {
    let mut body = client_hello().emit().unwrap().body().to_vec();
    change(&mut body);
    assert_eq!(ClientHello::parse(&body).unwrap_err().to_string(), message);
}

#[test]
fn a_client_hello_is_refused_for_each_of_its_fields() {
    check(
        |body| body[3] = b'2',
        "the client-hello is not of version KX/1",
    );
    check(
        |body| body[36] = 0,
        "the client-hello has 0 shares, where 1 to 6 are allowed",
    );
    check(
        |body| body[36] = 7,
        "the client-hello has 7 shares, where 1 to 6 are allowed",
    );
    check(
        |body| body[36] = 3,
        "the client-hello ends within its group",
    );
    check(
        |body| body[36] = 1,
        "the client-hello has 260 bytes after its last field",
    );
    check(|body| body[37] = 9, "group 0x091d is not known");
    check(
        |body| body[40] = 31,
        "X25519 wants a share of 32 bytes, this one has 31",
    );
    check(
        |body| {
            body.truncate(73);
            body.extend_from_within(37..73);
        },
        "the client-hello has two shares of X25519",
    );
}

#[test]
fn every_beginning_of_a_message_is_refused() {
    let client = client_hello().emit().unwrap();
    let server = ServerHello {
        nonce: [1; 32],
        share: share(Group::MlKem768, 1088),
    };
    let server = server.emit().unwrap();
    for cut in 0..client.body().len() {
        assert!(ClientHello::parse(&client.body()[..cut]).is_err(), "{cut}");
    }
    for cut in 0..server.body().len() {
        assert!(ServerHello::parse(&server.body()[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn a_chain_is_bounded() {
    let mut octets = vec![9];
    octets.extend([0; 200]);
    let refused = Auth::parse(MessageKind::ClientAuth, &octets);
    let role = Role::Client;
    let (found, limit) = (9, 8);
    assert_eq!(
        refused,
        Err(KexFault::TooManyCertificates { role, found, limit })
    );
}
