use std::fs;
use std::path::Path;

use http::Method;

use crate::check::answered::{Answered, answered};
use crate::check::heard::{Heard, hear, small_limits};
use crate::check::{chunked, request, response, round_trip, splits};
use crate::h1::Limits;

/// By their file names.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let seed = |file: fs::DirEntry| {
        let name = file.file_name().into_string().unwrap();
        (name, fs::read(file.path()).unwrap())
    };
    let mut seeds: Vec<_> = files.map(seed).collect();
    seeds.sort();
    assert!(seeds.len() > 20, "{} seeds", seeds.len());
    seeds
}

/// What it comes to: how many whole requests, and the refusal if there is one.
fn told(heard: &Heard) -> String {
    let whole = heard
        .requests
        .iter()
        .filter(|request| request.end.is_some())
        .count();
    match &heard.error {
        Some(error) => format!("{whole}, {error}"),
        None if heard.truncated => format!("{whole}, cut short"),
        None => whole.to_string(),
    }
}

/// Within the default limits; and within small ones, where that is not the same.
fn verdict(bytes: &[u8]) -> String {
    let default = told(&hear(bytes, [], &Limits::default()));
    let small = told(&hear(bytes, [], &small_limits()));
    if small == default {
        default
    } else {
        format!("{default} | {small}")
    }
}

/// What it comes to as an answer: the status, how it is framed, how much of it there is, and the fault if there is one.
fn answer(heard: &Answered) -> String {
    let mut told = String::new();
    for head in heard.informational.iter().chain(&heard.head) {
        let status = head.invalid.map_or(head.status, |invalid| invalid.0);
        told += &format!("{} ", status.as_str());
    }
    match heard.framing {
        Some(framing) => told += &format!("{framing:?} of {}", heard.content.len()),
        None if heard.head.is_some() => told += "switched",
        None => told += "nothing",
    }
    match &heard.error {
        Some(error) => format!("{told}, {error}"),
        None if heard.persistent => told,
        None => format!("{told}, closes"),
    }
}

#[track_caller]
fn assert_verdicts(verdicts: Vec<String>, expected: &[&str]) {
    for (verdict, expected) in verdicts.iter().zip(expected) {
        assert_eq!(verdict, expected);
    }
    assert_eq!(verdicts.len(), expected.len(), "{:#?}", verdicts);
}

#[test]
fn every_seed_of_requests_is_heard_as_what_it_is() {
    let seeds = seeds("request");
    let verdicts = seeds
        .iter()
        .map(|(name, bytes)| format!("{name}: {}", verdict(bytes)));
    assert_verdicts(verdicts.collect(), REQUESTS);
}

#[test]
fn every_seed_of_responses_is_heard_as_what_it_is() {
    let seeds = seeds("response");
    let verdicts = seeds.iter().map(|(name, bytes)| {
        let method = match name.split_once('-') {
            Some(("60", _)) => Method::CONNECT,
            Some(("62", _)) => Method::HEAD,
            _ => Method::GET,
        };
        let default = answer(&answered(bytes, [], &method, &Limits::default()));
        let small = answer(&answered(bytes, [], &method, &small_limits()));
        match small == default {
            true => format!("{name}: {default}"),
            false => format!("{name}: {default} | {small}"),
        }
    });
    assert_verdicts(verdicts.collect(), RESPONSES);
}

#[test]
fn every_seed_of_chunked_bodies_is_read_as_what_it_is() {
    let seeds = seeds("chunked");
    let verdicts = seeds.iter().map(|(name, body)| {
        let bytes = [chunked::HEAD, body].concat();
        format!("{name}: {}", verdict(&bytes))
    });
    assert_verdicts(verdicts.collect(), BODIES);
}

#[test]
fn the_checks_of_the_fuzz_targets_hold_for_their_seeds() {
    for (target, check) in [
        ("request", request::check as fn(&[u8])),
        ("response", response::check),
        ("chunked", chunked::check),
        ("splits", splits::check),
        ("round_trip", round_trip::check),
    ] {
        for (_, bytes) in seeds(target) {
            check(&bytes);
        }
    }
}

#[test]
fn every_seed_is_heard_the_same_wherever_it_is_cut() {
    for (_, bytes) in seeds("request") {
        for cut in 1..bytes.len() {
            splits::same_cut(&bytes, &[cut]);
        }
    }
    for (name, bytes) in seeds("response") {
        for limits in [Limits::default(), small_limits()] {
            let whole = answered(&bytes, [], &Method::GET, &limits);
            for cut in 1..bytes.len() {
                let two = answered(&bytes, [cut], &Method::GET, &limits);
                assert_eq!(two, whole, "{name} cut at {cut}");
            }
        }
    }
}

#[test]
fn the_checks_hold_for_every_beginning_of_a_seed_and_for_seeds_with_another_byte() {
    for (target, check) in [
        ("request", request::check as fn(&[u8])),
        ("chunked", chunked::check),
    ] {
        for (_, bytes) in seeds(target) {
            for at in 0..bytes.len() {
                check(&bytes[..at]);
                for other in [b'\n', b'\r', b' ', bytes[at] ^ 0x20] {
                    let mut changed = bytes.clone();
                    changed[at] = other;
                    check(&changed);
                }
            }
        }
    }
}

const REQUESTS: &[&str] = &[
    "00-browser-like: 1 | 0, head is larger than 160 bytes",
    "00-curl: 1",
    "00-form: 1",
    "00-pipelined: 4",
    "01-five-empty-lines: 0, more than 4 empty lines before the request line",
    "01-one-empty-line: 1",
    "02-bare-lf-after-field: 0, a line ends with a bare LF",
    "02-bare-lf-after-request-line: 0, a line ends with a bare LF",
    "02-bare-lf-at-the-end: 0, a line ends with a bare LF",
    "03-bare-cr-in-target: 0, malformed request line",
    "03-bare-cr-in-value: 0, malformed field line",
    "04-space-before-first-field: 0, malformed field line",
    "05-folded-field: 0, malformed field line",
    "06-space-before-colon: 0, malformed field line",
    "07-control-in-value: 0, malformed field line",
    "07-nul-in-value: 0, malformed field line",
    "08-empty-name: 0, malformed field line",
    "08-no-colon: 0, malformed field line",
    "08-obs-text-in-name: 0, malformed field line",
    "09-obs-text-in-value: 1",
    "10-two-spaces: 0, malformed request line",
    "11-http-0.9: 0, malformed request line",
    "12-http-1.0: 1",
    "12-http-1.9: 1",
    "12-http-2.0: 0, HTTP version not supported",
    "12-http-lower-case: 0, malformed request line",
    "13-h2-preface: 0, HTTP version not supported",
    "14-longer-method: 0, method is longer than 32 bytes | 0, method is longer than 8 bytes",
    "14-longest-method: 1 | 0, method is longer than 8 bytes",
    "15-fragment: 0, invalid request-target",
    "15-utf-8: 0, invalid request-target",
    "16-authority: 0, invalid request-target",
    "16-relative: 0, invalid request-target",
    "17-absolute: 1",
    "17-absolute-in-1.0-without-host: 1",
    "18-asterisk: 1",
    "18-asterisk-with-get: 0, invalid request-target",
    "19-connect: 1",
    "19-connect-without-port: 0, invalid request-target",
    "20-longer-target: 1 | 0, request-target is longer than 24 bytes",
    "21-larger-head: 1 | 0, head is larger than 160 bytes",
    "21-more-fields: 0, more than 100 field lines | 0, head is larger than 160 bytes",
    "23-no-host: 0, no Host field",
    "25-host-twice: 0, more than one Host field",
    "26-host-with-a-bad-port: 0, invalid Host field",
    "26-host-with-a-list: 0, invalid Host field",
    "26-host-with-user: 0, invalid Host field",
    "27-empty-host: 1",
    "27-host-is-an-ipv6-address: 1",
    "28-framed-twice: 0, both Transfer-Encoding and Content-Length",
    "29-chunked-not-last: 0, invalid Transfer-Encoding",
    "30-unknown-coding: 0, transfer coding not implemented",
    "31-chunked-twice: 0, invalid Transfer-Encoding",
    "32-chunked-with-a-parameter: 0, invalid Transfer-Encoding",
    "32-identity: 0, invalid Transfer-Encoding",
    "33-leading-comma: 0, invalid Transfer-Encoding",
    "34-white-space-behind: 1",
    "35-chunked-in-1.0: 0, Transfer-Encoding in an HTTP/1.0 message",
    "36-empty-length: 0, invalid Content-Length",
    "36-length-beyond-64-bits: 0, content is larger than 9223372036854775807 bytes",
    "36-length-of-2-to-the-63: 0, content is larger than 9223372036854775807 bytes",
    "36-length-with-a-sign: 0, invalid Content-Length",
    "37-length-list: 0, invalid Content-Length",
    "37-length-twice: 0, more than one Content-Length",
    "39-length-with-zeros: 1",
    "48-trailers: 2",
    "49-cut-in-content: 0, cut short",
    "50-get-with-content: 1",
    "52-nothing-behind-close: 1",
    "55-keep-alive-in-1.0: 2",
    "57-expects-continue: 1",
    "58-unknown-expectation: 0, unknown expectation",
    "59-upgrade: 1",
];

const RESPONSES: &[&str] = &[
    "00-chunked: 200 Chunked of 5",
    "00-chunked-with-trailers: 200 Chunked of 5",
    "00-hello: 200 Length(5) of 5",
    "00-http-1.0: 200 Length(2) of 2",
    "00-not-found: 404 Length(0) of 0",
    "00-until-close: 200 UntilClose of 5, closes",
    "01-empty-line-before: nothing, malformed status line",
    "02-bare-lf-after-field: nothing, a line ends with a bare LF",
    "02-bare-lf-after-status-line: nothing, a line ends with a bare LF",
    "03-bare-cr-in-reason: nothing, malformed status line",
    "03-bare-cr-in-value: nothing, malformed field line",
    "04-space-before-first-field: nothing, malformed field line",
    "06-space-before-colon: nothing, malformed field line",
    "07-nul-in-value: nothing, malformed field line",
    "08-no-colon: nothing, malformed field line",
    "09-obs-text-in-value: 200 Length(0) of 0",
    "12-http-1.9: 200 Length(0) of 0",
    "12-http-2.0: nothing, HTTP version not supported",
    "12-http-lower-case: nothing, malformed status line",
    "12-icy: nothing, malformed status line",
    "20-status-099: nothing, malformed status line",
    "20-status-600: 600 Length(0) of 0",
    "20-status-999: 999 Length(0) of 0",
    "20-status-of-four-digits: nothing, malformed status line",
    "20-status-of-two-digits: nothing, malformed status line",
    "20-two-spaces: nothing, malformed status line",
    "21-larger-head: 200 Length(0) of 0 | nothing, head is larger than 160 bytes",
    "21-longer-reason: 200 Length(0) of 0 | nothing, head is larger than 160 bytes",
    "21-more-fields: nothing, more than 100 field lines | nothing, head is larger than 160 bytes",
    "28-framed-twice: nothing, both Transfer-Encoding and Content-Length",
    "31-chunked-twice: nothing, invalid Transfer-Encoding",
    "36-length-beyond-64-bits: nothing, content is larger than 9223372036854775807 bytes",
    "36-length-with-a-sign: nothing, invalid Content-Length",
    "37-length-list: nothing, invalid Content-Length",
    "37-length-twice: nothing, more than one Content-Length",
    "39-length-with-zeros: 200 Length(5) of 5",
    "41-content-over-the-limit: 200 Length(41) of 41 | 200 Length(41) of 0, content is larger than 40 bytes",
    "41-until-close-over-the-limit: 200 UntilClose of 41, closes | 200 UntilClose of 40, content is larger than 40 bytes",
    "43-lf-in-extension: 200 Chunked of 0, a line ends with a bare LF",
    "44-bare-lf-at-the-end: 200 Chunked of 0, a line ends with a bare LF",
    "48-content-length-in-trailers: 200 Chunked of 0, field not allowed in a trailer section",
    "52-close: 200 Length(0) of 0, closes",
    "59-switched: 101 switched, closes",
    "60-refused-tunnel: 403 Length(2) of 2",
    "60-tunnel: 200 switched, closes",
    "61-no-content-with-a-length: 204 Length(0) of 0",
    "61-not-modified-with-a-length: 304 Length(0) of 0",
    "62-length-of-another-method: 200 Length(0) of 0",
    "65-no-reason-and-a-space: 200 Length(0) of 0",
    "65-no-reason-and-no-space: 200 Length(0) of 0",
    "65-obs-text-in-reason: 200 Length(0) of 0",
    "71-continue-and-hints: 100 103 200 Length(2) of 2",
    "71-informational-and-nothing-more: 100 nothing, end of stream inside a message",
    "71-informational-with-a-length: 100 200 Length(0) of 0",
    "71-switch-to-what-was-not-asked-for: nothing, the protocol was not requested",
    "71-three-informational: 102 102 102 200 Length(0) of 0 | 102 102 nothing, more than 2 informational responses",
    "72-crlf-behind: 200 Length(2) of 2, closes",
    "72-more-behind: 200 Length(2) of 2, closes",
    "73-folded-field: 200 Length(0) of 0",
    "73-folded-length: 200 Length(5) of 5",
    "73-folded-to-nothing: 200 Length(0) of 0",
    "74-cut-before-the-last-crlf: 200 Chunked of 5, end of stream inside a message",
    "74-cut-in-chunk: 200 Chunked of 4, end of stream inside a message",
    "74-cut-in-content: 200 Length(5) of 4, end of stream inside a message",
    "74-cut-in-head: nothing, end of stream inside a message",
    "74-cut-in-status-line: nothing, end of stream inside a message",
    "74-nothing: nothing, end of stream before a response",
    "75-chunked-in-1.0: nothing, Transfer-Encoding in an HTTP/1.0 message",
    "75-chunked-not-last: 200 UntilClose of 5, closes",
    "75-gzip-then-chunked: nothing, transfer coding not implemented",
];

const BODIES: &[&str] = &[
    "00-chunks: 1",
    "00-empty: 1",
    "00-upper-and-lower-case: 1",
    "40-empty-size: 0, invalid chunk-size",
    "40-leading-space: 0, invalid chunk-size",
    "40-prefix-0x: 0, invalid chunk-size",
    "40-sign: 0, invalid chunk-size",
    "40-trailing-junk: 0, invalid chunk-size",
    "40-underscore: 0, invalid chunk-size",
    "41-2-to-the-63: 0, invalid chunk-size",
    "41-2-to-the-63-less-1: 0, content is larger than 2097152 bytes | 0, content is larger than 40 bytes",
    "41-2-to-the-64: 0, invalid chunk-size",
    "41-leading-zeros: 1",
    "41-over-the-limit-in-sum: 1 | 0, content is larger than 40 bytes",
    "41-over-the-small-limit: 1 | 0, content is larger than 40 bytes",
    "41-sixty-five-digits: 0, invalid chunk-size | 0, chunk extensions are larger than 32 bytes",
    "42-bad-white-space: 1",
    "42-extension: 1",
    "42-extension-without-a-name: 0, invalid chunk extension",
    "42-extension-without-a-value: 0, invalid chunk extension",
    "42-long-extension: 1 | 0, chunk extensions are larger than 32 bytes",
    "42-many-extensions: 1 | 0, chunk extensions are larger than 40 bytes",
    "42-open-quote: 0, invalid chunk extension",
    "42-quoted-extension: 1",
    "43-cr-in-extension: 0, invalid chunk extension",
    "43-lf-in-extension: 0, a line ends with a bare LF",
    "43-lf-in-quotes: 0, a line ends with a bare LF",
    "44-bare-lf-after-data: 0, chunk data is not followed by CRLF",
    "44-bare-lf-after-last-chunk: 0, a line ends with a bare LF",
    "44-bare-lf-after-size: 0, a line ends with a bare LF",
    "44-bare-lf-at-the-end: 0, a line ends with a bare LF",
    "44-bare-lf-in-trailers: 0, a line ends with a bare LF",
    "45-cr-and-no-lf: 0, chunk data is not followed by CRLF",
    "45-junk-after-data: 0, chunk data is not followed by CRLF",
    "46-space-after-size: 0, invalid chunk extension",
    "47-folded-trailer: 0, malformed field line",
    "47-larger-trailers: 1 | 0, trailer section is larger than 32 bytes",
    "47-many-trailers: 1 | 0, more than 4 field lines",
    "47-trailer-without-a-colon: 0, malformed field line",
    "47-trailers: 1",
    "48-content-length-in-trailers: 0, field not allowed in a trailer section",
    "48-host-in-trailers: 0, field not allowed in a trailer section",
    "49-cut-before-the-end: 0, cut short",
    "49-cut-in-data: 0, cut short",
    "49-cut-in-size: 0, cut short",
    "53-junk-behind: 1, cut short",
    "53-request-behind: 2",
];
