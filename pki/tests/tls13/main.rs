//! Recorded handshakes: the traces of RFC 8448, and bytes that nobody means well with.

mod hostile;
mod key_log;
mod sealed;
mod traces;

use std::time::Duration;

use data_encoding::HEXLOWER;
use wharf_pki::tls13::{Recording, Secret, Secrets, Sender};

/// A trace: records by sender, and the secret that the key exchange gave.
struct Trace {
    records: Vec<(Sender, Vec<u8>)>,
    shared: Vec<u8>,
}

const SIMPLE: &str = include_str!("rfc8448/simple.txt");
const HELLO_RETRY_REQUEST: &str = include_str!("rfc8448/hello-retry-request.txt");
const CLIENT_AUTHENTICATION: &str = include_str!("rfc8448/client-authentication.txt");

impl Trace {
    fn new(text: &str) -> Self {
        let mut trace = Self {
            records: Vec::new(),
            shared: Vec::new(),
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (who, hex) = line.split_once(' ').unwrap();
            let bytes = HEXLOWER.decode(hex.as_bytes()).unwrap();
            match who {
                "X" => trace.shared = bytes,
                "C" => trace.records.push((Sender::Client, bytes)),
                _ => trace.records.push((Sender::Server, bytes)),
            }
        }
        trace
    }

    fn secrets(&self) -> Secrets {
        Secrets::default().with_shared_secret(Secret::new(&self.shared))
    }

    fn recording(&self) -> Recording {
        recording(&self.records)
    }

    /// All of it, as one would read it from a file.
    fn bytes(&self) -> usize {
        self.records.iter().map(|(_, bytes)| bytes.len()).sum()
    }
}

fn recording(records: &[(Sender, Vec<u8>)]) -> Recording {
    let mut recording = Recording::default();
    for (number, (from, bytes)) in records.iter().enumerate() {
        recording.add(*from, Duration::from_millis(number as u64), bytes);
    }
    recording
}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}
