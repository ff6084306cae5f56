//! The story for programs.

use serde_json::{Value, json};
use wharf_pki::tls13::{
    Body, CheckKind, ClientHello, Derivation, KeyShare, Message, Origin, Outcome, Protection, names,
};

use super::values::{self, group, hex, scheme, suite, version};
use super::{Reveal, Story, keys, words};

/// All of it.
pub(crate) fn story(story: &Story<'_>) -> Value {
    let watched = story.watched;
    let handshake = story.handshake();
    let exchange = story.exchange().map(|(group, sent, received)| {
        json!({"group": group, "client_share_bytes": sent, "server_share_bytes": received})
    });
    let records = handshake.records.iter().map(|record| {
        json!({
            "from": record.from.to_string(),
            "at_us": micros(record.at),
            "type": names::content_type(record.content_type),
            "version": version(record.version),
            "bytes": record.length,
            "protection": protection(record.protection),
            "inner_type": record.inner_type.map(names::content_type),
            "padding_bytes": record.padding,
        })
    });
    let reveal = story.reveal;
    json!({
        "format": 1,
        "server": story.target.endpoint.to_string(),
        "name": story.target.name,
        "peer": watched.peer,
        "complete": handshake.is_complete(),
        "holds": story.holds(),
        "verified": story.verification.as_ref().map(wharf_pki::verify::Report::is_verified),
        "error": watched.agreed.as_ref().err().map(ToString::to_string),
        "refused_by": story.late_refusal().map(names::alert),
        "took_us": micros(watched.took),
        "bytes_sent": watched.bytes_sent,
        "bytes_received": watched.bytes_received,
        "cipher_suite": handshake.suite.map(|it| it.to_string()),
        "key_exchange": exchange,
        "records": records.collect::<Vec<_>>(),
        "messages": handshake.messages.iter().map(|it| message(it, reveal)).collect::<Vec<_>>(),
        "schedule": handshake.derivations.iter().map(|it| derivation(it, story)).collect::<Vec<_>>(),
        "faults": handshake.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "chain": story.infos(),
        "verification": story.verification,
    })
}

fn micros(duration: std::time::Duration) -> u64 {
    duration.as_micros().try_into().unwrap_or(u64::MAX)
}

fn protection(protection: Protection) -> &'static str {
    match protection {
        Protection::Handshake => "handshake",
        Protection::Application => "application",
        _ => "none",
    }
}

fn message(message: &Message, reveal: Reveal) -> Value {
    let is_secret = matches!(message.body, Body::ApplicationData) && reveal == Reveal::Nothing;
    let fields = message.fields.iter().map(|field| {
        json!({
            "name": field.name,
            "depth": field.depth,
            "offset": field.range.start,
            "bytes": field.range.len(),
            "value": values::of(field),
        })
    });
    let checks = message.checks.iter().map(|check| {
        let (outcome, reason) = match &check.outcome {
            Outcome::Passed => ("passed", None),
            Outcome::Failed(reason) => ("failed", Some(reason)),
            Outcome::NotDone(reason) => ("not-done", Some(reason)),
            _ => ("unknown", None),
        };
        let check = match check.kind {
            CheckKind::Signature => "signature",
            _ => "finished",
        };
        json!({"check": check, "outcome": outcome, "reason": reason})
    });
    json!({
        "from": message.from.to_string(),
        "at_us": micros(message.at),
        "type": words::title(message),
        "protection": protection(message.protection),
        "records": message.records.clone().collect::<Vec<_>>(),
        "length": message.bytes.len(),
        "bytes": (!is_secret).then(|| hex(&message.bytes)),
        "transcript_hash": message.transcript_hash.as_deref().map(hex),
        "content": content(&message.body),
        "fields": fields.collect::<Vec<_>>(),
        "checks": checks.collect::<Vec<_>>(),
    })
}

/// What a message says, by its type.
fn content(body: &Body) -> Value {
    match body {
        Body::ClientHello(hello) => client_hello(hello),
        Body::HelloRetryRequest(retry) => json!({
            "cipher_suite": suite(retry.cipher_suite),
            "group": retry.group.map(group),
            "cookie_bytes": retry.cookie_bytes,
            "extensions": extensions(&retry.extensions),
        }),
        Body::ServerHello(hello) => json!({
            "version": version(hello.version),
            "cipher_suite": suite(hello.cipher_suite),
            "key_share": hello.key_share.as_ref().map(share),
            "extensions": extensions(&hello.extensions),
        }),
        Body::EncryptedExtensions(told) => json!({
            "alpn": told.alpn.as_deref().map(values::alpn),
            "groups": all(&told.groups, group),
            "extensions": extensions(&told.extensions),
        }),
        Body::CertificateRequest(request) => json!({
            "schemes": all(&request.schemes, scheme),
            "authorities": request.authorities.len(),
            "extensions": extensions(&request.extensions),
        }),
        Body::Certificate(certificates) => {
            let entries = certificates.entries.iter();
            let entries =
                entries.map(|it| json!({"bytes": it.der.len(), "ocsp_bytes": it.ocsp_bytes}));
            json!({"certificates": entries.collect::<Vec<_>>()})
        }
        Body::CompressedCertificate {
            algorithm,
            uncompressed_bytes,
            ..
        } => json!({
            "algorithm": names::compression(*algorithm),
            "uncompressed_bytes": uncompressed_bytes,
        }),
        Body::CertificateVerify {
            scheme: by,
            signature,
        } => {
            json!({"scheme": scheme(*by), "signature_bytes": signature.len()})
        }
        Body::NewSessionTicket {
            lifetime_s,
            ticket_bytes,
        } => json!({"lifetime_s": lifetime_s, "ticket_bytes": ticket_bytes}),
        Body::KeyUpdate { is_requested } => json!({"requested": is_requested}),
        Body::Alert { level, description } => json!({
            "level": names::alert_level(*level),
            "description": names::alert(*description),
        }),
        Body::Unreadable(why) => json!({"unreadable": why.to_string()}),
        _ => Value::Null,
    }
}

fn client_hello(hello: &ClientHello) -> Value {
    json!({
        "versions": all(&hello.versions, version),
        "cipher_suites": all(&hello.cipher_suites, suite),
        "groups": all(&hello.groups, group),
        "key_shares": hello.key_shares.iter().map(share).collect::<Vec<_>>(),
        "schemes": all(&hello.schemes, scheme),
        "server_name": hello.server_name,
        "alpn": hello.alpn.iter().map(|it| values::alpn(it)).collect::<Vec<_>>(),
        "cookie_bytes": hello.cookie_bytes,
        "extensions": extensions(&hello.extensions),
    })
}

fn share(share: &KeyShare) -> Value {
    json!({"group": group(share.group), "bytes": share.share.len()})
}

fn all(numbers: &[u16], name: impl Fn(u16) -> String) -> Vec<String> {
    numbers.iter().copied().map(name).collect()
}

fn extensions(numbers: &[u16]) -> Vec<String> {
    all(numbers, |number| names::extension(number).into_owned())
}

fn derivation(derivation: &Derivation, story: &Story<'_>) -> Value {
    let is_revealed = story.reveal == Reveal::Secrets;
    let command = is_revealed.then(|| keys::command(story.handshake(), derivation));
    json!({
        "name": derivation.what.to_string(),
        "label": derivation.what.label(),
        "formula": derivation.formula,
        "bytes": derivation.value.size(),
        "fingerprint": hex(&derivation.value.fingerprint()),
        "value": is_revealed.then(|| hex(derivation.value.as_bytes())),
        "command": command.flatten(),
        "computed": derivation.origin == Origin::Computed,
        "agrees_with_log": derivation.agrees_with_log,
        "after_message": derivation.after_message,
    })
}
