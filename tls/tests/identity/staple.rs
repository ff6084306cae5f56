//! OCSP responses as openssl makes them; see tests/data/README.md.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::KeyPair;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::io::duplex;
use tokio_rustls::TlsConnector;
use wharf_tls::{
    Expiring, FindingKind, Identity, Role, STAPLE_BYTES_MAX, ServerTls, ServerTlsOptions, provider,
};

use crate::issuer::{intermediate, issue, leaf, private, root};

const GOOD: &[u8] = include_bytes!("../data/ocsp-good.der");
const TWO: &[u8] = include_bytes!("../data/ocsp-two-sha256.der");

/// When the responses were made: 2026-11-25 07:13:37 UTC.
fn made() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_590_817)
}

const HOUR: Duration = Duration::from_secs(3600);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

fn identity() -> Identity {
    let certificate = include_bytes!("../data/leaf.crt");
    Identity::from_pem(certificate, include_bytes!("../data/leaf.key")).unwrap()
}

#[track_caller]
fn refused(response: &[u8], now: SystemTime) -> String {
    let refused = identity().with_ocsp_staple(response.to_vec(), now);
    refused.unwrap_err().to_string()
}

#[test]
fn a_good_response_is_taken_and_its_validity_known() {
    let plain = identity();
    assert_eq!(plain.staple(), None);
    let stapled = plain
        .with_ocsp_staple(GOOD.to_vec(), made() + HOUR)
        .unwrap();
    let staple = stapled.staple().unwrap();
    assert_eq!(staple.this_update, made());
    assert_eq!(staple.next_update, Some(made() + WEEK));
    let expiries = stapled.expiries();
    let listed = expiries
        .iter()
        .find(|expiry| expiry.what == Expiring::OcspStaple);
    assert_eq!(listed.unwrap().until, made() + WEEK);
    assert_eq!(stapled.chain(), plain.chain());
    let without = stapled.without_ocsp_staple();
    assert_eq!(without.staple(), None);
    assert_eq!(without.expiries(), plain.expiries());
}

#[test]
fn the_response_about_us_is_found_among_several() {
    let stapled = identity()
        .with_ocsp_staple(TWO.to_vec(), made() + HOUR)
        .unwrap();
    assert_eq!(stapled.staple().unwrap().next_update, None);
}

#[test]
fn any_other_response_is_refused_by_name() {
    let now = made() + HOUR;
    let about =
        "the OCSP response is not about the certificate with the serial number F0FFFF0123456789";
    assert_eq!(
        refused(include_bytes!("../data/ocsp-other.der"), now),
        about
    );
    let revoked = include_bytes!("../data/ocsp-revoked.der");
    let expected = "the OCSP response says that the certificate is revoked";
    assert_eq!(refused(revoked, now), expected);
    let unknown = include_bytes!("../data/ocsp-unknown.der");
    let expected = "the OCSP responder does not know the certificate";
    assert_eq!(refused(unknown, now), expected);
    // SEQUENCE { ENUMERATED 3 }
    let expected = "the OCSP responder answered with the error tryLater";
    assert_eq!(refused(&[0x30, 3, 10, 1, 3], now), expected);
    assert_eq!(refused(b"", now), "the OCSP response is malformed");
    let long = vec![0; STAPLE_BYTES_MAX + 1];
    assert_eq!(
        refused(&long, now),
        "the OCSP response has more than 32768 bytes"
    );
}

#[test]
fn a_response_is_taken_within_its_validity_only() {
    let second = Duration::from_secs(1);
    identity().with_ocsp_staple(GOOD.to_vec(), made()).unwrap();
    let early = "the OCSP response is valid from 2026-11-25 07:13:37 UTC on only";
    assert_eq!(refused(GOOD, made() - second), early);
    let last = made() + WEEK;
    identity().with_ocsp_staple(GOOD.to_vec(), last).unwrap();
    let late = "the OCSP response has expired on 2026-12-02 07:13:37 UTC";
    assert_eq!(refused(GOOD, last + second), late);
}

#[test]
fn a_response_that_expires_later_becomes_a_finding() {
    let stapled = identity().with_ocsp_staple(GOOD.to_vec(), made()).unwrap();
    let expired = |found: Vec<wharf_tls::Finding>| {
        let kinds = found.into_iter().map(|finding| finding.kind);
        kinds
            .filter(|kind| matches!(kind, FindingKind::StapleExpired { .. }))
            .count()
    };
    assert_eq!(expired(stapled.check(Role::Server, made() + WEEK)), 0);
    assert_eq!(
        expired(stapled.check(Role::Server, made() + WEEK + HOUR)),
        1
    );
}

#[test]
fn the_serial_number_alone_does_not_make_it_ours() {
    // Another CA gave out the same number.
    let ca = intermediate("ca", &root("root"));
    let key = KeyPair::generate().unwrap();
    let mut params = leaf(&["localhost"]);
    let serial = [0xf0, 0xff, 0xff, 0x01, 0x23, 0x45, 0x67, 0x89];
    params.serial_number = Some(rcgen::SerialNumber::from_slice(&serial));
    let chain = vec![issue(&params, &key, &ca), ca.der().clone()];
    let identity = Identity::from_der(chain, private(&key)).unwrap();
    assert_eq!(identity.certificates()[0].serial_hex(), "F0FFFF0123456789");
    let error = identity
        .with_ocsp_staple(GOOD.to_vec(), made())
        .unwrap_err();
    assert!(error.to_string().contains("is not about the certificate"));
    assert!(error.hint().unwrap().contains("after a renewal"));
}

#[test]
fn a_response_cut_or_changed_anywhere_is_no_panic() {
    let now = made() + HOUR;
    for response in [GOOD, TWO] {
        for cut in 0..response.len() {
            refused(&response[..cut], now);
        }
        for position in 0..response.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut broken = response.to_vec();
                broken[position] ^= change;
                let _ = identity().with_ocsp_staple(broken, now);
            }
        }
        refused(&[response, &[0]].concat(), now);
    }
}

/// What the client was given, whatever it says.
#[derive(Debug, Default)]
struct Stapled(Mutex<Option<Vec<u8>>>);

impl ServerCertVerifier for Stapled {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp_response: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.0.lock().unwrap() = Some(ocsp_response.to_vec());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

#[tokio::test]
async fn a_client_gets_the_response_in_the_handshake() {
    let stapled = identity().with_ocsp_staple(GOOD.to_vec(), made()).unwrap();
    for (identity, expected) in [
        (stapled.clone(), GOOD),
        (stapled.without_ocsp_staple(), b""),
    ] {
        for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
            let given = Arc::new(Stapled::default());
            let config = ClientConfig::builder_with_provider(provider())
                .with_protocol_versions(&[version])
                .unwrap()
                .dangerous()
                .with_custom_certificate_verifier(given.clone())
                .with_no_client_auth();
            let server = ServerTls::new(identity.clone(), &ServerTlsOptions::default()).unwrap();
            let (near, far) = duplex(64 * 1024);
            let client = TlsConnector::from(Arc::new(config));
            let name = ServerName::try_from("localhost").unwrap();
            let (accepted, connected) =
                tokio::join!(server.accept(far), client.connect(name, near));
            accepted.unwrap();
            connected.unwrap();
            assert_eq!(given.0.lock().unwrap().as_deref(), Some(expected));
        }
    }
}
