//! Servers, and a meeting with one.

use std::io;
use std::sync::Arc;

use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::TlsAcceptor;
use wharf_tls::{ClientTls, ClientTlsOptions, Error, Roots, TlsStream, provider};

use crate::authority::{Authority, Issued};

pub(crate) const TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
pub(crate) const TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
pub(crate) const BOTH: &[&SupportedProtocolVersion] =
    &[&rustls::version::TLS13, &rustls::version::TLS12];

/// rustls's own server: it takes certificates as they are.
pub(crate) fn server(leaf: &Issued) -> ServerConfig {
    server_with(leaf, BOTH, None)
}

/// One that requires client certificates of a CA.
pub(crate) fn server_with(
    leaf: &Issued,
    versions: &[&'static SupportedProtocolVersion],
    clients: Option<&Authority>,
) -> ServerConfig {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            roots.add(ca.der()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = provider()
        .key_provider
        .load_private_key(leaf.private_key())
        .unwrap();
    // Whether the key belongs to the certificate is not checked here.
    let certified = CertifiedKey::new(leaf.chain.clone(), key);
    builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
}

pub(crate) fn trusting(ca: &Authority) -> ClientTlsOptions {
    ClientTlsOptions {
        roots: Roots::Own(ca.trust()),
        ..ClientTlsOptions::default()
    }
}

pub(crate) fn client(options: &ClientTlsOptions) -> ClientTls {
    ClientTls::new(options).unwrap()
}

pub(crate) type Connected = Result<TlsStream<DuplexStream>, Error>;
type Accepted = io::Result<tokio_rustls::server::TlsStream<DuplexStream>>;

pub(crate) async fn meet(
    client: &ClientTls,
    name: &str,
    server: &ServerConfig,
) -> (Connected, Accepted) {
    let (near, far) = duplex(64 * 1024);
    let acceptor = TlsAcceptor::from(Arc::new(server.clone()));
    tokio::join!(client.connect(name, near), acceptor.accept(far))
}

/// Connects and has the server send a byte, which brings the tickets along. Whether the session was resumed.
pub(crate) async fn exchange(client: &ClientTls, name: &str, server: &ServerConfig) -> bool {
    let (connected, accepted) = meet(client, name, server).await;
    let (mut connected, mut accepted) = (connected.unwrap(), accepted.unwrap());
    accepted.write_all(b"x").await.unwrap();
    accepted.flush().await.unwrap();
    connected.read_u8().await.unwrap();
    connected.info().resumed
}

/// The client's error, for `localhost`.
pub(crate) async fn refusal(options: &ClientTlsOptions, leaf: &Issued) -> Error {
    refusal_of(options, "localhost", leaf).await
}

pub(crate) async fn refusal_of(options: &ClientTlsOptions, name: &str, leaf: &Issued) -> Error {
    let (connected, accepted) = meet(&client(options), name, &server(leaf)).await;
    assert!(accepted.is_err(), "the server was told");
    connected.expect_err("it was accepted")
}

/// What is written on the pipe by a server that knows no TLS; the client's error.
pub(crate) async fn answered(answer: &[u8]) -> Error {
    let ca = Authority::root("root");
    let (near, mut far) = duplex(64 * 1024);
    let client = client(&trusting(&ca));
    let answering = async {
        far.write_all(answer).await.unwrap();
        far.shutdown().await.unwrap();
        // Until the client closes: it is not to fail at writing.
        let _ = far.read_to_end(&mut Vec::new()).await;
    };
    let (connected, ()) = tokio::join!(client.connect("localhost", near), answering);
    connected.unwrap_err()
}

#[track_caller]
pub(crate) fn check(error: &Error, text: &str, hint: &str) {
    assert_eq!(error.to_string(), text);
    assert_eq!(error.hint().unwrap_or_default(), hint, "hint of: {text}");
}
