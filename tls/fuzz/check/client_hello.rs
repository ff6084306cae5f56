//! What holds for any bytes in place of a ClientHello. The fuzz target and the tests that run on stable share it.

use rustls::server::Acceptor;

use crate::hello::{ClientHello, HelloReader, Progress};

/// The room that a reader may take up: its bound on records, rounded up by the growth of a `Vec`.
const CAPACITY_MAX: usize = 256 * 1024;

/// Reads `bytes` whole, byte by byte, and cut in two at some places; and holds what comes out against rustls.
pub(crate) fn check(bytes: &[u8]) {
    let whole = read(bytes, []);
    assert_eq!(read(bytes, 1..bytes.len()), whole, "byte by byte");
    let step = bytes.len() / 16 + 1;
    for cut in (1..bytes.len()).step_by(step) {
        assert_eq!(read(bytes, [cut]), whole, "cut at {cut}");
    }
    if let Progress::Hello(hello) = &whole {
        let ja4 = hello.ja4();
        assert_eq!(ja4.as_str().len(), 36, "{ja4}");
    }
    agree(bytes);
}

/// What becomes of `bytes` when they come in pieces that end at `cuts`.
pub(crate) fn read(bytes: &[u8], cuts: impl IntoIterator<Item = usize>) -> Progress {
    let mut reader = HelloReader::default();
    let mut fed = 0;
    for end in cuts.into_iter().chain([bytes.len()]) {
        while fed < end {
            // As from a socket: no more than there is room for.
            let buffer = reader.buffer();
            let room = buffer.capacity() - buffer.len();
            assert!(room > 0, "a read of nothing looks like the end");
            let piece = fed..end.min(fed + room);
            fed = piece.end;
            buffer.extend_from_slice(&bytes[piece]);
            assert!(buffer.capacity() <= CAPACITY_MAX, "{}", buffer.capacity());
            let progress = reader.advance();
            if progress != Progress::NeedMore {
                assert_eq!(reader.into_bytes(), bytes[..fed], "rustls reads it again");
                return progress;
            }
        }
    }
    assert_eq!(reader.into_bytes(), bytes, "rustls reads it again");
    Progress::NeedMore
}

/// Whether rustls accepts the hello; then we read the same from it.
pub(crate) fn agree(bytes: &[u8]) -> bool {
    let mut acceptor = Acceptor::default();
    let mut rest = bytes;
    let accepted = loop {
        if rest.is_empty() || acceptor.read_tls(&mut rest).is_err() {
            return false;
        }
        match acceptor.accept() {
            Ok(None) => {}
            Ok(Some(accepted)) => break accepted,
            Err(_) => return false,
        }
    };
    let Progress::Hello(ours) = read(bytes, []) else {
        panic!("rustls accepts what we refuse");
    };
    same(&ours, &accepted.client_hello());
    true
}

fn same(ours: &ClientHello, theirs: &rustls::server::ClientHello<'_>) {
    let their_name = theirs.server_name().map(str::to_ascii_lowercase);
    assert_eq!(ours.server_name, their_name);
    let their_alpn: Vec<_> = theirs.alpn().into_iter().flatten().collect();
    assert_eq!(ours.alpn, their_alpn);
    assert_eq!(ours.cipher_suites, theirs.cipher_suites());
    assert_eq!(ours.signature_schemes, theirs.signature_schemes());
    let their_groups = theirs.named_groups().unwrap_or_default();
    assert_eq!(ours.named_groups, their_groups);
}
