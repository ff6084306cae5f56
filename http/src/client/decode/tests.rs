//! What other programs encoded, cut in every way.

use std::collections::VecDeque;
use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use data_encoding::BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::FutureExt;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body::{Body, Frame};
use http_body_util::BodyExt;

use super::*;
use crate::Error;
use crate::error::Kind;

/// gzip -9n.
const GZIP: &str = "H4sIAAAAAAACA22US04EUQhF566ilsDl8wB3Y6ImJh3b6MDt28XTHpg7PkWA8y51eXt/OeS4vh7yeHxcnt7ej+/r5/PXw+UEOEE2mjA9mWHlIt\
    CmEJog0E8IXSlOaAzt7AxC10m1QorV5sxUJcb61klDVoGN3CddDje2LeRPhVBRY6qj0LR6ZAEuZqw3xhfMysAmx1YWoVC2N7a0LCS1hq1NNHXR\
    +hGnWhVN+486jRUZdP7+fZbKoFmRe1ioPh195q2atH6HreyGWX8df45qBJtfx5/HgjnbX8eft7dRfzr+wsKU14+/yNTm/cff0ltq+fw7fCu66P\
    4m93ui/mwf6oKA+rfxV5AW+n42/mqpJX1/G383uW40Pzb+OkV4/mz8QXSZ0ABb7g/KAXoBVr8XZCH0hKz3X0Xc8/8N/gCC31BH5QQAAA==";

/// three members by Python's gzip, the second of them empty.
const GZIP_MEMBERS: &str = "H4sIAAAAAAACA23QQQrDMAxE0X1P4SNoJNuScptCUwiEpLSLXr/YobtZP4Skv2/HWqSczyJLee337Sjf8/343PYBGOCJJKbDDN07QZuDUAfBOh\
    DaXSrRNjU9vRHtQzWaBJv1eVOEGNsbQ5v0ADs5h/aKauxbyD+F0FCzVLZA0ukZC6hixnZj9oJZGNjluJK1plD2N65oHnBaDVc2Uddelx9Lq/CX\
    9AEAAB+LCAAAAAAAAgMDAAAAAAAAAAAAH4sIAAAAAAACA23RO27DMBBF0d6r4BLm/8luAjgBDBhSYBfevqVJlzy1lxQ5h+vn/nnb1mt/XJ+X+2\
    37Wpxr/14iVd78sf73mu7h6YF6Ty+v9AZd6OzKkUGEOk+3Fkm4X6aXHhmdL3p242p2dH+x6R6sZqj79LbWdNTj7K6ugvePn2dK4/PHL4TK8P3H\
    L8K74Pw6fsmSDP10/DKYGPrr+BVTE3w/Hb8K0YTvr+N34JoGml/Hr5MooZ+OH5OEksAf5O+CMj4+tGAEmU2dFI4whCxklv3H4A28tYKU8QIAAA\
    ==";

/// with a file name, by Python's gzip.
const GZIP_NAMED: &str = "H4sICAEAAAAC/2EgbmFtZQBtlEtOBFEIReeuopbA5fMAd2OiJiYd2+jA7dvF0x6YOz5FgPMudXl7fznkuL4e8nh8XJ7e3o/v6+fz18PlBDhBNp\
    owPZlh5SLQphCaINBPCF0pTmgM7ewMQtdJtUKK1ebMVCXG+tZJQ1aBjdwnXQ43ti3kT4VQUWOqo9C0emQBLmasN8YXzMrAJsdWFqFQtje2tCwk\
    tYatTTR10foRp1oVTfuPOo0VGXT+/n2WyqBZkXtYqD4dfeatmrR+h63shll/HX+OagSbX8efx4I521/Hn7e3UX86/sLClNePv8jU5v3H39Jbav\
    n8O3wruuj+Jvd7ov5sH+qCgPq38VeQFvp+Nv5qqSV9fxt/N7luND82/jpFeP5s/EF0mdAAW+4PygF6AVa/F2Qh9ISs919F3PP/Df4Agt9QR+UE\
    AAA=";

/// Python's zlib.
const DEFLATE_ZLIB: &str = "eNptlEtOBFEIReeuopbA5fMAd2OiJiYd2+jA7dvF0x6YOz5FgPMudXl7fznkuL4e8nh8XJ7e3o/v6+fz18PlBDhBNpowPZlh5SLQphCaINBPCF\
    0pTmgM7ewMQtdJtUKK1ebMVCXG+tZJQ1aBjdwnXQ43ti3kT4VQUWOqo9C0emQBLmasN8YXzMrAJsdWFqFQtje2tCwktYatTTR10foRp1oVTfuP\
    Oo0VGXT+/n2WyqBZkXtYqD4dfeatmrR+h63shll/HX+OagSbX8efx4I521/Hn7e3UX86/sLClNePv8jU5v3H39Jbavn8O3wruuj+Jvd7ov5sH+\
    qCgPq38VeQFvp+Nv5qqSV9fxt/N7luND82/jpFeP5s/EF0mdAAW+4PygF6AVa/F2Qh9ISs919F3PP/Df4AuXR1hQ==";

/// Python's zlib, without its head and checksum.
const DEFLATE_BARE: &str = "bZRLTgRRCEXnrqKWwOXzAHdjoiYmHdvowO3bxdMemDs+RYDzLnV5e3855Li+HvJ4fFye3t6P7+vn89fD5QQ4QTaaMD2ZYeUi0KYQmiDQTwhdKU\
    5oDO3sDELXSbVCitXmzFQlxvrWSUNWgY3cJ10ON7Yt5E+FUFFjqqPQtHpkAS5mrDfGF8zKwCbHVhahULY3trQsJLWGrU00ddH6EadaFU37jzqN\
    FRl0/v59lsqgWZF7WKg+HX3mrZq0foet7IZZfx1/jmoEm1/Hn8eCOdtfx5+3t1F/Ov7CwpTXj7/I1Ob9x9/SW2r5/Dt8K7ro/ib3e6L+bB/qgo\
    D6t/FXkBb6fjb+aqklfX8bfze5bjQ/Nv46RXj+bPxBdJnQAFvuD8oBegFWvxdkIfSErPdfRdzz/w3+AA==";

/// Node's brotliCompressSync.
const BR: &str = "G+QEAIzUVnfiTOeGM9WHCCIyngpmb9A/3vwdyABjHx5Y4SArjbgBDjAMP8HOiHukd/TINttfhwffGf/H7RgxNMOvlM3Mn3g5US+cMFviXLBwr2\
    mcU/OMt4nSexDzlHGPl6pbrnoR61gCFcr6sc1UyYV0kJSeSFbaw1ks85g4ZweTuSVy3nPJkz7HR9vzm5+XE5ZAQLmdSRn5NOlFdvlKk5U+ahfL\
    bhXnrGXNLpHJ1MyzN3jbo+rcl97CnZrvEMkcQSP5iMJIvhulSJZeHeo3QFCVmBMGqhJvSUJVcmUI2jjYfQM=";

/// zstd -19.
const ZSTD: &str = "KLUv/QRo/QgAhhMsFbBpOXjReMQSJVEhUiaZZEpSL5mLAS8AIQAiAFMzmjCtQdQLhYnj18sSH0527p3Pylp9AAwDCwkNBwQDgQOFQ0AcChIOcS\
    BAMDgIZbB8MtXG95i2MhH54RncR9842ttK7daGbFzVyLWIVWUS5x6tU3mmOCUUHOJc/H2yrod+S8oU6cYinFc0KafOEk+WBBcJrhqubNRNKPZG\
    h7Gp/4iXK1PxSrp6OdSOo2JELzZfIxZPqCFAU0CU6v0OcJUkqQMRgKWQEGFFqO4Bh8fcKJ5d8OyJ8XeJGybekWUuVIjH8dqf1L3Dh+iB0KJgQB\
    w6wCmGn3SoyCnB2aq9aRui6pmeIaq/OXCBxLJTh8ZUlZdXUChwJVgByIuP4m+MxCqv2KTu";

/// zstd --no-check, a skippable frame, zstd.
const ZSTD_FRAMES: &str = "KLUv/QBYTQUAYsgXGKAlaQMAtce2Q7sm+/8lLSVXdm9uftBqBcNlvci33uVCtE3NbDM6u9aKS+S18+WmNQnVRqr2U0KtxO/XePQsn1++5dNW6/\
    0Ux3gIg5QAwKBwBIxBBIUwA01xDA1hkBIeADo7iJz9hLPD3RtVm8VYzyicWUH8gQrYG8Rry7bBsv86LAKDLBBckAWCC7JAcEEWCG5QWSC4XmWB\
    4IJUEDCg8oFA/JP5BFAqTRgDAAAAYWJjKLUv/QRYRQYAwosdGJAnaQOwWJH2HGN9Zl7jlrRp0x6zfz04AXciGbbiElmSZMKOtEbYi/xaJfN675\
    TVckKrKayXH15q56ojkym7+f2p6/J7dCYqy0TzjNS6T23uM0cUqRcrc77ZrnyXLYBns5lRUBjnICgGAgBh4KCQMIpBgDAYAS0gkDPSDkdtaK8R\
    ahFuETUIlwg14b5qGYUFQUu4aAk3rQh36DUsPOA1LDbUx4EYUB0BG+oLBFrCTUu4ZNlLq3BpCTcZFs+6Lq0sXIwEPQHBk1hq";

/// 8 MiB of zeros by Node's brotliCompressSync.
const BR_ZEROS: &str = "m///f/gnAOKxQCD3/g8=";

/// Every vector, and what to call it.
const VECTORS: [(&str, &str); 8] = [
    ("gzip", GZIP),
    ("gzip", GZIP_MEMBERS),
    ("x-gzip", GZIP_NAMED),
    ("deflate", DEFLATE_ZLIB),
    ("deflate", DEFLATE_BARE),
    ("br", BR),
    ("zstd", ZSTD),
    ("zstd", ZSTD_FRAMES),
];

/// What is in all of them.
fn text() -> Vec<u8> {
    let lines = (0..40).map(|n| format!("line {n} of {}: plain words\n", n * n * 7919));
    lines.collect::<String>().into_bytes()
}

fn bytes(vector: &str) -> Bytes {
    BASE64.decode(vector.as_bytes()).unwrap().into()
}

/// Content whose pieces are all there.
#[derive(Debug, Default)]
struct Pieces(VecDeque<Result<Frame<Bytes>, Error>>);

impl Pieces {
    fn new<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let pieces = pieces.into_iter().map(Bytes::copy_from_slice);
        Self(pieces.map(|piece| Ok(Frame::data(piece))).collect())
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Ready(self.0.pop_front())
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }
}

fn decoded<B>(codings: &str, rules: &Decoding, content: B) -> Decoded<B> {
    let mut fields = HeaderMap::new();
    fields.insert(CONTENT_ENCODING, codings.parse().unwrap());
    let codings = take_codings(rules, &Method::GET, StatusCode::OK, &mut fields).unwrap();
    assert!(!codings.is_empty(), "the coding is known");
    Decoded::new(content, &codings, rules)
}

/// What comes out, all of it or up to an error.
fn read(mut body: Decoded<Pieces>) -> (Vec<u8>, Option<ContentCodingError>) {
    let mut read = Vec::new();
    loop {
        match body.frame().now_or_never().expect("all is there") {
            None => return (read, None),
            Some(Ok(frame)) => read.extend_from_slice(&frame.into_data().unwrap()),
            Some(Err(error)) => {
                let end = body.frame().now_or_never().unwrap();
                assert!(end.is_none(), "nothing comes behind an error");
                return (read, Some(error.content_coding().unwrap().clone()));
            }
        }
    }
}

fn decode<'a>(
    coding: &str,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<u8>, Option<ContentCodingError>) {
    read(decoded(coding, &Decoding::default(), Pieces::new(pieces)))
}

#[test]
fn what_others_encoded_is_decoded_at_every_split() {
    for (coding, vector) in VECTORS {
        let vector = bytes(vector);
        assert_eq!(decode(coding, [&vector[..]]), (text(), None), "{coding}");
        assert_eq!(decode(coding, vector.chunks(1)), (text(), None), "{coding}");
        for at in 0..vector.len() {
            let (one, two) = vector.split_at(at);
            assert_eq!(decode(coding, [one, two]), (text(), None), "{coding} {at}");
        }
    }
}

#[test]
fn content_cut_anywhere_is_truncated() {
    for (coding, vector) in [
        ("gzip", GZIP),
        ("gzip", GZIP_NAMED),
        ("deflate", DEFLATE_ZLIB),
        ("deflate", DEFLATE_BARE),
        ("br", BR),
        ("zstd", ZSTD),
    ] {
        let vector = bytes(vector);
        for length in 1..vector.len() {
            let (read, error) = decode(coding, [&vector[..length]]);
            assert!(text().starts_with(&read));
            assert_eq!(
                error,
                Some(ContentCodingError::Truncated { coding }),
                "{length}"
            );
        }
    }
}

#[test]
fn no_content_is_fine_under_any_coding() {
    for coding in ["gzip", "deflate", "br", "zstd", "gzip, br"] {
        assert_eq!(decode(coding, []), (Vec::new(), None), "{coding}");
        assert_eq!(decode(coding, [&b""[..]]), (Vec::new(), None), "{coding}");
        let empty = decoded(coding, &Decoding::default(), Pieces::default());
        assert!(empty.is_end_stream());
    }
}

#[test]
fn what_comes_behind_the_end_is_refused() {
    for (coding, vector) in VECTORS {
        let vector = bytes(vector);
        for behind in [&b"\0"[..], b"garbage", b"\x1e\x8b\x08\0\0\0\0\0\0\0"] {
            let coding = if coding == "x-gzip" { "gzip" } else { coding };
            let expected = Some(ContentCodingError::Trailing { coding });
            let joined = [&vector[..], behind].concat();
            assert_eq!(decode(coding, [&joined[..]]).1, expected, "{coding}");
            assert_eq!(
                decode(coding, [&vector[..], behind]).1,
                expected,
                "{coding}"
            );
            assert_eq!(decode(coding, joined.chunks(1)).1, expected, "{coding}");
        }
    }
}

#[test]
fn members_and_frames_may_follow_and_other_codings_are_once() {
    for (coding, vector, expected) in [
        ("gzip", GZIP, None),
        ("zstd", ZSTD, None),
        (
            "br",
            BR,
            Some(ContentCodingError::Trailing { coding: "br" }),
        ),
        (
            "deflate",
            DEFLATE_ZLIB,
            Some(ContentCodingError::Trailing { coding: "deflate" }),
        ),
    ] {
        let twice = bytes(vector).repeat(2);
        let (read, error) = decode(coding, [&twice[..]]);
        assert_eq!(error, expected);
        if error.is_none() {
            assert_eq!(read, text().repeat(2));
        }
    }
}

#[test]
fn a_changed_byte_is_noticed_where_there_is_a_checksum() {
    for (coding, vector) in VECTORS {
        let vector = bytes(vector);
        for at in 0..vector.len() {
            let mut changed = vector.to_vec();
            changed[at] ^= 0x10;
            let (read, error) = decode(coding, [&changed[..]]);
            // A bare deflate and br have none: for those it is enough to come to an end.
            let has_checksum = ![DEFLATE_BARE, BR, ZSTD_FRAMES].map(bytes).contains(&vector);
            if has_checksum && error.is_none() {
                // The time in the head of a gzip member, for example.
                assert_eq!(read, text(), "{coding} {at}");
            }
        }
    }
}

#[test]
fn a_changed_byte_has_the_same_outcome_at_every_split() {
    for (coding, vector) in VECTORS {
        let vector = bytes(vector);
        for (at, bit) in (0..vector.len()).flat_map(|at| [0x01, 0x20, 0xff].map(|bit| (at, bit))) {
            let mut changed = vector.to_vec();
            changed[at] ^= bit;
            let (content, error) = decode(coding, [&changed[..]]);
            for length in [1, 7, 100] {
                let (other, other_error) = decode(coding, changed.chunks(length));
                assert_eq!(error, other_error, "{coding} {at} {length}");
                if error.is_none() {
                    assert_eq!(content, other, "{coding} {at} {length}");
                }
            }
        }
    }
}

#[test]
fn several_codings_are_taken_off_in_reverse() {
    let vector = bytes(BR);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&vector).unwrap();
    let both = gzip.finish().unwrap();
    assert_eq!(decode("br, gzip", [&both[..]]), (text(), None));
    assert_eq!(decode("br, gzip", both.chunks(1)), (text(), None));
    assert_eq!(
        decode("br, gzip", [&both[..both.len() - 1]]).1,
        Some(ContentCodingError::Truncated { coding: "gzip" })
    );
    assert!(decode("gzip, br", [&both[..]]).1.is_some());
}

/// Content that is one thing over and over.
fn bombs() -> [(&'static str, Bytes); 4] {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..8 {
        gzip.write_all(&[0; 1 << 20]).unwrap();
    }
    let gzip = gzip.finish().unwrap();
    let mut again = GzEncoder::new(Vec::new(), Compression::best());
    again.write_all(&gzip).unwrap();
    // A frame whose window is 1 KiB, and blocks of one byte each 1000 times (RFC 8878 §3.1.1.2).
    let mut zstd = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0];
    for is_last in (0..8_389).map(|n| u8::from(n == 8_388)) {
        zstd.extend_from_slice(&[is_last | 2 | 0x40, 0x1f, 0, b'x']);
    }
    [
        ("gzip", gzip.into()),
        ("gzip, gzip", again.finish().unwrap().into()),
        ("br", bytes(BR_ZEROS)),
        ("zstd", zstd.into()),
    ]
}

#[test]
fn a_bomb_stops_at_the_ratio() {
    for (coding, bomb) in bombs() {
        let rules = Decoding::default();
        // What the ratio is of is what has come so far, not what is announced.
        let body = decoded(coding, &rules, Pieces::new(bomb.chunks(1000)));
        let (read, error) = read(body);
        assert_eq!(
            error,
            Some(ContentCodingError::RatioTooHigh { limit: 200 }),
            "{coding}"
        );
        let allowed = (bomb.len() * 200).max(1 << 20);
        assert!(read.len() <= allowed, "{coding}");
    }
}

#[test]
fn a_bomb_stops_at_the_length() {
    for (coding, bomb) in bombs() {
        let rules = Decoding {
            bytes_max: Some(3 << 20),
            ratio_max: None,
            ..Decoding::default()
        };
        let (read, error) = read(decoded(coding, &rules, Pieces::new([&bomb[..]])));
        assert_eq!(
            error,
            Some(ContentCodingError::TooLarge { limit: 3 << 20 }),
            "{coding}"
        );
        assert!(read.len() <= 3 << 20, "{coding}");
        assert!(read.len() >= (3 << 20) - stage::PIECE_BYTES_MAX, "{coding}");
    }
}

#[test]
fn without_bounds_a_bomb_comes_in_small_pieces() {
    for (coding, bomb) in bombs() {
        let rules = Decoding {
            ratio_max: None,
            ..Decoding::default()
        };
        let mut body = decoded(coding, &rules, Pieces::new([&bomb[..]]));
        let mut length = 0;
        while let Some(frame) = body.frame().now_or_never().unwrap() {
            let piece = frame.unwrap().into_data().unwrap();
            assert!(piece.len() <= stage::PIECE_BYTES_MAX);
            length += piece.len();
        }
        assert!(length >= 8 << 20, "{coding}: {length}");
    }
}

#[test]
fn content_is_taken_when_the_last_piece_is_used_up() {
    let mut zeros = GzEncoder::new(Vec::new(), Compression::best());
    zeros.write_all(&vec![0; 200_000]).unwrap();
    let zeros = zeros.finish().unwrap();
    let pieces = Pieces::new([&zeros[..], &bytes(GZIP)[..]]);
    let mut body = decoded("gzip", &Decoding::default(), pieces);
    let mut length = 0;
    while length < 200_000 {
        let frame = body.frame().now_or_never().unwrap().unwrap().unwrap();
        length += frame.into_data().unwrap().len();
        assert_eq!(body.content_mut().0.len(), 1);
    }
    assert_eq!(read(body), (text(), None));
}

#[test]
fn what_was_flushed_comes_at_once() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(b"data: 1\n\n").unwrap();
    gzip.flush().unwrap();
    let mut zstd = zstd_safe::CCtx::create();
    let mut event = [0; 100];
    let mut out = zstd_safe::OutBuffer::around(&mut event[..]);
    let mut data = zstd_safe::InBuffer::around(b"data: 1\n\n");
    zstd.compress_stream(&mut out, &mut data).unwrap();
    zstd.flush_stream(&mut out).unwrap();
    for (coding, event) in [("gzip", &gzip.get_ref()[..]), ("zstd", out.as_slice())] {
        let mut body = decoded(coding, &Decoding::default(), Pieces::new([event]));
        let frame = body.frame().now_or_never().unwrap().unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "data: 1\n\n", "{coding}");
    }
}

#[test]
fn zstd_with_a_window_above_8_mib_is_refused() {
    // Window_Descriptor: exponent 14 is 16 MiB, 13 is 8 MiB (RFC 8878 §3.1.1.1.2); then an empty last block.
    let frame = |exponent: u8| [0x28, 0xb5, 0x2f, 0xfd, 0, exponent << 3, 1, 0, 0];
    let too_large = ContentCodingError::WindowTooLarge { coding: "zstd" };
    assert_eq!(decode("zstd", [&frame(14)[..]]).1, Some(too_large));
    assert_eq!(decode("zstd", [&frame(13)[..]]).1, None);
    // The same with 256 bytes of content, announced: libzstd could do without the window if all is there at once.
    let short = |exponent: u8| {
        [
            0x28,
            0xb5,
            0x2f,
            0xfd,
            0x40,
            exponent << 3,
            0,
            0,
            3,
            8,
            0,
            b'x',
        ]
    };
    for (exponent, error) in [
        (
            14,
            Some(ContentCodingError::WindowTooLarge { coding: "zstd" }),
        ),
        (13, None),
    ] {
        let frame = short(exponent);
        assert_eq!(decode("zstd", [&frame[..]]).1, error);
        assert_eq!(decode("zstd", frame.chunks(1)).1, error);
    }
}

#[test]
fn trailers_and_errors_pass() {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", HeaderValue::from_static("1"));
    let mut pieces = Pieces::new([&bytes(GZIP)[..]]);
    pieces.0.push_back(Ok(Frame::trailers(trailers.clone())));
    let body = decoded("gzip", &Decoding::default(), pieces);
    let whole = body.collect().now_or_never().unwrap().unwrap();
    assert_eq!(whole.trailers(), Some(&trailers));
    assert_eq!(whole.to_bytes(), text());

    // Trailers are no excuse for content that is cut short.
    let mut pieces = Pieces::new([&bytes(GZIP)[..100]]);
    pieces.0.push_back(Ok(Frame::trailers(trailers)));
    assert!(
        read(decoded("gzip", &Decoding::default(), pieces))
            .1
            .is_some()
    );

    let mut pieces = Pieces::new([&bytes(GZIP)[..100]]);
    pieces.0.push_back(Err(Kind::Closed.into()));
    let body = decoded("gzip", &Decoding::default(), pieces);
    let error = body.collect().now_or_never().unwrap().unwrap_err();
    assert!(error.content_coding().is_none());
}

#[test]
fn content_without_a_coding_passes_as_it_is() {
    let rules = Decoding {
        bytes_max: Some(1),
        ..Decoding::default()
    };
    let body = Decoded::new(Pieces::new([&b"ab"[..]]), &[], &rules);
    assert_eq!(read(body), (b"ab".to_vec(), None));
}

#[track_caller]
fn check_fields(
    lines: &[&'static str],
    status: StatusCode,
    expected: Result<usize, ContentCodingError>,
) {
    let mut fields = HeaderMap::new();
    fields.insert(CONTENT_LENGTH, HeaderValue::from_static("5"));
    for line in lines {
        fields.append(CONTENT_ENCODING, HeaderValue::from_static(line));
    }
    let before = fields.clone();
    let codings = take_codings(&Decoding::default(), &Method::GET, status, &mut fields);
    let found = codings.map(|codings| codings.len());
    assert_eq!(found, expected, "{lines:?}");
    if found == Ok(0) || found.is_err() {
        assert_eq!(fields, before, "{lines:?}");
    } else {
        assert!(fields.is_empty(), "{lines:?}");
    }
}

#[test]
fn fields_go_with_the_codings_that_are_taken_off() {
    let ok = StatusCode::OK;
    check_fields(&[], ok, Ok(0));
    check_fields(&["gzip"], ok, Ok(1));
    check_fields(&["GZip"], ok, Ok(1));
    check_fields(&["gzip,br"], ok, Ok(2));
    check_fields(&["gzip", "br , zstd"], ok, Ok(3));
    check_fields(&["gzip, identity,"], ok, Ok(1));
    check_fields(&["identity"], ok, Ok(0));
    check_fields(&["compress"], ok, Ok(0));
    check_fields(&["compress, gzip"], ok, Ok(0));
    check_fields(&["gzip, gzip, gzip"], ok, Ok(3));
    let too_many = ContentCodingError::TooManyCodings { limit: 3 };
    check_fields(&["gzip, gzip, gzip, gzip"], ok, Err(too_many));
    check_fields(&["gzip"], StatusCode::NOT_FOUND, Ok(1));
    check_fields(&["gzip"], StatusCode::NO_CONTENT, Ok(0));
    check_fields(&["gzip"], StatusCode::NOT_MODIFIED, Ok(0));
    check_fields(&["gzip"], StatusCode::PARTIAL_CONTENT, Ok(0));
}

#[test]
fn the_fields_of_a_response_to_head_stay() {
    let mut fields = HeaderMap::new();
    fields.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let rules = Decoding::default();
    let codings = take_codings(&rules, &Method::HEAD, StatusCode::OK, &mut fields).unwrap();
    assert!(codings.is_empty());
    assert_eq!(fields.len(), 1);
}

#[test]
fn all_that_was_compiled_in_is_asked_for_but_deflate() {
    assert_eq!(accept_encoding().unwrap(), "zstd, br, gzip");
}
