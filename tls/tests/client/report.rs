//! What a report of a handshake tells.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::kx_group::SECP384R1;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ProtocolVersion, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_rustls::TlsAcceptor;
use wharf_tls::{
    ClientTls, ClientTlsOptions, Error, HandshakeReport, NamedGroup, SignatureScheme, TlsInfo,
    provider,
};

use crate::authority::Authority;
use crate::peers::{TLS12, TLS13, client, exchange, server_with, trusting};

/// A handshake, and a byte from the server, which brings the tickets along.
async fn reported(
    client: &ClientTls,
    server: &ServerConfig,
) -> (Result<TlsInfo, Error>, HandshakeReport) {
    let (near, far) = duplex(64 * 1024);
    let acceptor = TlsAcceptor::from(Arc::new(server.clone()));
    let serving = async {
        if let Ok(mut stream) = acceptor.accept(far).await {
            stream.write_all(b"x").await.unwrap();
            stream.flush().await.unwrap();
            // Until the client is gone.
            let _ = stream.read_u8().await;
        }
    };
    let connecting = async {
        let (connected, report) = client.connect_reported("localhost", near).await;
        let info = match connected {
            Ok(mut stream) => {
                stream.read_u8().await.unwrap();
                Ok(stream.info().clone())
            }
            Err(error) => Err(error),
        };
        (info, report)
    };
    tokio::join!(connecting, serving).0
}

#[tokio::test]
async fn what_was_offered_is_what_was_chosen_from() {
    let root = Authority::root("root");
    let leaf = root.leaf();
    let options = ClientTlsOptions {
        alpn: vec![b"http/1.1".to_vec()],
        ..trusting(&root)
    };
    for (versions, version) in [
        (TLS13, ProtocolVersion::TLSv1_3),
        (TLS12, ProtocolVersion::TLSv1_2),
    ] {
        let server = server_with(&leaf, versions, None);
        let (info, report) = reported(&client(&options), &server).await;
        let (info, hello) = (info.unwrap(), report.hello.unwrap());
        assert_eq!(info.version, version);
        assert!(hello.supported_versions.contains(&info.version));
        assert!(hello.cipher_suites.contains(&info.cipher_suite));
        assert!(hello.named_groups.contains(&info.named_group.unwrap()));
        // That of the key of the leaf, P-256.
        let scheme = SignatureScheme::ECDSA_NISTP256_SHA256;
        assert_eq!(info.signature_scheme, Some(scheme));
        assert!(hello.signature_schemes.contains(&scheme));
        assert_eq!(hello.alpn, [b"http/1.1"]);
        assert_eq!(hello.server_name.as_deref(), Some("localhost"));
        assert!(!hello.offers_session());
        assert_eq!(report.presented, leaf.chain);
        assert!(report.agreed.is_none(), "the stream tells it");
        assert!(!info.hello_retried);
    }
}

#[tokio::test]
async fn a_resumed_session_says_what_it_did_without() {
    let root = Authority::root("root");
    for (versions, is_13) in [(TLS13, true), (TLS12, false)] {
        let server = server_with(&root.leaf(), versions, None);
        let client = client(&trusting(&root));
        // The one that is not reported begins the session, and the other way round.
        assert!(!exchange(&client, "localhost", &server).await);
        let (info, report) = reported(&client, &server).await;
        let info = info.unwrap();
        assert!(info.resumed);
        assert_eq!(info.signature_scheme, None);
        assert!(report.presented.is_empty());
        assert!(info.peer().is_some(), "that of the session");
        assert_eq!(report.hello.unwrap().offers_session(), is_13);
        assert!(exchange(&client, "localhost", &server).await);
    }
}

#[tokio::test]
async fn what_was_presented_and_agreed_on_is_told_when_it_is_refused() {
    let (root, other) = (Authority::root("root"), Authority::root("other"));
    let leaf = root.leaf();
    for versions in [TLS13, TLS12] {
        let server = server_with(&leaf, versions, None);
        let (info, report) = reported(&client(&trusting(&other)), &server).await;
        assert!(info.unwrap_err().is_untrusted());
        assert_eq!(report.presented, leaf.chain);
        let (hello, agreed) = (report.hello.unwrap(), report.agreed.unwrap());
        assert_eq!(agreed.version, versions[0].version);
        assert!(hello.cipher_suites.contains(&agreed.cipher_suite));
        assert_eq!(agreed.signature_scheme, None, "it did not come to that");
        assert!(agreed.peer().is_none());
    }
}

#[tokio::test]
async fn a_second_hello_is_told_of() {
    let root = Authority::root("root");
    let leaf = root.leaf();
    // No client sends a key share of this one unasked.
    let provider = CryptoProvider {
        kx_groups: vec![SECP384R1],
        ..CryptoProvider::clone(&provider())
    };
    let key = provider.key_provider.load_private_key(leaf.private_key());
    let certified = CertifiedKey::new(leaf.chain.clone(), key.unwrap());
    let server = ServerConfig::builder_with_provider(provider.into())
        .with_protocol_versions(TLS13)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    let (info, report) = reported(&client(&trusting(&root)), &server).await;
    let (info, hello) = (info.unwrap(), report.hello.unwrap());
    assert!(info.hello_retried && !info.resumed);
    assert_eq!(info.named_group, Some(NamedGroup::secp384r1));
    assert!(!hello.key_shares.contains(&NamedGroup::secp384r1));
    assert!(info.signature_scheme.is_some());
}

#[tokio::test]
async fn a_hello_that_was_not_sent_whole_is_not_told_of() {
    let root = Authority::root("root");
    for (room, is_told) in [(64, false), (64 * 1024, true)] {
        let (near, mut far) = duplex(room);
        let client = client(&trusting(&root));
        let reading = async {
            far.read_u8().await.unwrap();
            drop(far);
        };
        let connecting = client.connect_reported("localhost", near);
        let ((connected, report), ()) = tokio::join!(connecting, reading);
        assert!(connected.unwrap_err().is_io());
        assert_eq!(report.hello.is_some(), is_told);
        assert!(report.presented.is_empty() && report.agreed.is_none());
    }
}
