//! What a ClientHello says on the wire.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use rustls::crypto::aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_AES_128;
use rustls::crypto::hpke::Hpke;
use tokio::io::{AsyncReadExt, duplex};
use wharf_tls::{ClientTls, ClientTlsOptions, Ech, KeyLogSink, Sni, TlsVersions};

use crate::authority::Authority;
use crate::peers::{check, client, exchange, meet, server, trusting};

const SERVER_NAME: u16 = 0;
const SUPPORTED_GROUPS: u16 = 10;
const ALPN: u16 = 16;
const SUPPORTED_VERSIONS: u16 = 43;
const KEY_SHARE: u16 = 51;
const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;

/// The record with the ClientHello ([RFC 8446 §4.1.2]).
///
/// [RFC 8446 §4.1.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.1.2
struct Hello(Vec<u8>);

impl Hello {
    async fn of(options: &ClientTlsOptions, name: &str) -> Self {
        let (near, mut far) = duplex(64 * 1024);
        let client = client(options);
        let reading = async {
            let mut header = [0; 5];
            far.read_exact(&mut header).await.unwrap();
            let mut record = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
            far.read_exact(&mut record).await.unwrap();
            record
        };
        tokio::select! {
            record = reading => Self(record),
            _ = client.connect(name, near) => panic!("without an answer"),
        }
    }

    fn extension(&self, wanted: u16) -> Option<&[u8]> {
        let number = |at: usize| u16::from_be_bytes([self.0[at], self.0[at + 1]]);
        // Message type and length, version, random, session ID, cipher suites, compression methods.
        let mut at = 4 + 2 + 32;
        at += 1 + usize::from(self.0[at]);
        at += 2 + usize::from(number(at));
        at += 1 + usize::from(self.0[at]);
        at += 2;
        while at < self.0.len() {
            let length = usize::from(number(at + 2));
            if number(at) == wanted {
                return Some(&self.0[at + 4..at + 4 + length]);
            }
            at += 4 + length;
        }
        None
    }

    /// The server name that is sent ([RFC 6066 §3]).
    ///
    /// [RFC 6066 §3]: https://www.rfc-editor.org/rfc/rfc6066#section-3
    fn server_name(&self) -> Option<&str> {
        Some(std::str::from_utf8(&self.extension(SERVER_NAME)?[5..]).unwrap())
    }

    fn contains(&self, text: &str) -> bool {
        self.0
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    }
}

#[tokio::test]
async fn the_post_quantum_group_is_offered_first_with_its_key() {
    let hello = Hello::of(&trusting(&Authority::root("root")), "localhost").await;
    let x25519_mlkem768 = [0x11, 0xec];
    assert_eq!(
        hello.extension(SUPPORTED_GROUPS).unwrap()[2..4],
        x25519_mlkem768
    );
    assert_eq!(hello.extension(KEY_SHARE).unwrap()[2..4], x25519_mlkem768);
}

#[tokio::test]
async fn versions_and_protocols_are_those_of_the_options() {
    let root = Authority::root("root");
    let hello = Hello::of(&trusting(&root), "localhost").await;
    assert_eq!(
        hello.extension(SUPPORTED_VERSIONS).unwrap(),
        [4, 3, 4, 3, 3]
    );
    assert!(hello.extension(ALPN).is_none());
    let options = ClientTlsOptions {
        versions: TlsVersions::Tls13,
        alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        ..trusting(&root)
    };
    let hello = Hello::of(&options, "localhost").await;
    assert_eq!(hello.extension(SUPPORTED_VERSIONS).unwrap(), [2, 3, 4]);
    assert_eq!(&hello.extension(ALPN).unwrap()[2..], b"\x02h2\x08http/1.1");
}

#[tokio::test]
async fn the_server_name_is_the_one_that_is_verified_unless_another_is_to_be_sent() {
    let root = Authority::root("root");
    let sni = |sni| ClientTlsOptions {
        sni,
        ..trusting(&root)
    };
    let front = || Sni::Other("front.example".into());
    for (options, name, sent) in [
        (sni(Sni::Same), "localhost", Some("localhost")),
        (sni(Sni::Same), "127.0.0.1", None),
        (sni(front()), "localhost", Some("front.example")),
        (sni(front()), "127.0.0.1", Some("front.example")),
        (sni(Sni::Off), "localhost", None),
    ] {
        let hello = Hello::of(&options, name).await;
        assert_eq!(hello.server_name(), sent);
        let server = server(&root.issue(&[name]));
        let (connected, accepted) = meet(&client(&options), name, &server).await;
        assert_eq!(connected.unwrap().info().server_name.as_deref(), sent);
        assert_eq!(accepted.unwrap().get_ref().1.server_name(), sent);
    }
}

#[tokio::test]
async fn the_name_that_is_only_sent_is_not_accepted() {
    let root = Authority::root("root");
    let options = ClientTlsOptions {
        sni: Sni::Other("front.example".into()),
        ..trusting(&root)
    };
    let server = server(&root.issue(&["front.example"]));
    let (connected, _) = meet(&client(&options), "localhost", &server).await;
    assert!(connected.unwrap_err().is_name_mismatch());
}

/// An ECHConfigList with one configuration ([RFC 9849 §4]).
///
/// [RFC 9849 §4]: https://www.rfc-editor.org/rfc/rfc9849#section-4
fn ech_config(public_name: &str) -> Vec<u8> {
    let with_length = |content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&length, content].concat()
    };
    let (key, _) = DH_KEM_X25519_HKDF_SHA256_AES_128
        .generate_key_pair()
        .unwrap();
    let mut contents = vec![1, 0x00, 0x20];
    contents.extend(with_length(&key.0));
    contents.extend(with_length(&[0, 1, 0, 1]));
    contents.extend([0, u8::try_from(public_name.len()).unwrap()]);
    contents.extend(public_name.as_bytes());
    contents.extend(with_length(&[]));
    with_length(&[&[0xfe, 0x0d], &with_length(&contents)[..]].concat())
}

#[tokio::test]
async fn ech_hides_the_server_name_behind_the_public_one() {
    let options = ClientTlsOptions {
        ech: Ech::Config(ech_config("public.example")),
        ..trusting(&Authority::root("root"))
    };
    let hello = Hello::of(&options, "secret.example").await;
    assert_eq!(hello.server_name(), Some("public.example"));
    assert!(!hello.contains("secret.example"));
    assert!(hello.extension(ENCRYPTED_CLIENT_HELLO).is_some());
}

#[tokio::test]
async fn a_server_that_does_not_know_the_ech_configuration_is_refused() {
    let root = Authority::root("root");
    let options = ClientTlsOptions {
        ech: Ech::Config(ech_config("public.example")),
        ..trusting(&root)
    };
    let server = server(&root.issue(&["public.example", "secret.example"]));
    let (connected, _) = meet(&client(&options), "secret.example", &server).await;
    check(
        &connected.unwrap_err(),
        "the server rejected the encrypted ClientHello",
        "it does not speak ECH (any more): connect without, if its name may be seen",
    );
}

#[tokio::test]
async fn grease_looks_like_ech_and_changes_nothing() {
    let root = Authority::root("root");
    let options = ClientTlsOptions {
        ech: Ech::Grease,
        ..trusting(&root)
    };
    let hello = Hello::of(&options, "localhost").await;
    assert_eq!(hello.server_name(), Some("localhost"));
    assert!(hello.extension(ENCRYPTED_CLIENT_HELLO).is_some());
    let (connected, _) = meet(&client(&options), "localhost", &server(&root.leaf())).await;
    connected.unwrap();
    let plain = Hello::of(&trusting(&root), "localhost").await;
    assert!(plain.extension(ENCRYPTED_CLIENT_HELLO).is_none());
}

#[test]
fn an_unusable_ech_configuration_and_a_second_name_are_refused_at_once() {
    let root = Authority::root("root");
    let mut options = ClientTlsOptions {
        ech: Ech::Config(vec![1, 2, 3]),
        ..trusting(&root)
    };
    let error = ClientTls::new(&options).unwrap_err();
    check(&error, "the TLS configuration is not usable", "");
    options.ech = Ech::Config(ech_config("public.example"));
    options.sni = Sni::Other("front.example".into());
    let error = ClientTls::new(&options).unwrap_err();
    check(&error, "another server name and ECH exclude each other", "");
}

/// A file that is kept in memory.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn secrets_are_logged_where_the_program_asks_for_it() {
    let root = Authority::root("root");
    let lines = Lines::default();
    let options = ClientTlsOptions {
        key_log: Some(Arc::new(KeyLogSink::new(lines.clone()))),
        ..trusting(&root)
    };
    exchange(&client(&options), "localhost", &server(&root.leaf())).await;
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("SERVER_TRAFFIC_SECRET_0 "), "{text}");
}
