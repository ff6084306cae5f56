//! What holds for any bytes in place of the messages of a key exchange. The fuzz target and a test that runs on stable share it.

use wharf_pki::kex::{
    Auth, Authentication, ClientHello, Frame, Group, HEADER_BYTES, KexFault, MessageKind, Party,
    ServerConfig, ServerHello,
};

/// Reads `bytes` as messages, as what is inside of an auth, and as what a server is sent, whole and byte by byte.
pub(crate) fn check(bytes: &[u8]) {
    let mut arrived = bytes.to_vec();
    while let Ok(Some(frame)) = Frame::take(&mut arrived) {
        assert_eq!(frame.octets().len(), HEADER_BYTES + frame.body().len());
        assert!(frame.body().len() <= frame.kind().body_bytes_max());
        round_trip(&frame);
    }
    let kind = MessageKind::ServerAuth;
    if let Ok(auth) = Auth::parse(kind, bytes) {
        let again = [
            Auth::emit_certificates(kind, &auth.certificates).unwrap(),
            Auth::emit_signature(kind, auth.scheme, &auth.signature).unwrap(),
            auth.mac.to_vec(),
        ];
        assert_eq!(again.concat(), bytes, "what is read is what is written");
    }
    let whole = told(bytes.chunks(bytes.len().max(1)));
    let one_by_one = told(bytes.chunks(1));
    assert_eq!(whole, one_by_one, "the same wherever it is cut");
}

/// What is accepted is written as it was read: one encoding for one meaning.
fn round_trip(frame: &Frame) {
    let again = match frame.kind() {
        MessageKind::ClientHello => ClientHello::parse(frame.body()).map(|hello| hello.emit()),
        MessageKind::ServerHello => ServerHello::parse(frame.body()).map(|hello| hello.emit()),
        _ => return,
    };
    if let Ok(again) = again {
        assert_eq!(again.as_ref(), Ok(frame));
    }
}

/// What a server makes of it: nothing, or a fault by its name.
fn told<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Option<&'static str> {
    let mut server = Party::server(ServerConfig {
        groups: vec![Group::X25519, Group::P256, Group::MlKem768],
        authentication: Authentication::None,
        key: None,
        message: Vec::new(),
    });
    for piece in pieces {
        if let Err(fault) = server.receive(piece) {
            assert_eq!(server.receive(b""), Err(fault.clone()), "it is for good");
            return Some(name(&fault));
        }
    }
    assert!(!server.is_done(), "nobody guesses a key");
    None
}

/// Whether a record opens depends on the keys, which are other ones each time; that it does not is always told the same.
fn name(fault: &KexFault) -> &'static str {
    assert!(!fault.to_string().is_empty());
    fault.name()
}
