//! Who gets to see which certificate.

use rustls::SignatureScheme;
use rustls::crypto::CryptoProvider;
use wharf_tls::{Identities, ServerTls, ServerTlsOptions, UnknownName, provider};

use crate::authority::Authority;
use crate::visit::Client;

fn server(identities: Identities) -> ServerTls {
    ServerTls::new(identities, &ServerTlsOptions::default()).unwrap()
}

#[tokio::test]
async fn the_exact_name_comes_before_the_wildcard_and_that_before_the_default() {
    let ca = Authority::root("root");
    let default = ca.issue(&[
        "localhost",
        "deep.down.example.test",
        "nobody.test",
        "example.test",
    ]);
    let wildcard = ca.issue(&["*.example.test"]);
    let exact = ca.issue(&["api.example.test"]);
    let tls = server(
        Identities::new(default.identity())
            .with(wildcard.identity())
            .with(exact.identity()),
    );
    for (name, expected) in [
        ("localhost", &default),
        ("api.example.test", &exact),
        ("API.Example.Test", &exact),
        ("www.example.test", &wildcard),
        ("example.test", &default),
        ("deep.down.example.test", &default),
        ("nobody.test", &default),
    ] {
        let seen = Client::new(&ca, None).visit_as(&tls, name).await;
        assert_eq!(seen.certificate(), expected.der(), "{name}");
    }
}

#[tokio::test]
async fn a_client_that_sends_no_name_gets_the_default() {
    let ca = Authority::root("root");
    let default = ca.leaf_with(|params| {
        let ip = std::net::Ipv4Addr::LOCALHOST.into();
        params.subject_alt_names.push(rcgen::SanType::IpAddress(ip));
    });
    let tls = server(
        Identities::new(default.identity())
            .with(ca.issue(&["other.test"]).identity())
            .unknown_name(UnknownName::Refuse),
    );
    let without = Client::with(&ca, None, |config| config.enable_sni = false);
    assert_eq!(without.visit(&tls).await.certificate(), default.der());
    let by_address = Client::new(&ca, None).visit_as(&tls, "127.0.0.1").await;
    assert_eq!(by_address.certificate(), default.der());
}

#[tokio::test]
async fn an_unknown_name_is_refused_where_that_is_wanted() {
    let ca = Authority::root("root");
    let identities = Identities::new(ca.leaf().identity()).unknown_name(UnknownName::Refuse);
    let tls = server(identities);
    Client::new(&ca, None).visit(&tls).await.info();
    let visit = Client::new(&ca, None).visit_as(&tls, "other.test").await;
    visit.refusal();
}

#[tokio::test]
async fn a_name_may_be_given_to_an_identity_that_does_not_have_it() {
    let ca = Authority::root("root");
    let default = ca.leaf();
    let given = ca.issue(&["*.example.test", "example.test"]);
    let identities = Identities::new(default.identity())
        .with_name("example.test", given.identity())
        .unwrap();
    let seen = Client::new(&ca, None)
        .visit_as(&server(identities), "example.test")
        .await;
    assert_eq!(seen.certificate(), given.der());
    let refused = Identities::new(default.identity()).with_name("a.*.test", given.identity());
    assert_eq!(
        refused.unwrap_err().to_string(),
        "`a.*.test` is neither a DNS name nor one with `*.` in front"
    );
}

/// A client that checks no other signatures than these.
fn checks(ca: &Authority, schemes: &'static [SignatureScheme]) -> Client {
    Client::with(ca, None, |config| {
        let all = provider().signature_verification_algorithms;
        let mapping: Vec<_> = all
            .mapping
            .iter()
            .copied()
            .filter(|(scheme, _)| schemes.contains(scheme))
            .collect();
        let algorithms = rustls::crypto::WebPkiSupportedAlgorithms {
            all: all.all,
            mapping: Box::leak(mapping.into_boxed_slice()),
        };
        let provider = CryptoProvider {
            signature_verification_algorithms: algorithms,
            ..CryptoProvider::clone(&provider())
        };
        *config = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(ca.roots())
            .with_no_client_auth();
    })
}

#[tokio::test]
async fn of_two_identities_for_a_name_the_first_whose_signature_the_client_can_check_is_served() {
    use SignatureScheme as S;
    let ca = Authority::root("root");
    let names = ["localhost"];
    let of = |algorithm| {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        ca.issue_for(key, &names, |_| {})
    };
    let (ml_dsa, ed25519) = (of(&rcgen::PKCS_ML_DSA_65), of(&rcgen::PKCS_ED25519));
    let p256 = ca.issue(&names);
    let tls = server(
        Identities::new(ml_dsa.identity())
            .with(ed25519.identity())
            .with(p256.identity()),
    );
    for (schemes, expected) in [
        (&[S::ML_DSA_65, S::ECDSA_NISTP256_SHA256][..], &ml_dsa),
        (&[S::ECDSA_NISTP256_SHA256, S::ED25519], &ed25519),
        (&[S::ECDSA_NISTP256_SHA256], &p256),
    ] {
        let client = checks(&ca, schemes);
        assert_eq!(
            client.visit(&tls).await.certificate(),
            expected.der(),
            "{schemes:?}"
        );
    }
    let visit = checks(&ca, &[S::RSA_PSS_SHA256]).visit(&tls).await;
    visit.refusal();
}
