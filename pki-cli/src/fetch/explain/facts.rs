//! The record in words: what text and HTML tell alike.

use super::record::{
    Certificate, Connection, Dial, Ending, Handshake, HandshakeKind, Hop, ProxyStep, Reason,
    Record, Tcp, Transfer,
};
use super::show::{bytes, count, time};
use crate::ui::page::Fact;

/// What was asked for.
pub(super) fn title(record: &Record) -> String {
    format!("{} {}", record.method, record.url)
}

/// What came of it, in a line.
pub(super) fn verdict(record: &Record) -> String {
    let response = record.hops.last().and_then(|hop| hop.responses.last());
    let status = response.and_then(|head| head.lines.first());
    match (&record.outcome.error, status) {
        (Some(error), _) => error.clone(),
        (None, Some(status)) => status.clone(),
        (None, None) => "no response".to_owned(),
    }
}

/// All in all.
pub(super) fn summary(record: &Record) -> Vec<Fact> {
    let mut facts = vec![("took", time(record.duration_us))];
    let requests = record.hops.len() + record.hops_left_out;
    if requests > 1 {
        facts.push(("requests", requests.to_string()));
    }
    if record.hops_left_out > 0 {
        facts.push(("not shown", format!("{} of them", record.hops_left_out)));
    }
    if let Some(content) = &record.content {
        let size = bytes(content.bytes);
        let end = if content.is_complete {
            ""
        } else {
            ", not all of it"
        };
        let place = match content.written_to.as_deref() {
            None => "thrown away".to_owned(),
            Some("-") => "on stdout".to_owned(),
            Some(file) => format!("in {file}"),
        };
        facts.push(("content", format!("{size}{end}, {place}")));
    }
    facts.push(("exit status", record.outcome.exit_status.to_string()));
    facts.push(("began", record.began.clone()));
    facts.push(("by", record.program.clone()));
    facts
}

/// Why there is this request, where that has to be said.
pub(super) fn reason(hop: &Hop) -> Option<&'static str> {
    match hop.reason {
        Reason::First => None,
        Reason::Redirect => Some("a redirect"),
        Reason::Again => Some("another attempt"),
    }
}

/// Why there was no response, where that is not told at the top already.
pub(super) fn error<'a>(record: &Record, hop: &'a Hop) -> Option<&'a String> {
    let at_top = record.outcome.error.as_ref();
    hop.error.as_ref().filter(|error| at_top != Some(error))
}

/// How a name was resolved.
pub(super) fn name(dial: &Dial) -> Vec<Fact> {
    let mut facts = vec![("asked for", dial.endpoint.clone())];
    if dial.has_name {
        let took = match dial.resolved_us {
            Some(took) => format!("in {}", time(took)),
            None => "not resolved".to_owned(),
        };
        facts.push(("resolved", took));
    }
    if !dial.addresses.is_empty() {
        facts.push(("addresses", dial.addresses.join(", ")));
    }
    // Where there were attempts, they tell.
    if let Some(error) = dial.error.as_ref().filter(|_| dial.attempts.is_empty()) {
        facts.push(("error", error.clone()));
    }
    facts
}

/// What became of the addresses: each with its ending and how long it took.
pub(super) fn attempts(dial: &Dial) -> Vec<(String, String)> {
    let told = dial.attempts.iter().map(|attempt| {
        let took = time(attempt.duration_us);
        let ending = match (attempt.ending, &attempt.error) {
            (Ending::Done, _) => format!("connected after {took}"),
            (_, Some(error)) => format!("{error} after {took}"),
            (_, None) => format!("no answer within {took}"),
        };
        (attempt.address.clone(), ending)
    });
    told.collect()
}

/// What a proxy was asked for.
pub(super) fn proxy(step: &ProxyStep) -> [Fact; 2] {
    let answer = match step.duration_us {
        Some(took) => format!("it has made a connection in {}", time(took)),
        None => "it has made no connection".to_owned(),
    };
    [("asked", step.proxy.clone()), ("answer", answer)]
}

/// Which connection it is.
pub(super) fn connection(connection: &Connection) -> Vec<Fact> {
    let mut facts = Vec::new();
    if connection.is_kept {
        let from = match connection.made_for_hop {
            Some(number) => format!("kept from request {number}"),
            None => "kept from an earlier request".to_owned(),
        };
        facts.push(("connection", from));
    }
    facts.push(("this end", connection.local.clone()));
    facts.push(("other end", connection.peer.clone()));
    facts
}

/// What the kernel says.
pub(super) fn kernel(tcp: &Tcp) -> Vec<Fact> {
    let round_trip = format!(
        "{}, ± {}, least {}",
        time(tcp.rtt_us),
        time(tcp.rtt_variation_us),
        time(tcp.rtt_min_us)
    );
    let window = format!(
        "{} of {} bytes",
        count(tcp.congestion_window_segments, "segment"),
        tcp.mss_bytes
    );
    vec![
        ("round trip", round_trip),
        ("cwnd", window),
        ("retransmits", count(tcp.retransmitted_segments, "segment")),
        ("lost now", count(tcp.lost_segments, "segment")),
        ("in flight", count(tcp.unacknowledged_segments, "segment")),
        ("resend after", time(tcp.retransmission_timeout_us)),
        ("path MTU", format!("{} bytes", tcp.path_mtu_bytes)),
        ("acknowledged", bytes(tcp.acknowledged_bytes)),
        ("received", bytes(tcp.received_bytes)),
        (
            "delivery rate",
            format!("{}/s", bytes(tcp.delivery_rate_bytes_per_s)),
        ),
    ]
}

/// How much and how fast.
pub(super) fn transfer(transfer: &Transfer) -> Vec<Fact> {
    let with_rate = |size: u64, rate: Option<u64>| match rate {
        Some(rate) => format!("{}, {}/s", bytes(size), bytes(rate)),
        None => bytes(size),
    };
    let mut facts = vec![(
        "sent",
        with_rate(transfer.sent_bytes, transfer.sent_bytes_per_s),
    )];
    if let Some(waited) = transfer.waited_us {
        facts.push(("first byte", format!("after {}", time(waited))));
    }
    let received = with_rate(transfer.received_bytes, transfer.received_bytes_per_s);
    facts.push(("received", received));
    if let Some(took) = transfer.received_us {
        facts.push(("receiving", format!("took {}", time(took))));
    }
    facts
}

/// One thing that both sides have to agree on.
pub(super) struct Agreement {
    pub(super) label: &'static str,
    pub(super) offered: Vec<String>,
    /// What the server chose, or why there is nothing to choose.
    pub(super) chosen: String,
    /// Whether `chosen` is one of the values, and no remark.
    pub(super) is_value: bool,
}

/// Where it did not come to a choice.
const NOTHING: &str = "—";

/// What was offered, and what became of it.
pub(super) fn agreements(handshake: &Handshake) -> Vec<Agreement> {
    let no_offer = super::record::Offer::default();
    let offer = handshake.offered.as_ref().unwrap_or(&no_offer);
    let chosen = handshake.chosen.as_ref();
    let is_resumed = chosen.is_some_and(|chosen| chosen.kind == HandshakeKind::Resumed);
    let agreement = |label, offered: &[String], value: Option<&String>, instead: &str| Agreement {
        label,
        offered: offered.to_vec(),
        chosen: match (chosen, value) {
            (None, _) => NOTHING.to_owned(),
            (_, Some(value)) => value.clone(),
            (_, None) => instead.to_owned(),
        },
        is_value: value.is_some(),
    };
    let of = |value: fn(&super::record::Choice) -> Option<&String>| chosen.and_then(value);
    let group = of(|chosen| chosen.named_group.as_ref());
    let keyless = "no keys were exchanged: a session of TLS 1.2 went on";
    let unsigned = match handshake.is_done {
        true if is_resumed => "nothing is signed: a session was resumed",
        true => "not told",
        false => NOTHING,
    };
    let no_alpn = if handshake.is_done { "none" } else { NOTHING };
    let signature = of(|chosen| chosen.signature_scheme.as_ref());
    let alpn = of(|chosen| chosen.alpn.as_ref());
    vec![
        agreement(
            "version",
            &offer.versions,
            of(|chosen| Some(&chosen.version)),
            "",
        ),
        agreement(
            "cipher suite",
            &offer.cipher_suites,
            of(|chosen| Some(&chosen.cipher_suite)),
            "",
        ),
        agreement("named group", &offer.named_groups, group, keyless),
        agreement("signature", &offer.signature_schemes, signature, unsigned),
        agreement("ALPN", &offer.alpn, alpn, no_alpn),
    ]
}

/// What there is to say of a handshake beside what was agreed on.
pub(super) fn handshake(handshake: &Handshake) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(took) = handshake.duration_us {
        facts.push(("took", time(took)));
    }
    if !handshake.is_done {
        facts.push(("handshake", "failed".to_owned()));
    }
    if let Some(chosen) = handshake.chosen.as_ref().filter(|_| handshake.is_done) {
        let kind = match chosen.kind {
            HandshakeKind::Full => "full",
            HandshakeKind::HelloRetried => {
                "full, with a HelloRetryRequest: the server wanted another key share, a round trip more"
            }
            HandshakeKind::Resumed => "resumed: nothing was presented or signed",
        };
        facts.push(("handshake", kind.to_owned()));
        let scheme = chosen.signature_scheme.as_deref().unwrap_or_default();
        if chosen.version == "TLSv1.2" && scheme.starts_with("ecdsa") {
            let remark = "names the hash alone in TLS 1.2, and any curve may be meant";
            facts.push(("scheme", remark.to_owned()));
        }
    }
    if let Some(offer) = &handshake.offered {
        let name = offer.server_name.as_deref().unwrap_or("none sent");
        facts.push(("server name", name.to_owned()));
        facts.push(("key shares", offer.key_shares.join(", ")));
        let session = if offer.has_session {
            "offered"
        } else {
            "none offered"
        };
        facts.push(("session", session.to_owned()));
    }
    facts
}

/// Whom a certificate is for, in a line.
pub(super) fn subject(certificate: &Certificate) -> String {
    match &certificate.info {
        None => "cannot be read".to_owned(),
        Some(info) if info.subject.is_empty() => info.names.join(", "),
        Some(info) => info.subject.clone(),
    }
}

/// What a certificate says.
pub(super) fn certificate(certificate: &Certificate) -> Vec<Fact> {
    let Some(info) = &certificate.info else {
        let reason = certificate.unreadable.clone().unwrap_or_default();
        return vec![("error", reason)];
    };
    let mut facts = vec![(
        "issuer",
        if info.self_issued {
            "itself".to_owned()
        } else {
            info.issuer.clone()
        },
    )];
    if !info.names.is_empty() {
        facts.push(("names", info.names.join(", ")));
    }
    let (from, until) = (info.not_before.date(), info.not_after.date());
    let key = format!(
        "{}, signed with {}",
        info.public_key, info.signature_algorithm
    );
    facts.push((
        "valid",
        format!("{from} to {until}, {}", certificate.left()),
    ));
    facts.push(("key", key));
    facts.push(("serial", info.serial.clone()));
    facts.push(("SHA-256", info.sha256.clone()));
    facts
}

/// Where the certificates come from.
pub(super) fn chain_title(handshake: &Handshake) -> &'static str {
    match (handshake.are_of_session, handshake.is_done) {
        (true, _) => "Certificates of the session that was resumed",
        (false, true) => "Certificates",
        (false, false) => "Certificates that were presented",
    }
}
