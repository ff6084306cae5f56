//! Records for tests of the forms.

use std::time::Duration;

use time::OffsetDateTime;
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};

use super::certificate::certificate;
use super::phases::phases;
use super::record::*;

const DAY: Duration = Duration::from_secs(86_400);

/// A chain of two, whose root has this name.
fn chain(root_name: &str) -> Vec<Certificate> {
    let now = OffsetDateTime::now_utc();
    let key = || Key::generate(KeyType::P256).unwrap();
    let root = Authority::root(key(), &CaSubject::new(root_name), 100 * DAY, 0, now).unwrap();
    let wanted = EndEntity {
        names: vec!["a.test".parse().unwrap()],
        lifetime: 90 * DAY,
        ..EndEntity::default()
    };
    let leaf = root.issue(&wanted, &key(), now).unwrap().certificate;
    let ders = [leaf.der(), root.certificate().der()];
    ders.map(|der| certificate(der, now)).into()
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

/// One request that went well, with something in every field that can have something then.
pub(super) fn record() -> Record {
    let dial = Dial {
        endpoint: "a.test:8443".into(),
        has_name: true,
        at_us: 10,
        duration_us: Some(300_000),
        resolved_us: Some(20_000),
        addresses: strings(&["[::1]:8443", "127.0.0.1:8443"]),
        attempts: vec![
            Attempt {
                address: "[::1]:8443".into(),
                at_us: 20_010,
                duration_us: 280_000,
                ending: Ending::Unanswered,
                error: None,
            },
            Attempt {
                address: "127.0.0.1:8443".into(),
                at_us: 270_010,
                duration_us: 30_000,
                ending: Ending::Done,
                error: None,
            },
        ],
        error: None,
    };
    let handshake = Handshake {
        at_us: 300_020,
        duration_us: Some(50_000),
        is_done: true,
        offered: Some(Offer {
            versions: strings(&["TLSv1.3", "TLSv1.2"]),
            cipher_suites: strings(&["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"]),
            named_groups: strings(&["X25519MLKEM768", "x25519"]),
            key_shares: strings(&["X25519MLKEM768", "x25519"]),
            signature_schemes: strings(&["ecdsa_secp256r1_sha256", "ed25519"]),
            alpn: strings(&["http/1.1"]),
            server_name: Some("a.test".into()),
            has_session: false,
        }),
        chosen: Some(Choice {
            version: "TLSv1.3".into(),
            cipher_suite: "TLS_AES_128_GCM_SHA256".into(),
            named_group: Some("x25519".into()),
            signature_scheme: Some("ecdsa_secp256r1_sha256".into()),
            alpn: Some("http/1.1".into()),
            kind: HandshakeKind::Full,
        }),
        certificates: chain("test root"),
        are_of_session: false,
    };
    let mut hop = Hop {
        number: 1,
        reason: Reason::First,
        method: "GET".into(),
        url: "https://a.test:8443/".into(),
        at_us: 0,
        duration_us: 500_000,
        connection: Some(Connection {
            id: 1,
            is_kept: false,
            made_for_hop: Some(1),
            local: "127.0.0.1:50000".into(),
            peer: "127.0.0.1:8443".into(),
        }),
        dials: vec![dial],
        proxies: vec![ProxyStep {
            proxy: "http://proxy.test:3128".into(),
            at_us: 300_011,
            duration_us: Some(9),
        }],
        handshakes: vec![handshake],
        request: Some(SentHead {
            at_us: 350_030,
            duration_us: Some(70),
            lines: strings(&[
                "GET / HTTP/1.1",
                "host: a.test:8443",
                "authorization: [redacted]",
            ]),
        }),
        responses: vec![ReceivedHead {
            at_us: 450_000,
            status: 200,
            lines: strings(&["HTTP/1.1 200 OK", "content-length: 1000"]),
        }],
        transfer: Some(Transfer {
            at_us: 500_000,
            sent_bytes: 80,
            received_bytes: 1_040,
            waited_us: Some(99_900),
            received_us: Some(50_000),
            sent_bytes_per_s: None,
            received_bytes_per_s: Some(20_800),
        }),
        tcp: Some(Tcp {
            at_us: 500_000,
            rtt_us: 30_000,
            congestion_window_segments: 10,
            mss_bytes: 1_460,
            ..Tcp::default()
        }),
        error: None,
        phases: Vec::new(),
    };
    hop.phases = phases(&hop, 500_000, true);
    Record {
        format: FORMAT,
        program: "wharf 0.0.0".into(),
        began: "2027-01-02T03:04:05Z".into(),
        method: "GET".into(),
        url: "https://a.test:8443/".into(),
        duration_us: 500_000,
        outcome: Outcome {
            status: Some(200),
            ..Outcome::default()
        },
        content: Some(Content {
            bytes: 1_000,
            is_complete: true,
            written_to: None,
        }),
        hops: vec![hop],
        hops_left_out: 0,
    }
}

/// One in which everything that a peer says is said by somebody who means no good.
pub(super) fn hostile() -> Record {
    let text = "<script>alert(1)</script></title><img onerror=\"x\">\u{1b}[2J\r\u{7}<b>'\"&";
    let mut record = record();
    record.outcome.error = Some(text.into());
    record.outcome.hint = Some(text.into());
    let hop = &mut record.hops[0];
    hop.error = Some(text.into());
    hop.responses[0].lines = vec![
        format!("HTTP/1.1 200 {text}"),
        format!("x: {text}"),
        text.into(),
    ];
    let handshake = &mut hop.handshakes[0];
    handshake.certificates = chain("<script>alert(1)</script>");
    handshake.certificates.push(Certificate {
        info: None,
        days_left: None,
        unreadable: Some(text.into()),
    });
    if let Some(chosen) = &mut handshake.chosen {
        chosen.alpn = Some(text.into());
    }
    record
}
