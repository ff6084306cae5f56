//! Keys: made, written, read again, refused; signatures checked.

mod agreement;
mod encrypted;
mod forms;
mod hostile;
mod message;
mod refused;
mod types;
mod verify;

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use wharf_pki::{Key, KeyType};

/// A key of each type, made once: RSA takes its time.
fn key(key_type: KeyType) -> Key {
    static MADE: OnceLock<Mutex<HashMap<KeyType, Vec<u8>>>> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap();
    let der = made
        .entry(key_type)
        .or_insert_with(|| Key::generate(key_type).unwrap().to_pkcs8_der().to_vec());
    Key::from_der(der).unwrap()
}

fn pem(label: &str, der: &[u8]) -> String {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        data_encoding::BASE64.encode(der)
    )
}

/// The octets of a PEM text that holds nothing else.
fn der(pem: &str) -> Vec<u8> {
    let base64: String = pem
        .lines()
        .filter(|line| !line.starts_with("---"))
        .collect();
    data_encoding::BASE64.decode(base64.as_bytes()).unwrap()
}

/// An element of DER.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut der = vec![tag];
    match length {
        0..=0x7f => der.push(length as u8),
        0x80..=0xff => der.extend([0x81, length as u8]),
        _ => der.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    der.extend(content);
    der
}
