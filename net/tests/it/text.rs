//! Bytes become text, the same text at every split.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use proptest::prelude::*;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf, duplex};
use wharf_net::text::{Bom, Decoder, Encoding, OnInvalid, TextError, TextOptions, TextStream};

const STRICT: TextOptions = TextOptions {
    encoding: Encoding::UTF_8,
    on_invalid: OnInvalid::Strict,
    bom: Bom::Strip,
};
const LOSSY: TextOptions = TextOptions {
    on_invalid: OnInvalid::Lossy,
    ..STRICT
};
const STRICT_KEEP: TextOptions = TextOptions {
    bom: Bom::Keep,
    ..STRICT
};
const LOSSY_KEEP: TextOptions = TextOptions {
    bom: Bom::Keep,
    ..LOSSY
};

/// All text that was delivered, and how it ended.
type Outcome = (String, Result<(), TextError>);

fn run<'a>(options: &TextOptions, chunks: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut decoder = Decoder::new(options);
    let mut text = String::new();
    for chunk in chunks {
        if let Err(error) = decoder.decode(chunk, &mut text) {
            return (text, Err(error));
        }
    }
    let end = decoder.finish(&mut text);
    (text, end)
}

/// Cuts at each of the places, which may repeat and may lie past the end: then chunks are empty.
fn cut<'a>(bytes: &'a [u8], places: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = places
        .iter()
        .map(|place| place % (bytes.len() + 1))
        .collect();
    places.sort_unstable();
    places.push(bytes.len());
    let mut from = 0;
    let mut chunks = Vec::new();
    for place in places {
        chunks.push(&bytes[from..place]);
        from = place;
    }
    chunks
}

/// The outcome of the bytes as one piece, after comparing it with that of every pair of cuts and of single bytes.
#[track_caller]
fn at_every_split(options: &TextOptions, bytes: &[u8]) -> Outcome {
    let whole = run(options, [bytes]);
    assert_eq!(run(options, bytes.chunks(1)), whole, "byte by byte");
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            let chunks = [&bytes[..first], &bytes[first..second], &bytes[second..]];
            assert_eq!(run(options, chunks), whole, "cut at {first} and {second}");
        }
    }
    whole
}

#[track_caller]
fn check(options: &TextOptions, bytes: &[u8], text: &str, end: Result<(), TextError>) {
    assert_eq!(at_every_split(options, bytes), (text.to_owned(), end));
}

fn invalid(offset: u64, bytes: &[u8]) -> Result<(), TextError> {
    Err(TextError::Invalid {
        encoding: Encoding::UTF_8,
        offset,
        bytes: bytes.to_vec(),
    })
}

fn incomplete(offset: u64, bytes: &[u8]) -> Result<(), TextError> {
    Err(TextError::Incomplete {
        encoding: Encoding::UTF_8,
        offset,
        bytes: bytes.to_vec(),
    })
}

#[test]
fn characters_of_every_length_survive_every_split() {
    for text in [
        "",
        "a",
        "plain",
        "é",
        "€",
        "😀",
        "aé€😀z",
        "\0",
        "\u{10FFFF}",
        "👩‍👩‍👧",
    ] {
        check(&STRICT, text.as_bytes(), text, Ok(()));
        check(&LOSSY, text.as_bytes(), text, Ok(()));
    }
}

#[test]
fn a_strict_error_says_where_and_what() {
    check(&STRICT, b"\xFF", "", invalid(0, b"\xFF"));
    check(&STRICT, b"ab\x80cd", "ab", invalid(2, b"\x80"));
    // The maximal subpart: the beginning of a character that something else follows.
    check(&STRICT, b"ab\xE2\x82cd", "ab", invalid(2, b"\xE2\x82"));
    check(
        &STRICT,
        b"\xC3\xA9\xF0\x9F\x98\xC3\xA9",
        "é",
        invalid(2, b"\xF0\x9F\x98"),
    );
    check(&STRICT, b"\xE2\x82\xE2\x82", "", invalid(0, b"\xE2\x82"));
    // Overlong, a surrogate, past U+10FFFF: no beginning of anything.
    check(&STRICT, b"a\xC0\xAF", "a", invalid(1, b"\xC0"));
    check(&STRICT, b"a\xE0\x80\xAF", "a", invalid(1, b"\xE0"));
    check(&STRICT, b"a\xED\xA0\x80", "a", invalid(1, b"\xED"));
    check(&STRICT, b"a\xF4\x90\x80\x80", "a", invalid(1, b"\xF4"));
}

#[test]
fn an_end_inside_a_character_is_an_error_or_one_replacement() {
    for bytes in [
        &b"\xC3"[..],
        b"\xE2",
        b"\xE2\x82",
        b"\xF0",
        b"\xF0\x9F",
        b"\xF0\x9F\x98",
    ] {
        check(
            &STRICT,
            &[b"ab", bytes].concat(),
            "ab",
            incomplete(2, bytes),
        );
        check(&LOSSY, &[b"ab", bytes].concat(), "ab\u{FFFD}", Ok(()));
    }
}

#[test]
fn lossy_replaces_each_maximal_subpart() {
    check(&LOSSY, b"a\xFF\xFEb", "a\u{FFFD}\u{FFFD}b", Ok(()));
    check(&LOSSY, b"\xE2\x82\xE2\x82\xAC", "\u{FFFD}€", Ok(()));
    check(&LOSSY, b"\xF0\x9F\x98a\x80", "\u{FFFD}a\u{FFFD}", Ok(()));
    // A surrogate in UTF-8 is three invalid bytes.
    check(&LOSSY, b"\xED\xA0\x80", "\u{FFFD}\u{FFFD}\u{FFFD}", Ok(()));
}

#[test]
fn a_byte_order_mark_at_the_start_is_stripped_or_kept() {
    check(&STRICT, b"\xEF\xBB\xBFab", "ab", Ok(()));
    check(&STRICT, b"\xEF\xBB\xBF", "", Ok(()));
    check(&STRICT_KEEP, b"\xEF\xBB\xBFab", "\u{FEFF}ab", Ok(()));
    // Only the first, and only at the start.
    check(&STRICT, b"\xEF\xBB\xBF\xEF\xBB\xBFa", "\u{FEFF}a", Ok(()));
    check(&STRICT, b"a\xEF\xBB\xBFb", "a\u{FEFF}b", Ok(()));
    check(&LOSSY, b"\xFF\xEF\xBB\xBF", "\u{FFFD}\u{FEFF}", Ok(()));
    // Its bytes count.
    check(&STRICT, b"\xEF\xBB\xBFa\xFF", "a", invalid(4, b"\xFF"));
}

#[test]
fn sniffing_strips_the_mark_of_utf_8_too() {
    let sniff = TextOptions {
        bom: Bom::Sniff,
        ..STRICT
    };
    check(&sniff, b"\xEF\xBB\xBFab", "ab", Ok(()));
    check(&sniff, b"ab", "ab", Ok(()));
    check(&sniff, b"\xEF\xBB", "", incomplete(0, b"\xEF\xBB"));
}

#[test]
fn half_a_byte_order_mark_is_half_a_character() {
    check(&STRICT, b"\xEF\xBB", "", incomplete(0, b"\xEF\xBB"));
    check(&LOSSY, b"\xEF\xBB", "\u{FFFD}", Ok(()));
    check(&STRICT, b"\xEF\xBBa", "", invalid(0, b"\xEF\xBB"));
    check(&LOSSY, b"\xEFa\xBB", "\u{FFFD}a\u{FFFD}", Ok(()));
    check(&STRICT, b"\xEF\xBB\xBEa", "\u{FEFE}a", Ok(()));
}

#[test]
fn an_error_stays_and_nothing_more_is_delivered() {
    let mut decoder = Decoder::default();
    let mut text = String::new();
    let error = decoder.decode(b"ab\xFFcd", &mut text).unwrap_err();
    assert_eq!(decoder.decode(b"ef", &mut text), Err(error.clone()));
    assert_eq!(decoder.decode(b"", &mut text), Err(error.clone()));
    assert_eq!(decoder.finish(&mut text), Err(error.clone()));
    assert_eq!(decoder.finish(&mut text), Err(error));
    assert_eq!(text, "ab");
}

#[test]
fn a_finished_decoder_starts_another_text() {
    let mut decoder = Decoder::default();
    let mut text = String::new();
    for _ in 0..2 {
        decoder.decode(b"\xEF\xBB\xBFab", &mut text).unwrap();
        decoder.finish(&mut text).unwrap();
    }
    assert_eq!(text, "abab");
    let error = decoder.decode(b"c\xFF", &mut text);
    assert_eq!(error, invalid(1, b"\xFF"));
}

#[test]
fn text_is_appended_as_soon_as_it_is_complete() {
    let mut decoder = Decoder::default();
    let mut text = String::from("before ");
    decoder.decode(b"a\xF0\x9F", &mut text).unwrap();
    assert_eq!(text, "before a");
    decoder.decode(b"\x98", &mut text).unwrap();
    assert_eq!(text, "before a");
    decoder.decode(b"\x80", &mut text).unwrap();
    assert_eq!(text, "before a😀");
}

#[test]
fn errors_print_escaped_bytes() {
    let (_, error) = run(&STRICT, [&b"\xE2\x82\""[..]]);
    assert_eq!(
        error.unwrap_err().to_string(),
        r"invalid UTF-8 at byte 0: \xe2\x82"
    );
    let (_, error) = run(&STRICT, [&b"a\xF0\x9F"[..]]);
    assert_eq!(
        error.unwrap_err().to_string(),
        r"incomplete UTF-8 at the end, from byte 1: \xf0\x9f"
    );
}

#[test]
fn the_labels_of_utf_8_are_known_and_unknown_ones_are_not() {
    for label in ["utf8", "UTF-8", "\t utf-8\n", "unicode-1-1-utf-8"] {
        assert_eq!(Encoding::for_label(label), Some(Encoding::UTF_8), "{label}");
    }
    for label in ["", "utf", "utf-7", "utf-32", "hz-gb-2312", "\u{A0}utf-8"] {
        assert_eq!(Encoding::for_label(label), None, "{label}");
    }
}

/// Bytes in which what is invalid is likely, and likely in interesting places.
fn hostile_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        any::<char>().prop_map(|character| character.to_string().into_bytes()),
        any::<char>().prop_map(|character| {
            let mut bytes = character.to_string().into_bytes();
            bytes.pop();
            bytes
        }),
        proptest::collection::vec(any::<u8>(), 0..4),
        proptest::collection::vec(0x80..=0xFF_u8, 0..6),
        Just(b"\xEF\xBB\xBF".to_vec()),
        "[ -~]{0,20}".prop_map(String::into_bytes),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn places() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(any::<usize>(), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_text_is_the_same_at_any_split(text in any::<String>(), places in places()) {
        let chunks = cut(text.as_bytes(), &places);
        prop_assert_eq!(run(&STRICT_KEEP, chunks), (text, Ok(())));
    }

    #[test]
    fn lossy_is_what_the_standard_library_makes_of_the_whole(
        bytes in hostile_bytes(),
        places in places(),
    ) {
        let expected = String::from_utf8_lossy(&bytes).into_owned();
        let stripped = expected.strip_prefix('\u{FEFF}').unwrap_or(&expected).to_owned();
        prop_assert_eq!(run(&LOSSY_KEEP, cut(&bytes, &places)), (expected, Ok(())));
        prop_assert_eq!(run(&LOSSY, cut(&bytes, &places)), (stripped, Ok(())));
    }

    #[test]
    fn strict_stops_where_the_standard_library_does(
        bytes in hostile_bytes(),
        places in places(),
    ) {
        let (text, end) = run(&STRICT_KEEP, cut(&bytes, &places));
        match std::str::from_utf8(&bytes) {
            Ok(whole) => {
                prop_assert_eq!(text, whole);
                prop_assert_eq!(end, Ok(()));
            }
            Err(error) => {
                let at = error.valid_up_to();
                prop_assert_eq!(text.as_bytes(), &bytes[..at]);
                let expected = match error.error_len() {
                    Some(len) => invalid(at as u64, &bytes[at..at + len]),
                    None => incomplete(at as u64, &bytes[at..]),
                };
                prop_assert_eq!(end, expected);
            }
        }
    }
}

/// A reader that gives one byte at a time, and is pending before each.
struct Trickle<'a> {
    bytes: &'a [u8],
    ready: bool,
}

impl<'a> Trickle<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            ready: false,
        }
    }
}

impl AsyncRead for Trickle<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.ready = !self.ready;
        if self.ready {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some((first, rest)) = self.bytes.split_first() {
            buf.put_slice(&[*first]);
            self.bytes = rest;
        }
        Poll::Ready(Ok(()))
    }
}

#[track_caller]
fn text_error(error: &io::Error) -> &TextError {
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    error.get_ref().unwrap().downcast_ref().unwrap()
}

#[tokio::test]
async fn a_stream_that_trickles_gives_whole_characters_and_no_empty_text() {
    let mut stream = TextStream::new(Trickle::new("aé€😀".as_bytes()), Decoder::default());
    for expected in ["a", "é", "€", "😀"] {
        assert_eq!(stream.next().await.unwrap(), Some(expected));
    }
    for _ in 0..3 {
        assert_eq!(stream.next().await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_stream_over_a_pipe_gives_all_of_a_long_text() {
    let sent = "0123456789 aé€😀\n".repeat(20_000);
    let bytes = sent.clone().into_bytes();
    let (near, mut far) = duplex(4093);
    let writer = tokio::spawn(async move { far.write_all(&bytes).await });
    for chunk_bytes in [0, 1, 7] {
        let mut stream =
            TextStream::with_chunk_bytes("aé€😀".as_bytes(), Decoder::default(), chunk_bytes);
        let mut received = String::new();
        while let Some(text) = stream.next().await.unwrap() {
            received.push_str(text);
        }
        assert_eq!(received, "aé€😀");
    }
    let mut stream = TextStream::new(near, Decoder::default());
    let mut received = String::new();
    while let Some(text) = stream.next().await.unwrap() {
        assert!(!text.is_empty());
        received.push_str(text);
    }
    writer.await.unwrap().unwrap();
    assert_eq!(received, sent);
}

#[tokio::test]
async fn a_stream_hands_out_the_text_before_an_error_and_then_the_error_for_good() {
    let mut stream = TextStream::new(&b"ab\xFFcd"[..], Decoder::default());
    assert_eq!(stream.next().await.unwrap(), Some("ab"));
    for _ in 0..2 {
        let error = stream.next().await.unwrap_err();
        assert_eq!(Err(text_error(&error).clone()), invalid(2, b"\xFF"));
    }
}

#[tokio::test]
async fn a_stream_that_ends_inside_a_character_is_an_error_for_good() {
    let mut stream = TextStream::new(&b"ab\xE2\x82"[..], Decoder::default());
    assert_eq!(stream.next().await.unwrap(), Some("ab"));
    for _ in 0..2 {
        let error = stream.next().await.unwrap_err();
        assert_eq!(Err(text_error(&error).clone()), incomplete(2, b"\xE2\x82"));
    }
}

#[tokio::test]
async fn a_lossy_stream_ends_with_a_replacement() {
    let mut stream = TextStream::new(&b"ab\xE2\x82"[..], Decoder::new(&LOSSY));
    assert_eq!(stream.next().await.unwrap(), Some("ab"));
    assert_eq!(stream.next().await.unwrap(), Some("\u{FFFD}"));
    assert_eq!(stream.next().await.unwrap(), None);
}

/// A reader that fails once, amid a character.
struct FailsOnce(Vec<io::Result<&'static [u8]>>);

impl AsyncRead for FailsOnce {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(match self.0.pop() {
            Some(step) => step.map(|bytes| buf.put_slice(bytes)),
            None => Ok(()),
        })
    }
}

#[tokio::test]
async fn an_error_of_the_reader_loses_nothing() {
    let steps = vec![
        Ok(&b"\xA9b"[..]),
        Err(io::ErrorKind::TimedOut.into()),
        Ok(&b"a\xC3"[..]),
    ];
    let mut stream = TextStream::new(FailsOnce(steps), Decoder::default());
    assert_eq!(stream.next().await.unwrap(), Some("a"));
    let error = stream.next().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(stream.next().await.unwrap(), Some("éb"));
}

#[tokio::test]
async fn a_dropped_future_loses_no_byte() {
    let sent = "aé€😀".repeat(50);
    let mut stream = TextStream::new(Trickle::new(sent.as_bytes()), Decoder::default());
    let mut received = String::new();
    let mut ended = false;
    while !ended {
        // Polled once, then dropped: the trickle is pending every other time.
        tokio::select! {
            biased;
            text = stream.next() => match text.unwrap() {
                Some(text) => received.push_str(text),
                None => ended = true,
            },
            () = std::future::ready(()) => {}
        }
    }
    assert_eq!(received, sent);
}

#[tokio::test]
async fn a_dropped_wait_for_a_line_loses_no_text() {
    let (near, mut far) = duplex(64);
    let mut stream = TextStream::new(near, Decoder::default());
    far.write_all(b"one\ntw\xC3").await.unwrap();
    assert_eq!(stream.next_line(10).await.unwrap(), Some("one"));
    for _ in 0..2 {
        tokio::select! {
            biased;
            line = stream.next_line(10) => panic!("{line:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    far.write_all(b"\xA9\nrest").await.unwrap();
    assert_eq!(stream.next_line(10).await.unwrap(), Some("twé"));
    assert_eq!(stream.next().await.unwrap(), Some("rest"));
}

#[tokio::test]
async fn lines_end_with_lf_or_crlf_or_the_end() {
    let sent = "one\ntwo\r\n\n\r\nfour\rfive\n\r\r\nlast\r".as_bytes();
    let expected = ["one", "two", "", "", "four\rfive", "\r", "last\r"];
    let mut at_once = TextStream::new(sent, Decoder::default());
    let mut trickled = TextStream::new(Trickle::new(sent), Decoder::default());
    for line in expected {
        assert_eq!(at_once.next_line(9).await.unwrap(), Some(line));
        assert_eq!(trickled.next_line(9).await.unwrap(), Some(line));
    }
    assert_eq!(at_once.next_line(9).await.unwrap(), None);
    assert_eq!(trickled.next_line(9).await.unwrap(), None);
}

#[tokio::test]
async fn no_line_follows_a_last_lf() {
    let mut stream = TextStream::new(&b"one\n"[..], Decoder::default());
    assert_eq!(stream.next_line(9).await.unwrap(), Some("one"));
    assert_eq!(stream.next_line(9).await.unwrap(), None);
}

#[tokio::test]
async fn a_line_of_exactly_the_limit_passes_and_one_more_byte_does_not() {
    for end in ["\n", "\r\n", ""] {
        let sent = format!("12€{end}");
        let mut at_once = TextStream::new(sent.as_bytes(), Decoder::default());
        assert_eq!(at_once.next_line(5).await.unwrap(), Some("12€"));
        let mut trickled = TextStream::new(Trickle::new(sent.as_bytes()), Decoder::default());
        assert_eq!(trickled.next_line(5).await.unwrap(), Some("12€"));

        let mut stream = TextStream::new(Trickle::new(sent.as_bytes()), Decoder::default());
        for _ in 0..2 {
            let error = stream.next_line(4).await.unwrap_err();
            assert_eq!(*text_error(&error), TextError::LineTooLong { limit: 4 });
        }
        // It is still there.
        assert_eq!(stream.next_line(5).await.unwrap(), Some("12€"));
    }
}

#[tokio::test]
async fn a_line_without_end_is_refused_before_it_is_kept() {
    let (near, mut far) = duplex(16);
    let writer = tokio::spawn(async move { while far.write_all(b"aaaaaaaa").await.is_ok() {} });
    let mut stream = TextStream::new(near, Decoder::default());
    let error = stream.next_line(1000).await.unwrap_err();
    assert_eq!(*text_error(&error), TextError::LineTooLong { limit: 1000 });
    let kept = stream.next().await.unwrap().unwrap().len();
    assert!((1001..1100).contains(&kept), "{kept}");
    drop(stream);
    writer.await.unwrap();
}

#[tokio::test]
async fn lines_before_an_error_are_handed_out_first() {
    let mut stream = TextStream::new(&b"one\ntwo\nthr\xFF\n"[..], Decoder::default());
    assert_eq!(stream.next_line(9).await.unwrap(), Some("one"));
    assert_eq!(stream.next_line(9).await.unwrap(), Some("two"));
    let error = stream.next_line(9).await.unwrap_err();
    assert_eq!(Err(text_error(&error).clone()), invalid(11, b"\xFF"));
    assert_eq!(stream.next().await.unwrap(), Some("thr"));
    let error = stream.next().await.unwrap_err();
    assert_eq!(Err(text_error(&error).clone()), invalid(11, b"\xFF"));
}

#[tokio::test]
async fn the_reader_stays_within_reach() {
    let (near, mut far) = duplex(64);
    let mut stream = TextStream::new(near, Decoder::default());
    stream.reader_mut().write_all(b"ping\n").await.unwrap();
    far.write_all(b"pong\n").await.unwrap();
    assert_eq!(stream.next_line(9).await.unwrap(), Some("pong"));
    assert_eq!(stream.decoder().encoding(), Encoding::UTF_8);
    stream.into_reader().write_all(b"bye\n").await.unwrap();
    let mut peer = TextStream::new(far, Decoder::default());
    assert_eq!(peer.next_line(9).await.unwrap(), Some("ping"));
    assert_eq!(peer.next_line(9).await.unwrap(), Some("bye"));
    assert_eq!(peer.next_line(9).await.unwrap(), None);
}

#[cfg(feature = "encoding")]
mod legacy {
    use super::*;

    /// Every encoding of the standard but `replacement`, from which nothing can be decoded.
    const LABELS: [&str; 39] = [
        "utf-8",
        "ibm866",
        "iso-8859-2",
        "iso-8859-3",
        "iso-8859-4",
        "iso-8859-5",
        "iso-8859-6",
        "iso-8859-7",
        "iso-8859-8",
        "iso-8859-8-i",
        "iso-8859-10",
        "iso-8859-13",
        "iso-8859-14",
        "iso-8859-15",
        "iso-8859-16",
        "koi8-r",
        "koi8-u",
        "macintosh",
        "windows-874",
        "windows-1250",
        "windows-1251",
        "windows-1252",
        "windows-1253",
        "windows-1254",
        "windows-1255",
        "windows-1256",
        "windows-1257",
        "windows-1258",
        "x-mac-cyrillic",
        "gbk",
        "gb18030",
        "big5",
        "euc-jp",
        "iso-2022-jp",
        "shift_jis",
        "euc-kr",
        "utf-16be",
        "utf-16le",
        "x-user-defined",
    ];

    const MARKS: &[&[u8]] = &[b"", b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"];

    fn encoding(label: &str) -> (Encoding, &'static encoding_rs::Encoding) {
        let ours = Encoding::for_label(label).unwrap();
        let theirs = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        assert_eq!(ours.name(), theirs.name());
        (ours, theirs)
    }

    fn options(label: &str, on_invalid: OnInvalid, bom: Bom) -> TextOptions {
        TextOptions {
            encoding: encoding(label).0,
            on_invalid,
            bom,
        }
    }

    fn strict(label: &str) -> TextOptions {
        options(label, OnInvalid::Strict, Bom::Strip)
    }

    fn sniff(label: &str) -> TextOptions {
        options(label, OnInvalid::Strict, Bom::Sniff)
    }

    fn invalid_in(label: &str, offset: u64, bytes: &[u8]) -> Result<(), TextError> {
        Err(TextError::Invalid {
            encoding: encoding(label).0,
            offset,
            bytes: bytes.to_vec(),
        })
    }

    fn incomplete_in(label: &str, offset: u64, bytes: &[u8]) -> Result<(), TextError> {
        Err(TextError::Incomplete {
            encoding: encoding(label).0,
            offset,
            bytes: bytes.to_vec(),
        })
    }

    /// The standard encodes UTF-16 as UTF-8, so that is done here.
    fn encode(theirs: &'static encoding_rs::Encoding, text: &str) -> Vec<u8> {
        let units = text.encode_utf16();
        if theirs == encoding_rs::UTF_16LE {
            units.flat_map(u16::to_le_bytes).collect()
        } else if theirs == encoding_rs::UTF_16BE {
            units.flat_map(u16::to_be_bytes).collect()
        } else {
            theirs.encode(text).0.into_owned()
        }
    }

    /// Whether a character comes back as itself. Some do not: `Shift_JIS` writes the yen sign as a backslash.
    fn encodable(theirs: &'static encoding_rs::Encoding, character: char) -> bool {
        let text = character.to_string();
        let bytes = encode(theirs, &text);
        theirs.decode_without_bom_handling(&bytes).0 == text
    }

    #[test]
    fn labels_of_the_web_are_known() {
        for (label, name) in [
            ("gbk", "GBK"),
            ("gb2312", "GBK"),
            ("GB18030", "gb18030"),
            ("sjis", "Shift_JIS"),
            (" latin1\n", "windows-1252"),
            ("ascii", "windows-1252"),
            ("utf-16", "UTF-16LE"),
            ("big5-hkscs", "Big5"),
        ] {
            assert_eq!(Encoding::for_label(label).unwrap().name(), name);
        }
        for label in ["replacement", "iso-2022-kr", "hz-gb-2312", "utf-32"] {
            assert_eq!(Encoding::for_label(label), None, "{label}");
        }
    }

    #[test]
    fn long_characters_survive_a_cut_at_each_byte() {
        // Four bytes of GB18030, inside and outside the basic plane; two; one.
        check(&strict("gb18030"), b"\x81\x30\x84\x38a", "©a", Ok(()));
        check(
            &strict("gb18030"),
            b"a\x94\x39\xDA\x33\xC4\xE3b",
            "a💩你b",
            Ok(()),
        );
        // Big5, with one that is two characters.
        check(
            &strict("big5"),
            b"a\xA7\x41\x88\x62b",
            "a你\u{CA}\u{304}b",
            Ok(()),
        );
        // The second byte of this one is a backslash.
        check(&strict("shift_jis"), b"a\x95\x5C\xB1b", "a表ｱb", Ok(()));
        check(
            &strict("euc-jp"),
            b"a\xC6\xFC\x8F\xB0\xA1\x8E\xB1",
            "a日丂ｱ",
            Ok(()),
        );
        check(&strict("euc-kr"), b"\xB0\xA1a", "가a", Ok(()));
        check(&strict("iso-2022-jp"), b"a\x1B$BF|\x1B(Bb", "a日b", Ok(()));
        check(
            &strict("utf-16le"),
            b"a\0\x3D\xD8\x00\xDE\xAC\x20",
            "a😀€",
            Ok(()),
        );
        check(
            &strict("utf-16be"),
            b"\0a\xD8\x3D\xDE\x00\x20\xAC",
            "a😀€",
            Ok(()),
        );
        check(&strict("latin1"), b"caf\xE9 \x80", "café €", Ok(()));
    }

    #[test]
    fn a_strict_error_says_where_and_what() {
        check(
            &strict("big5"),
            b"ab\xFFc",
            "ab",
            invalid_in("big5", 2, b"\xFF"),
        );
        check(
            &strict("big5"),
            b"ab\x81\x20c",
            "ab",
            invalid_in("big5", 2, b"\x81"),
        );
        // The three bytes after the first were read before it was known to be invalid.
        check(
            &strict("gb18030"),
            b"ab\x81\x30\x81\x20c",
            "ab",
            invalid_in("gb18030", 2, b"\x81"),
        );
        // A low surrogate alone, a high one that something else follows.
        check(
            &strict("utf-16le"),
            b"a\0\x00\xDEb\0",
            "a",
            invalid_in("utf-16le", 2, b"\x00\xDE"),
        );
        check(
            &strict("utf-16le"),
            b"a\0\x3D\xD8b\0",
            "a",
            invalid_in("utf-16le", 2, b"\x3D\xD8"),
        );
        check(
            &strict("utf-16be"),
            b"\0a\xD8\x3D\0b",
            "a",
            invalid_in("utf-16be", 2, b"\xD8\x3D"),
        );
        check(
            &strict("windows-1253"),
            b"a\xAA",
            "a",
            invalid_in("windows-1253", 1, b"\xAA"),
        );
    }

    #[test]
    fn an_end_inside_a_character_is_an_error_or_one_replacement() {
        for (label, bytes) in [
            ("gb18030", &b"\x81"[..]),
            ("gb18030", b"\x81\x30"),
            ("gb18030", b"\x81\x30\x86"),
            ("big5", b"\xA7"),
            ("shift_jis", b"\x95"),
            ("euc-jp", b"\x8F\xB0"),
        ] {
            let cut = [b"ab", bytes].concat();
            check(&strict(label), &cut, "ab", incomplete_in(label, 2, bytes));
            let lossy = options(label, OnInvalid::Lossy, Bom::Strip);
            check(&lossy, &cut, "ab\u{FFFD}", Ok(()));
        }
        for bytes in [&b"\x3D"[..], b"\x3D\xD8", b"\x3D\xD8\x00"] {
            let cut = [b"a\0", bytes].concat();
            check(
                &strict("utf-16le"),
                &cut,
                "a",
                incomplete_in("utf-16le", 2, bytes),
            );
        }
    }

    #[test]
    fn the_byte_order_mark_of_utf_16_is_stripped_or_kept() {
        check(&strict("utf-16le"), b"\xFF\xFEa\0", "a", Ok(()));
        check(&strict("utf-16be"), b"\xFE\xFF\0a", "a", Ok(()));
        check(&strict("utf-16le"), b"a\0\xFF\xFE", "a\u{FEFF}", Ok(()));
        let keep = options("utf-16le", OnInvalid::Strict, Bom::Keep);
        check(&keep, b"\xFF\xFEa\0", "\u{FEFF}a", Ok(()));
        // Only the mark of the chosen encoding.
        check(&strict("utf-16le"), b"\xFE\xFFa\0", "\u{FFFE}a", Ok(()));
        check(&strict("latin1"), b"\xFF\xFEa", "ÿþa", Ok(()));
        check(&strict("latin1"), b"\xEF\xBB\xBFa", "ï»¿a", Ok(()));
    }

    #[test]
    fn a_sniffed_mark_overrides_the_encoding() {
        check(&sniff("big5"), b"\xEF\xBB\xBF\xC3\xA9", "é", Ok(()));
        check(&sniff("utf-8"), b"\xFF\xFEa\0", "a", Ok(()));
        check(&sniff("utf-16le"), b"\xFE\xFF\0a", "a", Ok(()));
        // Without a mark, or with half of one, it is the chosen encoding.
        check(&sniff("latin1"), b"caf\xE9", "café", Ok(()));
        check(&sniff("latin1"), b"\xFFa", "ÿa", Ok(()));
        check(&sniff("latin1"), b"\xFF", "ÿ", Ok(()));
        check(&sniff("latin1"), b"\xEF\xBB", "ï»", Ok(()));
        check(&sniff("utf-8"), b"\xEF\xBB", "", incomplete(0, b"\xEF\xBB"));
        check(&sniff("utf-8"), b"\xFF", "", invalid(0, b"\xFF"));
        check(
            &sniff("utf-8"),
            b"\xFE\xFF\xD8\x00\0a",
            "",
            invalid_in("utf-16be", 2, b"\xD8\x00"),
        );
    }

    #[test]
    fn the_encoding_in_use_is_known_after_the_mark() {
        let mut decoder = Decoder::new(&sniff("big5"));
        let mut text = String::new();
        decoder.decode(b"\xFE", &mut text).unwrap();
        assert_eq!(decoder.encoding().name(), "Big5");
        decoder.decode(b"\xFF\0a", &mut text).unwrap();
        assert_eq!(decoder.encoding().name(), "UTF-16BE");
        decoder.finish(&mut text).unwrap();
        assert_eq!(decoder.encoding().name(), "Big5");
        assert_eq!(text, "a");
    }

    #[tokio::test]
    async fn a_stream_decodes_lines_of_another_encoding() {
        let sent = b"\x95\x5C\r\n\xB1\n";
        let mut stream = TextStream::new(Trickle::new(sent), Decoder::new(&strict("sjis")));
        assert_eq!(stream.next_line(9).await.unwrap(), Some("表"));
        assert_eq!(stream.next_line(9).await.unwrap(), Some("ｱ"));
        assert_eq!(stream.next_line(9).await.unwrap(), None);
    }

    /// Bytes among which those that begin, continue and end characters of the old encodings are likely.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            any::<u8>(),
            0x20..0x7F_u8,
            0x30..0x3A_u8,
            0x81..0xFF_u8,
            0xD8..0xE0_u8,
            Just(0x1B),
            Just(0x24),
            Just(0x28),
            Just(0x42),
        ];
        proptest::collection::vec(byte, 0..60)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn encodable_text_comes_back_at_any_split(
            raw in bytes(),
            extra in any::<String>(),
            places in places(),
        ) {
            for label in LABELS {
                let (_, theirs) = encoding(label);
                let (decoded, _) = theirs.decode_without_bom_handling(&raw);
                let text: String = decoded
                    .chars()
                    .chain(extra.chars())
                    .filter(|&character| encodable(theirs, character))
                    .collect();
                let encoded = encode(theirs, &text);
                let keep = options(label, OnInvalid::Strict, Bom::Keep);
                prop_assert_eq!(run(&keep, cut(&encoded, &places)), (text, Ok(())), "{}", label);
            }
        }

        #[test]
        fn any_bytes_give_what_encoding_rs_makes_of_the_whole(
            mark in proptest::sample::select(MARKS),
            tail in bytes(),
            places in places(),
        ) {
            let bytes = [mark, &tail].concat();
            let chunks = cut(&bytes, &places);
            for label in LABELS {
                let (_, theirs) = encoding(label);
                for (bom, expected) in [
                    (Bom::Keep, theirs.decode_without_bom_handling(&bytes).0),
                    (Bom::Strip, theirs.decode_with_bom_removal(&bytes).0),
                    (Bom::Sniff, theirs.decode(&bytes).0),
                ] {
                    let lossy = options(label, OnInvalid::Lossy, bom);
                    let outcome = run(&lossy, chunks.iter().copied());
                    prop_assert_eq!(outcome, (expected.into_owned(), Ok(())), "{} {:?}", label, bom);
                }
            }
        }

        #[test]
        fn a_strict_error_is_exact_and_the_same_at_any_split(bytes in bytes(), places in places()) {
            for label in LABELS {
                let (ours, theirs) = encoding(label);
                let keep = options(label, OnInvalid::Strict, Bom::Keep);
                let (text, end) = run(&keep, cut(&bytes, &places));
                prop_assert_eq!(&(text.clone(), end.clone()), &run(&keep, [&bytes[..]]), "{}", label);
                let whole = theirs.decode_without_bom_handling_and_without_replacement(&bytes);
                let (named, offset, shown) = match end {
                    Ok(()) => {
                        prop_assert_eq!(Some(&text[..]), whole.as_deref(), "{}", label);
                        continue;
                    }
                    Err(TextError::Invalid { encoding, offset, bytes })
                    | Err(TextError::Incomplete { encoding, offset, bytes }) => (encoding, offset, bytes),
                    Err(other) => panic!("{other}"),
                };
                prop_assert_eq!(whole, None, "{}", label);
                prop_assert_eq!(named, ours);
                let offset = usize::try_from(offset).unwrap();
                prop_assert!(bytes[offset..].starts_with(&shown), "{}", label);
                prop_assert!((1..=4).contains(&shown.len()), "{}", label);
                // All that comes before is valid by itself, and is what was delivered.
                prop_assert_eq!(run(&keep, [&bytes[..offset]]), (text, Ok(())), "{}", label);
            }
        }
    }
}
