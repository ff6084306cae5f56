//! The records that a ClientHello comes in.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use super::parse::parse;
use super::{ClientHello, HelloError};

/// The longest hello. rustls joins handshake messages of up to 64 KiB; those of browsers have about two.
const HELLO_BYTES_MAX: usize = 0xffff;
/// The longest record ([RFC 8446 §5.1]).
///
/// [RFC 8446 §5.1]: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
const RECORD_BYTES_MAX: usize = 16 * 1024;
/// What the records of a hello may take in all: the longest in the smallest sensible ones.
const RECORDS_BYTES_MAX: usize = 2 * HELLO_BYTES_MAX;
/// The room offered to a read. A hello with a post-quantum key share fits in.
const READ_BYTES: usize = 4096;

const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;

/// A record with a fatal alert ([RFC 8446 §6.2]).
///
/// [RFC 8446 §6.2]: https://www.rfc-editor.org/rfc/rfc8446#section-6.2
fn alert(description: u8) -> Vec<u8> {
    vec![21, 3, 3, 0, 2, 2, description]
}

/// Takes bytes as they come, until a ClientHello is whole.
#[derive(Debug, Default)]
pub(crate) struct HelloReader {
    /// Everything that was received, for rustls to read again.
    received: Vec<u8>,
    /// Up to where the records have been joined.
    joined: usize,
    /// The handshake message in them.
    message: Vec<u8>,
}

/// What has come so far.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Not enough.
    NeedMore,
    /// A whole hello.
    Hello(ClientHello),
    /// A letter: a method of HTTP, or a greeting of some other protocol.
    Plaintext,
    /// Something that is no hello, and the alert that says so.
    Refused(HelloError, Vec<u8>),
}

impl HelloReader {
    /// Where to put what is read.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        if self.received.capacity() == self.received.len() {
            self.received.reserve(READ_BYTES);
        }
        &mut self.received
    }

    /// Everything that was received.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.received
    }

    /// Looks at what came since the last time.
    pub(crate) fn advance(&mut self) -> Progress {
        // A TLS record begins with 22, an SSL 2.0 hello with 0x80: neither is a letter.
        if self.received.first().is_some_and(u8::is_ascii_alphabetic) {
            return Progress::Plaintext;
        }
        match self.join() {
            Ok(None) => Progress::NeedMore,
            Ok(Some(hello)) => Progress::Hello(hello),
            Err(error) => {
                let description = match error {
                    HelloError::NotHandshake(_) | HelloError::NotClientHello(_) => 10,
                    HelloError::Twice(_) => 47,
                    _ => 50,
                };
                Progress::Refused(error, alert(description))
            }
        }
    }

    /// Joins the records that are whole.
    fn join(&mut self) -> Result<Option<ClientHello>, HelloError> {
        loop {
            if let Some(hello) = self.hello()? {
                return Ok(Some(hello));
            }
            let rest = self.received.get(self.joined..).unwrap_or_default();
            if let Some(&kind) = rest.first()
                && kind != HANDSHAKE
            {
                return Err(HelloError::NotHandshake(kind));
            }
            let Some((&[_, _, _, high, low], content)) = rest.split_first_chunk() else {
                break;
            };
            let length = usize::from(u16::from_be_bytes([high, low]));
            if length == 0 || length > RECORD_BYTES_MAX {
                return Err(HelloError::RecordLength(length));
            }
            // Seen in the header, so that it does not depend on how much came at once, and nothing is kept beyond it.
            let end = self.joined + 5 + length;
            if end > RECORDS_BYTES_MAX {
                return Err(HelloError::TooLong {
                    length: end,
                    max: RECORDS_BYTES_MAX,
                });
            }
            let Some(content) = content.get(..length) else {
                break;
            };
            self.message.extend_from_slice(content);
            self.joined = end;
        }
        Ok(None)
    }

    fn hello(&self) -> Result<Option<ClientHello>, HelloError> {
        let Some(&kind) = self.message.first() else {
            return Ok(None);
        };
        if kind != CLIENT_HELLO {
            return Err(HelloError::NotClientHello(kind));
        }
        let Some((&[_, high, middle, low], body)) = self.message.split_first_chunk() else {
            return Ok(None);
        };
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        if length > HELLO_BYTES_MAX {
            return Err(HelloError::TooLong {
                length,
                max: HELLO_BYTES_MAX,
            });
        }
        // What comes behind it in the same record is for rustls to refuse.
        body.get(..length).map(parse).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(bytes: &[u8]) -> u8 {
        u8::try_from(bytes.len()).unwrap()
    }

    /// A hello with an SNI, in records of `size` bytes.
    fn records(size: usize) -> Vec<u8> {
        let name = b"Example.Test";
        let mut sni = vec![0, 0, 0, 17, 0, 15, 0, 0, 12];
        sni.extend_from_slice(name);
        let mut body = vec![3, 3];
        body.extend_from_slice(&[7; 32]);
        body.extend_from_slice(&[0, 0, 2, 0x13, 1, 1, 0, 0, short(&sni)]);
        body.extend_from_slice(&sni);
        let mut message = vec![1, 0, 0, short(&body)];
        message.extend_from_slice(&body);
        let mut records = Vec::new();
        for piece in message.chunks(size) {
            records.extend_from_slice(&[22, 3, 1, 0, short(piece)]);
            records.extend_from_slice(piece);
        }
        records
    }

    fn read(bytes: &[u8], piece: usize) -> (Progress, Vec<u8>) {
        let mut reader = HelloReader::default();
        for piece in bytes.chunks(piece) {
            reader.buffer().extend_from_slice(piece);
            let progress = reader.advance();
            if progress != Progress::NeedMore {
                return (progress, reader.into_bytes());
            }
        }
        (Progress::NeedMore, reader.into_bytes())
    }

    #[test]
    fn a_hello_is_the_same_however_it_is_cut_into_records_and_reads() {
        for record in [1, 2, 3, 50, 255] {
            let bytes = records(record);
            for piece in 1..=bytes.len() {
                let (progress, received) = read(&bytes, piece);
                let Progress::Hello(hello) = progress else {
                    panic!("{record} {piece}: {progress:?}");
                };
                assert_eq!(hello.server_name.as_deref(), Some("example.test"));
                assert_eq!(hello.extensions, [0]);
                assert_eq!(received, bytes, "nothing is lost");
            }
        }
    }

    #[test]
    fn a_hello_in_too_many_records_is_refused_however_it_is_read() {
        for (message, refused) in [(21_845, false), (21_846, true)] {
            let mut body = vec![0; message - 4];
            let [.., high, low] = body.len().to_be_bytes();
            body.splice(..0, [1, 0, high, low]);
            let records: Vec<u8> = body
                .iter()
                .flat_map(|&byte| [22, 3, 1, 0, 1, byte])
                .collect();
            for piece in [1, 4096, records.len()] {
                let (progress, _) = read(&records, piece);
                let Progress::Refused(error, _) = progress else {
                    panic!("{piece}: {progress:?}");
                };
                let too_long = HelloError::TooLong {
                    length: 131_076,
                    max: 131_070,
                };
                // The neighbour is refused for what is in it.
                assert_eq!(error == too_long, refused, "{piece}: {error}");
            }
        }
    }

    #[test]
    fn what_is_no_hello_is_refused_by_name() {
        use HelloError as E;
        for (bytes, expected) in [
            (&b"\x80\x2e\x01"[..], E::NotHandshake(0x80)),
            (b"\x17\x03\x03\x00\x01x", E::NotHandshake(0x17)),
            (b"\x16\x03\x01\x00\x00", E::RecordLength(0)),
            (b"\x16\x03\x01\x40\x01", E::RecordLength(16385)),
            (b"\x16\x03\x01\x00\x01\x02", E::NotClientHello(2)),
            (
                b"\x16\x03\x01\x00\x04\x01\x01\x00\x00",
                E::TooLong {
                    length: 65536,
                    max: 65535,
                },
            ),
            (
                b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
                E::Short("version"),
            ),
        ] {
            let (progress, _) = read(bytes, 1);
            let Progress::Refused(error, alert) = progress else {
                panic!("{bytes:?}: {progress:?}");
            };
            assert_eq!(error, expected);
            assert_eq!(alert.len(), 7);
        }
        for text in ["GET / HTTP/1.1\r\n", "SSH-2.0-x"] {
            assert_eq!(read(text.as_bytes(), 100).0, Progress::Plaintext);
        }
    }

    #[test]
    fn an_extension_that_comes_twice_is_refused() {
        let mut body = vec![3, 3];
        body.extend_from_slice(&[7; 32]);
        body.extend_from_slice(&[0, 0, 2, 0x13, 1, 1, 0, 0, 8, 0, 23, 0, 0, 0, 23, 0, 0]);
        assert_eq!(parse(&body), Err(HelloError::Twice(23)));
        body.truncate(body.len() - 4);
        body[2 + 32 + 1 + 4 + 2 + 1] = 4;
        assert_eq!(parse(&body).unwrap().extensions, [23]);
        body.push(0);
        assert_eq!(parse(&body), Err(HelloError::Trailing(1)));
    }
    #[test]
    fn a_list_that_ends_within_an_element_is_not_read_in_part() {
        for cut in [0, 1] {
            // `h2` and one more; X25519 and one more, with shares of one byte.
            let alpn = [0, 16, 0, 8 - cut, 0, 6 - cut, 2, b'h', b'2', 2, b'x', b'y'];
            let shares = [
                0,
                51,
                0,
                12 - cut,
                0,
                10 - cut,
                0,
                29,
                0,
                1,
                7,
                0,
                23,
                0,
                1,
                7,
            ];
            let (short, less) = (usize::from(cut), 2 * cut);
            let extensions = [&alpn[..12 - short], &shares[..16 - short]].concat();
            let mut body = vec![3, 3];
            body.extend_from_slice(&[7; 32]);
            body.extend_from_slice(&[0, 0, 2, 0x13, 1, 1, 0, 0, 28 - less]);
            body.extend_from_slice(&extensions);
            let hello = parse(&body).unwrap();
            let read = if cut == 0 { 2 } else { 0 };
            assert_eq!((hello.alpn.len(), hello.key_shares.len()), (read, read));
        }
    }
}
