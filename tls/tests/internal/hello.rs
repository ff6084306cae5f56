//! The seeds of the fuzz target, on stable. Part of the crate's unit tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use super::check::{agree, check, read};
use super::{HelloReader, Progress};

/// By their file names.
static SEEDS: LazyLock<BTreeMap<String, Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/client_hello");
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let seed = |file: fs::DirEntry| {
        let name = file.file_name().into_string().unwrap();
        (name, fs::read(file.path()).unwrap())
    };
    files.map(seed).collect()
});

/// What each is read as, and whether rustls accepts it. A hello is told by its server name and its fingerprint.
const READ_AS: &[&str] = &[
    "alert: a record of type 21 where a ClientHello should be, refused",
    "alpn-beyond-its-end: example.test t13d311100_e8f1e7e78f70_1f22a2ca17c4, refused",
    "browser-like: example.test t13d1516h2_8daaf6152771_d8a2da3f94cd, accepted",
    "curl-7.88: example.test t13d3112h2_e8f1e7e78f70_b26ce05bbdd6, accepted",
    "cut-in-half: more, refused",
    "empty-record-first: a record of 0 bytes, refused",
    "extension-twice: the extension 0 comes twice in the ClientHello, refused",
    "extensions-beyond-the-message: the ClientHello ends in its extensions, refused",
    "gnutls-3.7: localhost t13d291300_723694b0fccc_899037bd0b8c, accepted",
    "go: example.test t13d1312h2_f57a46bbacb6_ab7e3b40a677, accepted",
    "in-records-of-one-byte: example.test t12d280700_d943125447b4_e7e480e5a997, accepted",
    "in-three-records: example.test t13d3111h2_e8f1e7e78f70_1f22a2ca17c4, accepted",
    "java-17: - t13i3712h2_db35923f8641_7c76daad20ec, accepted",
    "message-too-long: a ClientHello of 65536 bytes, where 65535 are allowed, refused",
    "more-in-its-record: example.test t12d280700_d943125447b4_e7e480e5a997, refused",
    "name-in-capitals-with-a-dot: example.test t13d020500_777cda164f4b_e12c865f31a5, accepted",
    "name-is-an-address: - t13d020500_777cda164f4b_e12c865f31a5, accepted",
    "name-is-no-text: - t13d020500_777cda164f4b_e12c865f31a5, refused",
    "no-extensions: - t12i010000_648b5c445417_000000000000, refused",
    "node: example.test t13d5911h1_a33745022dd6_1f22a2ca17c4, accepted",
    "odd-cipher-suites: - t13i010400_0f2cb44170f4_e12c865f31a5, refused",
    "openssl-3.0-no-name: - t13i310900_e8f1e7e78f70_2a5f9bbb7043, accepted",
    "openssl-3.0-tls12: example.test t12d280700_d943125447b4_e7e480e5a997, accepted",
    "openssl-3.0-tls13: example.test t13d3111h2_e8f1e7e78f70_1f22a2ca17c4, accepted",
    "plain-http: plain text, refused",
    "python-3: example.test t13d181100_85036bcba153_d41ae481755e, accepted",
    "record-too-long: a record of 16385 bytes, refused",
    "server-hello: a handshake message of type 2 where a ClientHello should be, refused",
    "ssl-2.0: a record of type 128 where a ClientHello should be, refused",
    "two-names: example.test t13d020500_777cda164f4b_e12c865f31a5, refused",
    "with-early-data-behind: example.test t13d020600_777cda164f4b_ebe7f26e3008, accepted",
];

fn told(progress: &Progress) -> String {
    match progress {
        Progress::NeedMore => "more".to_owned(),
        Progress::Plaintext => "plain text".to_owned(),
        Progress::Refused(error, _) => error.to_string(),
        Progress::Hello(hello) => {
            let name = hello.server_name.as_deref().unwrap_or("-");
            format!("{name} {}", hello.ja4())
        }
    }
}

#[test]
fn every_seed_is_read_as_what_it_is() {
    let read_as = SEEDS.iter().map(|(name, bytes)| {
        let by_rustls = if agree(bytes) { "accepted" } else { "refused" };
        format!("{name}: {}, {by_rustls}", told(&read(bytes, [])))
    });
    assert_eq!(read_as.collect::<Vec<_>>(), READ_AS);
}

#[test]
fn every_seed_is_read_the_same_wherever_it_is_cut() {
    for (name, bytes) in &*SEEDS {
        let whole = read(bytes, []);
        for cut in 1..bytes.len() {
            assert_eq!(read(bytes, [cut]), whole, "{name} cut at {cut}");
        }
        check(bytes);
    }
}

#[test]
fn every_beginning_of_a_seed_is_read_the_same_at_once_and_byte_by_byte() {
    for (name, bytes) in &*SEEDS {
        let mut reader = HelloReader::default();
        let mut slowly = Progress::NeedMore;
        for end in 0..bytes.len() {
            let beginning = &bytes[..end];
            assert_eq!(read(beginning, []), slowly, "{name} up to {end}");
            agree(beginning);
            if slowly == Progress::NeedMore {
                reader.buffer().push(bytes[end]);
                slowly = reader.advance();
            }
        }
    }
}

#[test]
fn a_hello_that_does_not_end_is_given_up_while_it_is_small() {
    // A message of 60 KiB in records of one byte, which would take 360 KiB.
    let message = [&[1, 0, 0xf0, 0][..], &[0; 0xf000]].concat();
    let record = |byte: &u8| [22, 3, 1, 0, 1, *byte];
    let bytes: Vec<u8> = message.iter().flat_map(record).collect();
    let refused = told(&read(&bytes, []));
    assert_eq!(
        refused,
        "a ClientHello of 131076 bytes, where 131070 are allowed"
    );
    assert_eq!(told(&read(&bytes, 1..bytes.len())), refused);
}

#[test]
fn a_seed_with_another_byte_is_read_as_rustls_reads_it() {
    let (mut accepted, mut refused) = (0, 0);
    for bytes in SEEDS.values() {
        for at in 0..bytes.len() {
            for xor in [0x01, 0x20, 0x80, 0xff] {
                let mut other = bytes.clone();
                other[at] ^= xor;
                let whole = read(&other, []);
                assert_eq!(read(&other, [at, at + 1]), whole, "{at} {xor:#x}");
                match agree(&other) {
                    true => accepted += 1,
                    false => refused += 1,
                }
            }
        }
    }
    assert!(
        accepted > 10_000 && refused > 10_000,
        "{accepted} {refused}"
    );
}
