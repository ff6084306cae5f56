//! PROXY headers: bytes in, exact value or exact error out, the same however the bytes are cut.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::prelude::*;
use wharf_net::{
    ProxyAddresses, ProxyChecksum, ProxyEmitError, ProxyError, ProxyField, ProxyHeader,
    ProxyLimits, ProxyProgress, ProxySsl, ProxyTlv, ProxyTlvs, ProxyVersion,
};

/// What follows a header: bytes that could pass for its end, and that no reader of the header may take.
const RELAYED: &[u8] = b"\r\n\r\n 1 1\r\nGET / HTTP/1.1\r\n\r\n";

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

// The ways to cut.

fn parse(bytes: &[u8]) -> Result<ProxyProgress, ProxyError> {
    ProxyHeader::parse(bytes, &ProxyLimits::default())
}

/// Parses each beginning of `bytes` and then all of them: until the end is known a beginning is incomplete and never asks
/// for more than there is; from then on, the answer stays.
#[track_caller]
fn at_every_cut(bytes: &[u8], limits: &ProxyLimits) -> Result<ProxyProgress, ProxyError> {
    let whole = ProxyHeader::parse(bytes, limits);
    let mut refused = false;
    for cut in 0..=bytes.len() {
        let part = ProxyHeader::parse(&bytes[..cut], limits);
        match (&part, &whole) {
            (Ok(ProxyProgress::Incomplete { at_least }), _) => {
                assert!(!refused, "a refusal at {cut} was taken back");
                assert!(*at_least > 0, "asked for nothing at {cut}");
                let max = match bytes.first() {
                    Some(b'\r') => limits.v2_bytes_max.max(16),
                    _ => 107,
                };
                assert!(cut + at_least <= max, "asked for {at_least} at {cut}");
                if let Ok(ProxyProgress::Complete { bytes: end, .. }) = &whole {
                    assert!(cut + at_least <= *end, "asked too much at {cut}");
                }
            }
            (Ok(ProxyProgress::Complete { bytes: end, .. }), _) => {
                assert!(*end <= cut);
                assert_eq!(part, whole, "cut at {cut}");
            }
            (Err(_), _) => {
                refused = true;
                assert_eq!(part, whole, "cut at {cut}");
            }
        }
    }
    whole
}

/// A caller that reads up to as many bytes as it is told and no more, from a stream that gives at most `segment` at once.
struct Reader {
    result: Result<ProxyHeader, ProxyError>,
    taken: usize,
    reads: usize,
}

#[track_caller]
fn read(stream: &[u8], segments: impl Fn(usize) -> usize, limits: &ProxyLimits) -> Reader {
    let (mut taken, mut reads) = (0, 0);
    let result = loop {
        match ProxyHeader::parse(&stream[..taken], limits) {
            Ok(ProxyProgress::Incomplete { at_least }) => {
                let given = at_least.min(segments(taken)).min(stream.len() - taken);
                assert!(given > 0, "end of stream after {taken} bytes");
                taken += given;
                reads += 1;
            }
            Ok(ProxyProgress::Complete { header, bytes }) => {
                assert_eq!(bytes, taken, "read past the header");
                break Ok(header);
            }
            Err(error) => break Err(error),
        }
    };
    Reader {
        result,
        taken,
        reads,
    }
}

/// Whole, byte by byte and cut at each point, and by a reader that obeys: the same.
#[track_caller]
fn check(bytes: impl AsRef<[u8]>, expected: Result<ProxyHeader, ProxyError>) {
    check_within(bytes.as_ref(), &ProxyLimits::default(), expected);
}

#[track_caller]
fn check_within(bytes: &[u8], limits: &ProxyLimits, expected: Result<ProxyHeader, ProxyError>) {
    let complete = |header| ProxyProgress::Complete {
        header,
        bytes: bytes.len(),
    };
    assert_eq!(
        at_every_cut(bytes, limits),
        expected.clone().map(complete),
        "alone"
    );
    let stream = [bytes, RELAYED].concat();
    assert_eq!(
        at_every_cut(&stream, limits),
        expected.clone().map(complete),
        "with what follows"
    );
    let obeyed = [
        read(&stream, |_| usize::MAX, limits),
        read(&stream, |_| 1, limits),
    ];
    let cut = (1..bytes.len()).map(|cut| {
        let segment = move |at| if at < cut { cut - at } else { usize::MAX };
        read(&stream, segment, limits)
    });
    for reader in obeyed.into_iter().chain(cut) {
        assert_eq!(reader.result, expected, "by a reader");
        if expected.is_ok() {
            assert_eq!(&stream[reader.taken..], RELAYED);
        }
    }
}

#[track_caller]
fn refused(bytes: impl AsRef<[u8]>, error: ProxyError) {
    check(bytes, Err(error));
}

fn inet(source: &str, destination: &str) -> ProxyAddresses {
    ProxyAddresses::Inet {
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
    }
}

fn v1(source: &str, destination: &str) -> Result<ProxyHeader, ProxyError> {
    Ok(ProxyHeader::new(
        ProxyVersion::V1,
        Some(inet(source, destination)),
    ))
}

fn unknown() -> Result<ProxyHeader, ProxyError> {
    Ok(ProxyHeader::new(ProxyVersion::V1, None))
}

// Version 1.

#[test]
fn lines_that_proxies_send_are_accepted() {
    // curl --haproxy-protocol, recorded.
    check(
        "PROXY TCP4 127.0.0.1 127.0.0.1 38884 45331\r\n",
        v1("127.0.0.1:38884", "127.0.0.1:45331"),
    );
    // HAProxy 2.6 with send-proxy, recorded.
    check(
        "PROXY TCP4 127.0.0.1 127.0.0.1 54468 51349\r\n",
        v1("127.0.0.1:54468", "127.0.0.1:51349"),
    );
    check(
        "PROXY TCP6 ::1 ::1 43778 60115\r\n",
        v1("[::1]:43778", "[::1]:60115"),
    );
    // nginx 1.22 with proxy_protocol on, recorded.
    check(
        "PROXY TCP4 127.0.0.1 127.0.0.1 44088 32891\r\n",
        v1("127.0.0.1:44088", "127.0.0.1:32891"),
    );
    check(
        "PROXY TCP6 ::1 ::1 40848 43171\r\n",
        v1("[::1]:40848", "[::1]:43171"),
    );
    check(
        "PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n",
        v1("[2001:db8::7]:56324", "[2001:db8::1]:443"),
    );
    // A dual-stack listener printed with inet_ntop.
    check(
        "PROXY TCP6 ::ffff:192.0.2.7 ::ffff:198.51.100.4 56324 443\r\n",
        v1("[::ffff:192.0.2.7]:56324", "[::ffff:198.51.100.4]:443"),
    );
    // HAProxy and nginx for a client on a Unix socket, and curl on one itself, recorded.
    check("PROXY UNKNOWN\r\n", unknown());
}

#[test]
fn the_longest_lines_of_the_specification_are_accepted() {
    let full = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    let tcp4 = "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n";
    let tcp6 = format!("PROXY TCP6 {full} {full} 65535 65535\r\n");
    let worst = format!("PROXY UNKNOWN {full} {full} 65535 65535\r\n");
    assert_eq!((tcp4.len(), tcp6.len(), worst.len()), (56, 104, 107));
    check(tcp4, v1("255.255.255.255:65535", "255.255.255.255:65535"));
    let end = format!("[{full}]:65535");
    check(tcp6, v1(&end, &end));
    check(worst, unknown());
}

#[test]
fn the_shortest_lines_are_accepted() {
    check(
        "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n",
        v1("0.0.0.0:0", "0.0.0.0:0"),
    );
    check("PROXY TCP6 :: :: 0 0\r\n", v1("[::]:0", "[::]:0"));
    check(
        "PROXY TCP6 ::1 1::2:FFFF 80 9\r\n",
        v1("[::1]:80", "[1::2:ffff]:9"),
    );
}

#[test]
fn what_follows_unknown_is_ignored_up_to_its_crlf() {
    check("PROXY UNKNOWN \r\n", unknown());
    check(b"PROXY UNKNOWN  no address\t\0\xff 99999\r\n", unknown());
    refused(
        "PROXY UNKNOWN no\naddress\r\n",
        ProxyError::V1BareLf { at: 16 },
    );
    refused(
        "PROXY UNKNOWN no\raddress\r\n",
        ProxyError::V1BareCr { at: 16 },
    );
}

#[test]
fn a_line_without_crlf_in_107_bytes_is_refused() {
    let line = |bytes: usize| format!("PROXY UNKNOWN {:x<1$}\r\n", "", bytes - 16);
    assert_eq!(line(107).len(), 107);
    check(line(107), unknown());
    refused(line(108), ProxyError::V1TooLong);
    refused(line(109), ProxyError::V1TooLong);
    refused(line(4096), ProxyError::V1TooLong);
    // With a CR there is room for one byte more, without there is none for the two that are needed.
    let incomplete = |at_least| Ok(ProxyProgress::Incomplete { at_least });
    assert_eq!(parse(&line(107).as_bytes()[..106]), incomplete(1));
    assert_eq!(parse(&line(108).as_bytes()[..105]), incomplete(2));
    assert_eq!(
        parse(&line(108).as_bytes()[..106]),
        Err(ProxyError::V1TooLong)
    );
}

#[test]
fn bytes_that_begin_no_header_are_refused_at_the_first_that_shows_it() {
    let not_proxy = |start: &str| ProxyError::NotProxy {
        start: start.into(),
    };
    refused("GET / HTTP/1.1\r\n", not_proxy("G"));
    refused("PUT / HTTP/1.1\r\n", not_proxy("PU"));
    refused("PRI * HTTP/2.0\r\n", not_proxy("PRI"));
    refused("\x16\x03\x01\x02\0", not_proxy("\\x16"));
    refused("SSH-2.0-a\r\n", not_proxy("S"));
    refused("proxy TCP4 1.1.1.1 1.1.1.1 1 1\r\n", not_proxy("p"));
    refused("PROXY\tTCP4 1.1.1.1 1.1.1.1 1 1\r\n", not_proxy("PROXY\\t"));
    refused("PROXY\r\n", not_proxy("PROXY\\r"));
    refused("\r\nPROXY UNKNOWN\r\n", not_proxy("\\r\\nP"));
    refused(
        b"\r\n\r\n\0\r\nQUIT\r\n\r\n\r\n",
        not_proxy("\\r\\n\\r\\n\\x00\\r\\nQUIT\\r"),
    );
}

#[test]
fn the_protocol_of_a_line_is_one_of_three() {
    for found in [
        "TCP5", "tcp4", "TCP", "TCP46", "UDP4", "UNKNOWNS", "UNKNOW", "",
    ] {
        refused(
            format!("PROXY {found} 1.1.1.1 1.1.1.1 1 1\r\n"),
            ProxyError::V1Protocol {
                found: found.into(),
            },
        );
    }
    // Two spaces make an empty field.
    refused(
        "PROXY  TCP4 1.1.1.1 1.1.1.1 1 1\r\n",
        ProxyError::V1Protocol { found: "".into() },
    );
    check(
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1\r\n",
        v1("1.1.1.1:1", "1.1.1.1:1"),
    );
}

#[test]
fn a_line_that_ends_early_names_the_field_it_lacks() {
    let missing = |field| ProxyError::V1Missing { field };
    refused("PROXY TCP4\r\n", missing(ProxyField::SourceAddress));
    refused(
        "PROXY TCP6 ::1\r\n",
        missing(ProxyField::DestinationAddress),
    );
    refused("PROXY TCP6 ::1 ::1\r\n", missing(ProxyField::SourcePort));
    refused(
        "PROXY TCP6 ::1 ::1 1\r\n",
        missing(ProxyField::DestinationPort),
    );
    check("PROXY TCP6 ::1 ::1 1 1\r\n", v1("[::1]:1", "[::1]:1"));
}

#[test]
fn an_address_in_another_spelling_is_refused() {
    for found in [
        "",
        "1.1.1",
        "1.1.1.1.1",
        "01.1.1.1",
        "1.1.1.001",
        "1.1.1.256",
        "0x1.1.1.1",
        "1.1.1.1%lo",
        "+1.1.1.1",
        "1.1.1.1:1",
        "16843009",
        "a.test",
    ] {
        refused(
            format!("PROXY TCP4 {found} 1.1.1.1 1 1\r\n"),
            ProxyError::V1Address {
                field: ProxyField::SourceAddress,
                found: found.into(),
            },
        );
    }
    for found in [
        "",
        ":",
        ":::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "00001::",
        "[::1]",
        "fe80::1%2",
        "g::",
        "::1.1.1.01",
    ] {
        refused(
            format!("PROXY TCP6 ::1 {found} 1 1\r\n"),
            ProxyError::V1Address {
                field: ProxyField::DestinationAddress,
                found: found.into(),
            },
        );
    }
    check(
        "PROXY TCP6 1:2:3:4:5:6:7:8 0001:: 1 1\r\n",
        v1("[1:2:3:4:5:6:7:8]:1", "[1::]:1"),
    );
    check(
        "PROXY TCP6 1:2:3:4:5:6:7.0.0.8 1:2:3:4:5:6:7:: 1 1\r\n",
        v1("[1:2:3:4:5:6:700:8]:1", "[1:2:3:4:5:6:7:0]:1"),
    );
}

#[test]
fn an_address_of_the_other_family_is_refused() {
    refused(
        "PROXY TCP4 1.1.1.1 ::1 1 1\r\n",
        ProxyError::V1AddressFamily {
            field: ProxyField::DestinationAddress,
            address: "::1".parse().unwrap(),
        },
    );
    refused(
        "PROXY TCP6 1.1.1.1 ::1 1 1\r\n",
        ProxyError::V1AddressFamily {
            field: ProxyField::SourceAddress,
            address: "1.1.1.1".parse().unwrap(),
        },
    );
}

#[test]
fn a_port_in_another_spelling_is_refused() {
    for found in [
        "",
        "00",
        "01",
        "0443",
        "+1",
        "-1",
        "-0",
        "65536",
        "99999",
        "100000",
        "4294967297",
        "1x",
        "0x1",
        "1e1",
        "\t1",
    ] {
        let shown = found.escape_debug().to_string();
        refused(
            format!("PROXY TCP4 1.1.1.1 1.1.1.1 {found} 1\r\n"),
            ProxyError::V1Port {
                field: ProxyField::SourcePort,
                found: shown.clone(),
            },
        );
        refused(
            format!("PROXY TCP4 1.1.1.1 1.1.1.1 1 {found}\r\n"),
            ProxyError::V1Port {
                field: ProxyField::DestinationPort,
                found: shown,
            },
        );
    }
    check(
        "PROXY TCP4 1.1.1.1 1.1.1.1 0 65535\r\n",
        v1("1.1.1.1:0", "1.1.1.1:65535"),
    );
}

#[test]
fn one_space_and_no_more_separates_two_fields() {
    refused(
        "PROXY TCP4 1.1.1.1  1.1.1.1 1 1\r\n",
        ProxyError::V1Address {
            field: ProxyField::DestinationAddress,
            found: "".into(),
        },
    );
    refused(
        "PROXY TCP4 1.1.1.1\t1.1.1.1 1 1\r\n",
        ProxyError::V1Address {
            field: ProxyField::SourceAddress,
            found: "1.1.1.1\\t1.1.1.1".into(),
        },
    );
    refused(
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1 \r\n",
        ProxyError::V1Extra { found: "".into() },
    );
    refused(
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1 1\r\n",
        ProxyError::V1Extra { found: "1".into() },
    );
}

#[test]
fn only_crlf_ends_a_line() {
    refused(
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1\n",
        ProxyError::V1BareLf { at: 30 },
    );
    refused(
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1\rGET",
        ProxyError::V1BareCr { at: 30 },
    );
    refused(
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1\r\r\n",
        ProxyError::V1BareCr { at: 30 },
    );
    refused("PROXY \nUNKNOWN\r\n", ProxyError::V1BareLf { at: 6 });
}

#[test]
fn peer_bytes_in_an_error_are_escaped_and_cut() {
    let line = [b"PROXY TCP4 ".as_slice(), &[0xff; 60], b" 1.1.1.1 1 1\r\n"].concat();
    let error = parse(&line).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "invalid source address \"{}…\" in a PROXY line",
            "\\xff".repeat(48)
        )
    );
    let error = parse(b"\x1b[2J").unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a PROXY header: it begins with \"\\x1b\""
    );
}

#[test]
fn a_line_takes_few_reads() {
    #[track_caller]
    fn takes(reads_max: usize, line: &str) {
        let stream = [line.as_bytes(), RELAYED].concat();
        let reader = read(&stream, |_| usize::MAX, &ProxyLimits::default());
        assert!(reader.result.is_ok());
        assert_eq!(reader.taken, line.len());
        assert!(reader.reads <= reads_max, "{} reads", reader.reads);
    }
    takes(1, "PROXY UNKNOWN\r\n");
    takes(2, "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n");
    takes(6, "PROXY TCP4 192.168.100.17 192.168.100.1 56324 443\r\n");
    takes(
        7,
        "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
    );
    let full = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    takes(16, &format!("PROXY TCP6 {full} {full} 65535 65535\r\n"));
    // Behind UNKNOWN the line may end at any point, so nothing better than two bytes at a time is safe.
    takes(47, &format!("PROXY UNKNOWN {full} {full} 65535 65535\r\n"));
}

#[test]
fn the_first_read_suits_both_versions() {
    assert_eq!(parse(b""), Ok(ProxyProgress::Incomplete { at_least: 15 }));
    assert_eq!(parse(b"P"), Ok(ProxyProgress::Incomplete { at_least: 14 }));
    assert_eq!(parse(b"\r"), Ok(ProxyProgress::Incomplete { at_least: 15 }));
}

// Version 2.

fn binary(version_command: u8, family_transport: u8, block: &[u8]) -> Vec<u8> {
    let length = u16::try_from(block.len()).unwrap().to_be_bytes();
    [
        SIGNATURE,
        &[version_command, family_transport],
        &length,
        block,
    ]
    .concat()
}

/// A header for a client on 192.0.2.7:54321 that dialed 198.51.100.4:443, with these TLVs.
fn tcp4(tlvs: &[u8]) -> Vec<u8> {
    let addresses = [192, 0, 2, 7, 198, 51, 100, 4, 0xd4, 0x31, 0x01, 0xbb];
    binary(0x21, 0x11, &[&addresses, tlvs].concat())
}

fn tcp4_with(tlvs: ProxyTlvs) -> Result<ProxyHeader, ProxyError> {
    Ok(ProxyHeader {
        tlvs,
        ..ProxyHeader::new(
            ProxyVersion::V2,
            Some(inet("192.0.2.7:54321", "198.51.100.4:443")),
        )
    })
}

fn tlv(kind: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    [&[kind], length.as_slice(), value].concat()
}

#[test]
fn addresses_of_each_family_are_parsed() {
    check(tcp4(b""), tcp4_with(ProxyTlvs::default()));

    let mut block = Vec::new();
    block.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
    block.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    block.extend([0xd4, 0x31, 0x01, 0xbb]);
    check(
        binary(0x21, 0x21, &block),
        Ok(ProxyHeader::new(
            ProxyVersion::V2,
            Some(inet("[2001:db8::7]:54321", "[2001:db8::1]:443")),
        )),
    );
    check(
        binary(0x21, 0x00, b""),
        Ok(ProxyHeader::new(ProxyVersion::V2, None)),
    );
}

#[test]
fn unix_addresses_lose_their_padding() {
    #[track_caller]
    fn unix(field: &[u8], source: &[u8]) {
        let mut block = [0; 216];
        block[..field.len()].copy_from_slice(field);
        block[108..114].copy_from_slice(b"/run/d");
        check(
            binary(0x21, 0x31, &block),
            Ok(ProxyHeader::new(
                ProxyVersion::V2,
                Some(ProxyAddresses::Unix {
                    source: source.to_vec(),
                    destination: b"/run/d".to_vec(),
                }),
            )),
        );
    }
    unix(b"", b"");
    unix(b"/run/s", b"/run/s");
    unix(&[b'x'; 108], &[b'x'; 108]);
    unix(b"/run/s\0left over", b"/run/s");
    unix(b"\0abstract\0name", b"\0abstract\0name");
}

#[test]
fn a_local_header_is_accepted_whatever_it_carries() {
    let local = ProxyHeader::local();
    assert!(local.is_local());
    for (family_transport, block) in [
        (0x00, b"".as_slice()),
        (0x11, b"\x7f\0\0\x01"),
        (0x22, b"no addresses, no TLVs"),
        (0xff, b"\x03\0\x04\0\0\0\0"),
    ] {
        check(binary(0x20, family_transport, block), Ok(local.clone()));
    }
    // Unlike a client that the proxy cannot name.
    let ProxyProgress::Complete { header, .. } = parse(&binary(0x21, 0x00, b"")).unwrap() else {
        panic!("a whole header");
    };
    assert!(!header.is_local());
    assert_eq!(header.addresses, None);
}

#[test]
fn version_command_family_and_transport_are_those_of_the_specification() {
    refused(
        binary(0x11, 0x11, &[0; 12]),
        ProxyError::V2Version { version: 1 },
    );
    refused(
        binary(0x31, 0x11, &[0; 12]),
        ProxyError::V2Version { version: 3 },
    );
    refused(
        binary(0x22, 0x11, &[0; 12]),
        ProxyError::V2Command { command: 2 },
    );
    refused(
        binary(0x21, 0x41, &[0; 12]),
        ProxyError::V2Family { family: 4 },
    );
    refused(
        binary(0x21, 0x13, &[0; 12]),
        ProxyError::V2Transport { transport: 3 },
    );
    refused(
        binary(0x21, 0x03, b""),
        ProxyError::V2Transport { transport: 3 },
    );
    for (family, transport) in [(0, 1), (0, 2), (1, 0), (2, 0), (3, 0)] {
        refused(
            binary(0x21, family << 4 | transport, &[0; 216]),
            ProxyError::V2HalfSpecified { family, transport },
        );
    }
}

#[test]
fn a_datagram_protocol_on_a_stream_is_refused() {
    for family_transport in [0x12, 0x22, 0x32] {
        refused(
            binary(0x21, family_transport, &[0; 216]),
            ProxyError::V2Datagram,
        );
    }
}

#[test]
fn a_length_too_short_for_the_family_is_refused() {
    for (family_transport, needed) in [(0x11, 12), (0x21, 36), (0x31, 216)] {
        refused(
            binary(0x21, family_transport, &vec![0; needed - 1]),
            ProxyError::V2TooShort {
                bytes: needed - 1,
                needed,
            },
        );
        let bytes = binary(0x21, family_transport, &vec![0; needed]);
        assert!(matches!(
            parse(&bytes),
            Ok(ProxyProgress::Complete { bytes: end, .. }) if end == 16 + needed
        ));
    }
}

#[test]
fn a_header_longer_than_the_limit_is_refused_by_its_length() {
    let padded = |bytes: usize| tcp4(&tlv(0x04, &vec![0; bytes - 16 - 12 - 3]));
    check(padded(536), tcp4_with(ProxyTlvs::default()));
    refused(
        padded(537),
        ProxyError::V2TooLong {
            bytes: 537,
            limit: 536,
        },
    );
    // Not one byte of the block is waited for.
    assert_eq!(
        parse(&padded(60_000)[..16]),
        Err(ProxyError::V2TooLong {
            bytes: 60_000,
            limit: 536
        })
    );
    // A LOCAL header too.
    refused(
        binary(0x20, 0, &[0; 600]),
        ProxyError::V2TooLong {
            bytes: 616,
            limit: 536,
        },
    );
    // The longest that the format has.
    let limits = ProxyLimits {
        v2_bytes_max: 16 + 65_535,
    };
    let longest = padded(16 + 65_535);
    assert_eq!(
        ProxyHeader::parse(&longest, &limits),
        Ok(ProxyProgress::Complete {
            header: tcp4_with(ProxyTlvs::default()).unwrap(),
            bytes: 65_551,
        })
    );
}

#[test]
fn a_binary_header_takes_three_reads() {
    let stream = [tcp4(&tlv(0x02, b"a.test")), RELAYED.to_vec()].concat();
    let reader = read(&stream, |_| usize::MAX, &ProxyLimits::default());
    assert_eq!(reader.reads, 3);
}

// TLVs.

#[test]
fn the_header_of_an_aws_network_load_balancer_is_parsed() {
    // Checksum first, the id of the VPC endpoint, and padding up to 100 bytes. The checksum was made by another program.
    let endpoint = b"\x01vpce-0123456789abcdef0";
    let bytes = tcp4(
        &[
            tlv(0x03, &0xef91_bc59_u32.to_be_bytes()),
            tlv(0xea, endpoint),
            tlv(0x04, &[0; 36]),
        ]
        .concat(),
    );
    assert_eq!(bytes.len(), 100);
    check(
        bytes,
        tcp4_with(ProxyTlvs {
            checksum: ProxyChecksum::Crc32c,
            others: vec![ProxyTlv {
                kind: 0xea,
                value: endpoint.to_vec(),
            }],
            ..ProxyTlvs::default()
        }),
    );
}

/// HAProxy 2.6 with send-proxy-v2 and all its proxy-v2-options, for a client with a certificate over TLS, recorded.
#[test]
fn the_longest_header_of_haproxy_is_parsed() {
    let bytes = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x9e\x7f\0\0\x01\x7f\0\0\x01\xb2\xf2\x98\x6d\
        \x03\0\x04\xfb\x52\x90\x8f\x01\0\x02h2\x02\0\x09localhost\
        \x05\0\x297F000001:B2F2_7F000001:986D_6B064D9E_0000\
        \x20\0\x4b\x07\0\0\0\0\x21\0\x07TLSv1.3\x22\0\x09localhost\x25\0\x07RSA2048\
        \x24\0\x0aRSA-SHA256\x23\0\x16TLS_AES_256_GCM_SHA384";
    let text = |text: &str| Some(text.to_owned());
    let ssl = ProxySsl {
        client: ProxySsl::CLIENT_TLS | ProxySsl::CLIENT_CERT_CONN | ProxySsl::CLIENT_CERT_SESS,
        verify: 0,
        version: text("TLSv1.3"),
        cn: text("localhost"),
        cipher: text("TLS_AES_256_GCM_SHA384"),
        sig_alg: text("RSA-SHA256"),
        key_alg: text("RSA2048"),
        others: Vec::new(),
    };
    let addresses = inet("127.0.0.1:45810", "127.0.0.1:39021");
    let expected = ProxyHeader {
        tlvs: ProxyTlvs {
            alpn: Some(b"h2".to_vec()),
            authority: text("localhost"),
            checksum: ProxyChecksum::Crc32c,
            unique_id: Some(b"7F000001:B2F2_7F000001:986D_6B064D9E_0000".to_vec()),
            ssl: Some(Box::new(ssl)),
            ..ProxyTlvs::default()
        },
        ..ProxyHeader::new(ProxyVersion::V2, Some(addresses))
    };
    check(bytes, Ok(expected));
}

/// HAProxy 2.6 for a client on a Unix socket, recorded: it says LOCAL, and adds a checksum and a unique id.
#[test]
fn the_header_of_haproxy_without_addresses_is_parsed() {
    let bytes = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\x0a\x03\0\x04\x82\x63\x74\xb8\x05\0\0";
    check(bytes, Ok(ProxyHeader::local()));
}

#[test]
fn each_tlv_has_its_field() {
    let ssl = [
        [0x03, 0, 0, 0, 0].as_slice(),
        &tlv(0x21, b"TLSv1.3"),
        &tlv(0x22, "Zoë".as_bytes()),
        &tlv(0x23, b"TLS_AES_128_GCM_SHA256"),
        &tlv(0x24, b"RSA-SHA256"),
        &tlv(0x25, b"RSA2048"),
        &tlv(0x28, b"\x30\0"),
    ]
    .concat();
    check(
        tcp4(
            &[
                tlv(0x01, b"h2"),
                tlv(0x02, b"a.test"),
                tlv(0x04, b"padding"),
                tlv(0x05, b"\0id\xff"),
                tlv(0x20, &ssl),
                tlv(0x30, b"blue"),
                tlv(0xe0, b""),
                tlv(0xe0, b"twice"),
            ]
            .concat(),
        ),
        tcp4_with(ProxyTlvs {
            alpn: Some(b"h2".to_vec()),
            authority: Some("a.test".into()),
            checksum: ProxyChecksum::Absent,
            unique_id: Some(b"\0id\xff".to_vec()),
            ssl: Some(Box::new(ProxySsl {
                client: ProxySsl::CLIENT_TLS | ProxySsl::CLIENT_CERT_CONN,
                verify: 0,
                version: Some("TLSv1.3".into()),
                cn: Some("Zoë".into()),
                cipher: Some("TLS_AES_128_GCM_SHA256".into()),
                sig_alg: Some("RSA-SHA256".into()),
                key_alg: Some("RSA2048".into()),
                others: vec![ProxyTlv {
                    kind: 0x28,
                    value: b"\x30\0".to_vec(),
                }],
            })),
            netns: Some("blue".into()),
            others: vec![
                ProxyTlv {
                    kind: 0xe0,
                    value: Vec::new(),
                },
                ProxyTlv {
                    kind: 0xe0,
                    value: b"twice".to_vec(),
                },
            ],
        }),
    );
}

#[test]
fn tlvs_follow_at_once_where_there_are_no_addresses() {
    let mut expected = ProxyHeader::new(ProxyVersion::V2, None);
    expected.tlvs.authority = Some("a.test".into());
    check(binary(0x21, 0x00, &tlv(0x02, b"a.test")), Ok(expected));
    refused(
        binary(0x21, 0x00, &[127, 0, 0, 1]),
        ProxyError::TlvTruncated { at: 19 },
    );
}

#[test]
fn a_truncated_tlv_is_refused() {
    let mut bytes = tcp4(&[tlv(0x01, b"h2"), tlv(0x02, b"a.test")].concat());
    check(
        &bytes,
        tcp4_with(ProxyTlvs {
            alpn: Some(b"h2".to_vec()),
            authority: Some("a.test".into()),
            ..ProxyTlvs::default()
        }),
    );
    for _ in 0..8 {
        bytes.pop();
        bytes[15] -= 1;
        refused(&bytes, ProxyError::TlvTruncated { at: 33 });
    }
    bytes.pop();
    bytes[15] -= 1;
    check(
        &bytes,
        tcp4_with(ProxyTlvs {
            alpn: Some(b"h2".to_vec()),
            ..ProxyTlvs::default()
        }),
    );
    // Inside the TLV that holds TLVs, although bytes follow it.
    let ssl = [[0x01, 0, 0, 0, 0].as_slice(), &[0x21, 0, 8], b"TLSv1.3"].concat();
    refused(
        tcp4(&[tlv(0x20, &ssl), tlv(0x04, &[0; 8])].concat()),
        ProxyError::TlvTruncated { at: 36 },
    );
}

#[test]
fn a_tlv_with_one_meaning_comes_once() {
    for kind in [0x01, 0x02, 0x05, 0x20, 0x30] {
        let once = tlv(kind, b"\x01\0\0\0\0");
        assert!(parse(&tcp4(&once)).is_ok());
        refused(
            tcp4(&[once.clone(), once].concat()),
            ProxyError::TlvRepeated { kind },
        );
    }
    refused(
        tcp4(&[tlv(0x03, &[0; 4]), tlv(0x03, &[0; 4])].concat()),
        ProxyError::TlvRepeated { kind: 0x03 },
    );
    let cn = tlv(0x22, b"a");
    refused(
        tcp4(&tlv(
            0x20,
            &[[0x01, 0, 0, 0, 0].as_slice(), &cn, &cn].concat(),
        )),
        ProxyError::TlvRepeated { kind: 0x22 },
    );
}

#[test]
fn a_checksum_that_does_not_match_is_refused() {
    let good = [
        SIGNATURE,
        b"\x21\x11\0\x13\x7f\0\0\x01\x7f\0\0\x01\xdc\x04\x01\xbb",
        b"\x03\0\x04\x70\x21\x59\x65",
    ]
    .concat();
    let mut expected = ProxyHeader::new(
        ProxyVersion::V2,
        Some(inet("127.0.0.1:56324", "127.0.0.1:443")),
    );
    expected.tlvs.checksum = ProxyChecksum::Crc32c;
    check(&good, Ok(expected));

    let mut bad = good.clone();
    bad[34] ^= 1;
    refused(
        &bad,
        ProxyError::Checksum {
            sent: 0x7021_5964,
            computed: 0x7021_5965,
        },
    );
    for byte in 16..28 {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[byte] ^= 1 << bit;
            assert!(matches!(
                parse(&bad),
                Err(ProxyError::Checksum {
                    sent: 0x7021_5965,
                    ..
                })
            ));
        }
    }
}

#[test]
fn bad_bytes_are_a_bad_checksum_before_anything_else() {
    let not_utf8 = tlv(0x02, b"\xff");
    refused(tcp4(&not_utf8), ProxyError::TlvNotUtf8 { kind: 0x02 });
    assert!(matches!(
        parse(&tcp4(&[not_utf8, tlv(0x03, &[0; 4])].concat())),
        Err(ProxyError::Checksum { sent: 0, .. })
    ));
}

#[test]
fn tlvs_of_fixed_form_have_their_length() {
    for bytes in [0, 3, 5] {
        refused(
            tcp4(&tlv(0x03, &vec![0; bytes])),
            ProxyError::TlvLength { kind: 0x03, bytes },
        );
    }
    refused(
        tcp4(&tlv(0x20, &[0; 4])),
        ProxyError::TlvLength {
            kind: 0x20,
            bytes: 4,
        },
    );
    check(
        tcp4(&tlv(0x20, &[0; 5])),
        tcp4_with(ProxyTlvs {
            ssl: Some(Box::default()),
            ..ProxyTlvs::default()
        }),
    );
    refused(
        tcp4(&tlv(0x05, &[7; 129])),
        ProxyError::UniqueIdTooLong { bytes: 129 },
    );
    check(
        tcp4(&tlv(0x05, &[7; 128])),
        tcp4_with(ProxyTlvs {
            unique_id: Some(vec![7; 128]),
            ..ProxyTlvs::default()
        }),
    );
}

#[test]
fn text_is_utf8() {
    for kind in [0x02, 0x30] {
        refused(tcp4(&tlv(kind, b"Zo\xeb")), ProxyError::TlvNotUtf8 { kind });
        assert!(parse(&tcp4(&tlv(kind, "Zoë".as_bytes()))).is_ok());
    }
    for kind in 0x21..=0x25 {
        let ssl = |text: &[u8]| {
            tlv(
                0x20,
                &[[0x01, 0, 0, 0, 0].as_slice(), &tlv(kind, text)].concat(),
            )
        };
        refused(tcp4(&ssl(b"Zo\xeb")), ProxyError::TlvNotUtf8 { kind });
        assert!(parse(&tcp4(&ssl("Zoë".as_bytes()))).is_ok());
    }
}

#[test]
fn a_client_without_a_certificate_is_not_verified() {
    let ssl = |client, verify| ProxySsl {
        client,
        verify,
        ..ProxySsl::default()
    };
    assert!(!ssl(ProxySsl::CLIENT_TLS, 0).is_client_verified());
    assert!(!ssl(ProxySsl::CLIENT_TLS | ProxySsl::CLIENT_CERT_CONN, 18).is_client_verified());
    assert!(ssl(ProxySsl::CLIENT_TLS | ProxySsl::CLIENT_CERT_CONN, 0).is_client_verified());
    assert!(ssl(ProxySsl::CLIENT_TLS | ProxySsl::CLIENT_CERT_SESS, 0).is_client_verified());
}

// Out again.

#[test]
fn a_header_is_emitted_as_the_specification_writes_it() {
    #[track_caller]
    fn emits(header: ProxyHeader, bytes: impl AsRef<[u8]>) {
        assert_eq!(header.emit().as_deref(), Ok(bytes.as_ref()));
    }
    emits(
        v1("127.0.0.1:56324", "127.0.0.1:443").unwrap(),
        "PROXY TCP4 127.0.0.1 127.0.0.1 56324 443\r\n",
    );
    emits(
        v1("[::1]:0", "[2001:db8::1]:65535").unwrap(),
        "PROXY TCP6 ::1 2001:db8::1 0 65535\r\n",
    );
    emits(unknown().unwrap(), "PROXY UNKNOWN\r\n");
    emits(ProxyHeader::local(), binary(0x20, 0x00, b""));
    emits(tcp4_with(ProxyTlvs::default()).unwrap(), tcp4(b""));
    let tlvs = ProxyTlvs {
        checksum: ProxyChecksum::Crc32c,
        others: vec![ProxyTlv {
            kind: 0xea,
            value: b"\x01vpce-0123456789abcdef0".to_vec(),
        }],
        ..ProxyTlvs::default()
    };
    emits(
        tcp4_with(tlvs).unwrap(),
        tcp4(
            &[
                tlv(0x03, &0xe9fa_6d98_u32.to_be_bytes()),
                tlv(0xea, b"\x01vpce-0123456789abcdef0"),
            ]
            .concat(),
        ),
    );
}

#[track_caller]
fn not_emitted(header: &ProxyHeader, error: ProxyEmitError) {
    assert_eq!(header.emit(), Err(error));
}

#[test]
fn version_1_refuses_what_it_has_no_form_for() {
    let as_v1 = |header: ProxyHeader| ProxyHeader {
        version: ProxyVersion::V1,
        ..header
    };
    let cannot = |what| ProxyEmitError::V1Cannot { what };
    not_emitted(&as_v1(ProxyHeader::local()), cannot("a LOCAL command"));
    let unix = ProxyAddresses::Unix {
        source: Vec::new(),
        destination: b"/run/d".to_vec(),
    };
    let unix = ProxyHeader::new(ProxyVersion::V2, Some(unix));
    assert!(unix.emit().is_ok());
    not_emitted(&as_v1(unix), cannot("Unix addresses"));
    let mut tlvs = tcp4_with(ProxyTlvs::default()).unwrap();
    assert!(as_v1(tlvs.clone()).emit().is_ok());
    tlvs.tlvs.checksum = ProxyChecksum::Crc32c;
    not_emitted(&as_v1(tlvs), cannot("TLVs"));
}

#[test]
fn a_header_that_would_not_come_back_is_not_emitted() {
    let mixed = Some(inet("192.0.2.7:1", "[2001:db8::1]:2"));
    for version in [ProxyVersion::V1, ProxyVersion::V2] {
        not_emitted(
            &ProxyHeader::new(version, mixed.clone()),
            ProxyEmitError::MixedFamilies,
        );
    }
    let mut local = ProxyHeader::local();
    local.tlvs.authority = Some("a.test".into());
    not_emitted(&local, ProxyEmitError::LocalIsBare);

    let unix = |source: &[u8]| {
        let addresses = ProxyAddresses::Unix {
            source: source.to_vec(),
            destination: Vec::new(),
        };
        ProxyHeader::new(ProxyVersion::V2, Some(addresses))
    };
    assert!(unix(&[b'x'; 108]).emit().is_ok());
    assert!(unix(b"\0abstract\0name").emit().is_ok());
    for source in [[b'x'; 109].as_slice(), b"/run\0/s", b"\0abstract\0", b"\0"] {
        not_emitted(&unix(source), ProxyEmitError::UnixAddress);
    }

    let with = |change: fn(&mut ProxyTlvs)| {
        let mut header = tcp4_with(ProxyTlvs::default()).unwrap();
        change(&mut header.tlvs);
        header
    };
    assert!(
        with(|tlvs| tlvs.unique_id = Some(vec![0; 128]))
            .emit()
            .is_ok()
    );
    not_emitted(
        &with(|tlvs| tlvs.unique_id = Some(vec![0; 129])),
        ProxyEmitError::TlvTooLong {
            kind: 0x05,
            bytes: 129,
        },
    );
    not_emitted(
        &with(|tlvs| tlvs.alpn = Some(vec![0; 65_536])),
        ProxyEmitError::TlvTooLong {
            kind: 0x01,
            bytes: 65_536,
        },
    );
    assert!(
        with(|tlvs| tlvs.alpn = Some(vec![0; 65_535 - 12 - 3]))
            .emit()
            .is_ok()
    );
    not_emitted(
        &with(|tlvs| tlvs.alpn = Some(vec![0; 65_535 - 12 - 2])),
        ProxyEmitError::TooLong { bytes: 65_536 },
    );
    not_emitted(
        &with(|tlvs| {
            tlvs.others = vec![ProxyTlv {
                kind: 0x02,
                value: Vec::new(),
            }];
        }),
        ProxyEmitError::TlvHasField { kind: 0x02 },
    );
    not_emitted(
        &with(|tlvs| {
            tlvs.ssl = Some(Box::new(ProxySsl {
                others: vec![ProxyTlv {
                    kind: 0x22,
                    value: Vec::new(),
                }],
                ..ProxySsl::default()
            }));
        }),
        ProxyEmitError::TlvHasField { kind: 0x22 },
    );
}

#[test]
fn mapped_addresses_are_kept_and_made_canonical_on_request() {
    let mapped = inet("[::ffff:192.0.2.7]:1", "[::ffff:198.51.100.4]:2");
    assert_eq!(mapped.to_canonical(), inet("192.0.2.7:1", "198.51.100.4:2"));
    let real = inet("[2001:db8::7]:1", "[2001:db8::1]:2");
    assert_eq!(real.to_canonical(), real);
}

// Properties.

fn tlvs() -> impl Strategy<Value = Vec<ProxyTlv>> {
    // Types without a field, in either place.
    let one =
        (0x40_u8.., vec(any::<u8>(), 0..20)).prop_map(|(kind, value)| ProxyTlv { kind, value });
    vec(one, 0..4)
}

fn ssl() -> impl Strategy<Value = Box<ProxySsl>> {
    let text = || proptest::option::of("\\PC{0,12}");
    let texts = (text(), text(), text(), text(), text());
    (any::<u8>(), any::<u32>(), texts, tlvs()).prop_map(
        |(client, verify, (version, cn, cipher, sig_alg, key_alg), others)| {
            Box::new(ProxySsl {
                client,
                verify,
                version,
                cn,
                cipher,
                sig_alg,
                key_alg,
                others,
            })
        },
    )
}

fn all_tlvs() -> impl Strategy<Value = ProxyTlvs> {
    let bytes = |max| proptest::option::of(vec(any::<u8>(), 0..=max));
    let text = || proptest::option::of("\\PC{0,20}");
    let checksum = prop_oneof![Just(ProxyChecksum::Absent), Just(ProxyChecksum::Crc32c)];
    (
        bytes(10),
        text(),
        checksum,
        bytes(128),
        proptest::option::of(ssl()),
        text(),
        tlvs(),
    )
        .prop_map(
            |(alpn, authority, checksum, unique_id, ssl, netns, others)| ProxyTlvs {
                alpn,
                authority,
                checksum,
                unique_id,
                ssl,
                netns,
                others,
            },
        )
}

fn inet_addresses() -> impl Strategy<Value = ProxyAddresses> {
    prop_oneof![
        any::<[([u8; 4], u16); 2]>().prop_map(|ends| ends.map(Into::into)),
        any::<[([u16; 8], u16); 2]>().prop_map(|ends| ends.map(Into::into)),
        // Zeros and mapped addresses have a spelling of their own.
        any::<[([u8; 4], u16); 2]>().prop_map(|ends| {
            ends.map(|(ip, port)| (std::net::Ipv4Addr::from(ip).to_ipv6_mapped(), port).into())
        }),
        any::<[(u16, u16); 2]>().prop_map(|ends| {
            ends.map(|(group, port)| ([group, 0, 0, 0, 0, 0, 0, group], port).into())
        }),
    ]
    .prop_map(|[source, destination]| ProxyAddresses::Inet {
        source,
        destination,
    })
}

fn unix_address() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(1_u8.., 0..=108),
        (vec(any::<u8>(), 0..=106), 1_u8..)
            .prop_map(|(name, last)| { [b"\0".as_slice(), &name, &[last]].concat() }),
    ]
}

fn headers() -> impl Strategy<Value = ProxyHeader> {
    let unix =
        (unix_address(), unix_address()).prop_map(|(source, destination)| ProxyAddresses::Unix {
            source,
            destination,
        });
    let inet = || inet_addresses().boxed();
    let v1 = proptest::option::of(inet())
        .prop_map(|addresses| ProxyHeader::new(ProxyVersion::V1, addresses));
    let v2 = (
        proptest::option::of(prop_oneof![inet(), unix.boxed()]),
        all_tlvs(),
    )
        .prop_map(|(addresses, tlvs)| ProxyHeader {
            tlvs,
            ..ProxyHeader::new(ProxyVersion::V2, addresses)
        });
    prop_oneof![2 => v1, 4 => v2, 1 => Just(ProxyHeader::local())]
}

/// How many bytes a header holds in its values.
fn held(header: &ProxyHeader) -> usize {
    let others = |others: &[ProxyTlv]| others.iter().map(|tlv| 3 + tlv.value.len()).sum::<usize>();
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let bytes = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
    let tlvs = &header.tlvs;
    let ssl = tlvs.ssl.as_ref().map_or(0, |ssl| {
        let texts = [
            &ssl.version,
            &ssl.cn,
            &ssl.cipher,
            &ssl.sig_alg,
            &ssl.key_alg,
        ];
        texts.into_iter().map(text).sum::<usize>() + others(&ssl.others)
    });
    bytes(&tlvs.alpn)
        + text(&tlvs.authority)
        + bytes(&tlvs.unique_id)
        + ssl
        + text(&tlvs.netns)
        + others(&tlvs.others)
}

/// Accepted, or refused, or incomplete, never a panic; never more than the limit; the same at every cut; and what was
/// accepted, emitted and parsed again, is equal.
#[track_caller]
fn holds(bytes: &[u8], limits: &ProxyLimits) {
    match at_every_cut(bytes, limits) {
        Ok(ProxyProgress::Complete { header, bytes: end }) => {
            let max = match header.version {
                ProxyVersion::V1 => 107,
                _ => limits.v2_bytes_max,
            };
            assert!(end <= max);
            assert!(held(&header) <= end);
            let again = header.emit().unwrap();
            assert_eq!(
                ProxyHeader::parse(&again, limits),
                Ok(ProxyProgress::Complete {
                    bytes: again.len(),
                    header,
                })
            );
        }
        Ok(ProxyProgress::Incomplete { .. }) => {}
        Err(error) => assert!(error.to_string().len() < 400),
    }
}

/// Something to do to the bytes of a header.
fn mutate(mut bytes: Vec<u8>, edits: &[(usize, u8, u8)]) -> Vec<u8> {
    for (at, what, byte) in edits {
        let at = at % (bytes.len() + 1);
        match what % 4 {
            0 if at < bytes.len() => bytes[at] = *byte,
            1 if at < bytes.len() => bytes[at] ^= 1 << (byte % 8),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            _ => bytes.insert(at, *byte),
        }
    }
    bytes
}

fn limits() -> impl Strategy<Value = ProxyLimits> {
    prop_oneof![Just(536), 0..1000_usize, Just(65_551)]
        .prop_map(|v2_bytes_max| ProxyLimits { v2_bytes_max })
}

#[track_caller]
fn same<T: Debug + PartialEq>(left: T, right: T) -> Result<(), TestCaseError> {
    prop_assert_eq!(left, right);
    Ok(())
}

proptest! {
    #[test]
    fn a_header_emitted_and_parsed_is_equal(header in headers()) {
        let bytes = header.emit().unwrap();
        let limits = ProxyLimits { v2_bytes_max: 65_551 };
        let stream = [&bytes, RELAYED].concat();
        let expected = ProxyProgress::Complete { header: header.clone(), bytes: bytes.len() };
        same(at_every_cut(&stream, &limits), Ok(expected))?;
        let reader = read(&stream, |_| usize::MAX, &limits);
        same(reader.result, Ok(header))?;
        same(&stream[reader.taken..], RELAYED)?;
    }

    #[test]
    fn any_bytes_are_accepted_or_refused(bytes in vec(any::<u8>(), 0..200), limits in limits()) {
        holds(&bytes, &limits);
        holds(&[b"PROXY ", bytes.as_slice()].concat(), &limits);
        holds(&[b"PROXY TCP6 ", bytes.as_slice()].concat(), &limits);
        holds(&[SIGNATURE, &bytes].concat(), &limits);
        let mut tlvs = tcp4(&bytes);
        holds(&tlvs, &limits);
        tlvs[13] = 0;
        holds(&tlvs, &limits);
    }

    #[test]
    fn any_line_of_pieces_is_accepted_or_refused(
        pieces in vec(proptest::sample::select(PIECES), 0..12),
        limits in limits(),
    ) {
        holds(format!("PROXY {}", pieces.concat()).as_bytes(), &limits);
    }

    #[test]
    fn a_damaged_header_is_accepted_or_refused(
        header in headers(),
        edits in vec((any::<usize>(), any::<u8>(), any::<u8>()), 1..4),
        limits in limits(),
    ) {
        holds(&mutate(header.emit().unwrap(), &edits), &limits);
    }
}

/// Pieces of which lines and near-lines are made.
const PIECES: &[&str] = &[
    "TCP4", "TCP6", "UNKNOWN", " ", " ", " ", "1.1.1.1", "::1", "::", "1:2", ":", ".", "0",
    "65535", "443", "\r\n", "\r", "\n", "x",
];
