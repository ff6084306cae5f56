//! Numbers as names.

use data_encoding::HEXLOWER;
use wharf_pki::tls13::{Field, KeyShare, Value, names};
use wharf_tls::iana;

use crate::serve::printable;

pub(super) fn version(number: u16) -> String {
    reserved_or(number, iana::version(number.into()).into_owned())
}

pub(super) fn suite(number: u16) -> String {
    reserved_or(number, iana::cipher_suite(number.into()).into_owned())
}

pub(super) fn group(number: u16) -> String {
    reserved_or(number, iana::named_group(number.into()).into_owned())
}

pub(super) fn scheme(number: u16) -> String {
    reserved_or(number, iana::signature_scheme(number.into()).into_owned())
}

/// Names of numbers, with commas between them.
pub(super) fn list(numbers: &[u16], name: impl Fn(u16) -> String) -> String {
    let names: Vec<_> = numbers.iter().copied().map(name).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn reserved_or(number: u16, name: String) -> String {
    if names::is_grease(number) {
        format!("reserved {number:#06x}")
    } else {
        name
    }
}

/// `X25519MLKEM768 (1216 bytes)`.
pub(super) fn share(share: &KeyShare) -> String {
    format!(
        "{} ({})",
        group(share.group),
        count(share.share.len(), "byte")
    )
}

pub(super) fn shares(all: &[KeyShare]) -> String {
    let shares: Vec<_> = all.iter().map(share).collect();
    shares.join(" and ")
}

/// `1 byte`, `2 bytes`.
pub(super) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// The same for people: with spaces, so that it can be wrapped.
pub(super) fn hex_words(bytes: &[u8]) -> String {
    let words: Vec<_> = bytes.chunks(16).map(hex).collect();
    words.join(" ")
}

pub(super) fn alpn(protocol: &[u8]) -> String {
    printable(protocol)
}

/// What a field holds; nothing for bytes that mean nothing by themselves.
pub(super) fn of(field: &Field) -> String {
    match &field.value {
        Value::Length(bytes) => count(*bytes, "byte"),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => printable(text.as_bytes()),
        Value::HandshakeType(number) => names::handshake_type(*number).into_owned(),
        Value::Version(number) => version(*number),
        Value::CipherSuite(number) => suite(*number),
        Value::NamedGroup(number) => group(*number),
        Value::SignatureScheme(number) => scheme(*number),
        Value::Extension(number) => names::extension(*number).into_owned(),
        Value::Certificate => "a certificate in DER".to_owned(),
        Value::AlertLevel(number) => names::alert_level(*number).into_owned(),
        Value::Alert(number) => names::alert(*number).into_owned(),
        _ => String::new(),
    }
}
