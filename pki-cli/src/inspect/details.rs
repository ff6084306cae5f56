//! Each thing in words.

use time::OffsetDateTime;
use wharf_pki::inspect::{Object, Pkcs12Info, inspect_der};
use wharf_pki::{CertificateInfo, CertificateRequest, Crl, PublicKey};

use crate::clock;
use crate::ui::life::Life;
use crate::ui::page::Fact;

/// The most entries of a CRL that are told to people; programs read them all.
const ENTRIES_SHOWN_MAX: usize = 20;

/// What it is, and what it says. All text can be printed.
pub(crate) fn of(object: &Object, now: OffsetDateTime) -> (String, Vec<Fact>) {
    match object {
        Object::Certificate(certificate) => match inspect_der(certificate.der()) {
            Ok(info) => ("certificate".into(), certificate_facts(&info, now)),
            Err(error) => ("certificate".into(), vec![("error", error.to_string())]),
        },
        Object::Crl(crl) => ("CRL".into(), crl_facts(crl)),
        Object::Request(request) => ("certification request".into(), request_facts(request)),
        Object::PublicKey(key) => ("public key".into(), key_facts(key)),
        Object::PrivateKey(key) => {
            let mut facts = key_facts(key.public_key());
            facts.push(("private part", "not shown".into()));
            ("private key".into(), facts)
        }
        Object::EncryptedKey => {
            let facts = vec![("encrypted", "not even its kind can be told".into())];
            ("private key".into(), facts)
        }
        Object::Pkcs12(info) => {
            let mut facts = pkcs12_facts(info);
            facts.push((
                "the rest",
                "wharf cert p12 FILE --show, with its password".into(),
            ));
            ("PKCS#12 file".into(), facts)
        }
        Object::Unreadable { what, error } => (what.clone(), vec![("error", error.to_string())]),
        Object::Other { label } => (label.clone(), vec![("content", "not read here".into())]),
        _ => ("something else".into(), Vec::new()),
    }
}

fn certificate_facts(info: &CertificateInfo, now: OffsetDateTime) -> Vec<Fact> {
    let issuer = if info.self_issued {
        "itself"
    } else {
        &info.issuer
    };
    let life = Life::of(info.not_before, info.not_after, now);
    let (from, until) = (clock::day(info.not_before), clock::day(info.not_after));
    let ca = match (info.is_ca, info.path_len) {
        (false, _) => "no".to_owned(),
        (true, None) => "yes, any number of CAs below it".to_owned(),
        (true, Some(0)) => "yes, no CA below it".to_owned(),
        (true, Some(most)) => format!("yes, up to {most} below it"),
    };
    let mut facts = vec![
        ("subject", or_none(&info.subject)),
        ("issuer", issuer.to_owned()),
        ("valid", format!("{from} to {until}, {}", life.words())),
        ("CA", ca),
        (
            "key",
            format!(
                "{}, signed with {}",
                info.public_key, info.signature_algorithm
            ),
        ),
        ("serial", info.serial.clone()),
        ("SHA-256", in_halves(&info.sha256)),
        ("key pin", format!("sha256//{}", info.spki_sha256)),
    ];
    let lists = [
        ("names", info.names.join(", ")),
        ("key usage", info.key_usage.join(", ")),
        ("for", info.extended_key_usage.join(", ")),
        ("key id", info.subject_key_id.clone().unwrap_or_default()),
        (
            "issuer key id",
            info.authority_key_id.clone().unwrap_or_default(),
        ),
        ("unknown, crit", info.unknown_critical_extensions.join(", ")),
        ("unreadable", info.malformed_extensions.join(", ")),
    ];
    facts.extend(lists.into_iter().filter(|(_, value)| !value.is_empty()));
    facts
}

fn crl_facts(crl: &Crl) -> Vec<Fact> {
    let info = crl.info();
    let due = info
        .next_update
        .map_or_else(|| "not said".to_owned(), clock::day);
    let number = info.number.as_ref().map(ToString::to_string);
    let mut facts = vec![
        ("issuer", or_none(&info.issuer)),
        ("number", number.unwrap_or_else(|| "not said".into())),
        ("issued", clock::day(info.this_update)),
        ("next due", due),
        ("signed with", info.signature_algorithm.clone()),
        ("revokes", info.entry_count.to_string()),
    ];
    let entries = crl.entries().iter().take(ENTRIES_SHOWN_MAX);
    facts.extend(entries.map(|entry| ("revoked", entry.to_string())));
    let left = info.entry_count.saturating_sub(ENTRIES_SHOWN_MAX);
    if left > 0 {
        facts.push(("", format!("and {left} more: --json lists them all")));
    }
    facts
}

fn request_facts(request: &CertificateRequest) -> Vec<Fact> {
    let names: Vec<_> = request.names().iter().map(ToString::to_string).collect();
    let mut facts = vec![
        ("subject", or_none(request.subject())),
        ("names", or_none(&names.join(", "))),
        ("signature", "right: its sender has the key".into()),
    ];
    facts.extend(key_facts(request.public_key()));
    facts
}

/// As much as is to be seen: with its password that is everything but the key.
pub(crate) fn pkcs12_facts(info: &Pkcs12Info) -> Vec<Fact> {
    let mac = match &info.mac {
        Some(mac) => mac.to_string(),
        None => "none: no change of it can be told".to_owned(),
    };
    let mut facts = vec![("MAC", mac)];
    for part in &info.parts {
        facts.push(("part", part.protection()));
        match &part.bags {
            Some(bags) => facts.extend(bags.iter().map(|bag| ("", bag.to_string()))),
            None => facts.push(("", SEALED.to_owned())),
        }
    }
    facts
}

const SEALED: &str = "its password tells what is in it";

fn key_facts(key: &PublicKey) -> Vec<Fact> {
    vec![
        ("key", key.algorithm().to_string()),
        ("key pin", format!("sha256//{}", key.pin())),
    ]
}

/// Whole it is wider than a terminal. `cert fingerprint` writes it whole.
fn in_halves(fingerprint: &str) -> String {
    match fingerprint.split_at_checked(fingerprint.len() / 2) {
        Some((first, second)) => format!("{first} {}", second.trim_start_matches(':')),
        None => fingerprint.to_owned(),
    }
}

fn or_none(text: &str) -> String {
    if text.is_empty() {
        "none".to_owned()
    } else {
        text.to_owned()
    }
}
