//! What rustls reads from a hello and what we read from it are the same, whenever both accept it: nobody can show the
//! selector one name and have the handshake with another.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use rustls::client::EchGreaseConfig;
use rustls::crypto::aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_AES_128;
use rustls::crypto::hpke::Hpke as _;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::check::{agree, read};
use super::{Progress, extension, is_grease};
use crate::provider;

/// The hello of a client of rustls.
fn hello(name: &str, alpn: &[&str], grease: bool) -> Vec<u8> {
    let builder = ClientConfig::builder_with_provider(provider());
    let builder = if grease {
        let suite = DH_KEM_X25519_HKDF_SHA256_AES_128;
        let (key, _) = suite.generate_key_pair().unwrap();
        builder
            .with_ech(EchGreaseConfig::new(suite, key).into())
            .unwrap()
    } else {
        builder.with_safe_default_protocol_versions().unwrap()
    };
    let mut config = builder
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = name.to_owned().try_into().unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut bytes = Vec::new();
    client.write_tls(&mut bytes).unwrap();
    bytes
}

static HELLOS: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
    [
        hello("example.test", &["h2", "http/1.1"], false),
        hello("EXAMPLE.test", &[], true),
        hello("192.0.2.1", &["x"], false),
    ]
});

#[test]
fn hellos_of_rustls_are_read_as_rustls_reads_them() {
    for bytes in &*HELLOS {
        assert!(agree(bytes));
        let Progress::Hello(read) = read(bytes, []) else {
            panic!("refused");
        };
        assert!(read.extensions.contains(&extension::KEY_SHARE));
        assert!(!read.key_shares.is_empty());
        assert!(
            read.cipher_suites
                .iter()
                .all(|&suite| !is_grease(suite.into()))
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20000) })]

    #[test]
    fn a_hello_that_was_tampered_with_is_read_alike_or_refused(
        which in 0..3usize,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = HELLOS[which].clone();
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        agree(&bytes);
    }

    #[test]
    fn a_name_of_any_bytes_is_read_alike_or_refused(name in prop::collection::vec(any::<u8>(), 12)) {
        let mut bytes = HELLOS[0].clone();
        let at = bytes.windows(12).position(|window| window == b"example.test").unwrap();
        bytes[at..at + 12].copy_from_slice(&name);
        agree(&bytes);
    }

    #[test]
    fn a_name_of_likely_bytes_is_read_alike_or_refused(name in "[a-c0-9._:-]{12}|[0-9.]{12}") {
        let mut bytes = HELLOS[0].clone();
        let at = bytes.windows(12).position(|window| window == b"example.test").unwrap();
        bytes[at..at + 12].copy_from_slice(name.as_bytes());
        agree(&bytes);
    }
}
