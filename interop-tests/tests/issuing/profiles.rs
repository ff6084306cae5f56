//! Each profile, and what a request adds, as peers read it.

use wharf_interop_tests::peer;
use wharf_pki::{Authority, EndEntity, Locations, NameConstraints, Profile, Subject};

use crate::lab::{Files, constraints, intermediate, key, now, root};

fn chain() -> (Files, Authority, [String; 2]) {
    let root = root("root", NameConstraints::default());
    let ca = intermediate(&root);
    let files = Files::new();
    let paths = [
        files.certificate("ca.crt", ca.certificate()),
        files.certificate("root.crt", root.certificate()),
    ];
    (files, ca, paths)
}

fn asked(profile: Profile, names: &[&str]) -> EndEntity {
    EndEntity {
        names: names.iter().map(|name| name.parse().unwrap()).collect(),
        ..EndEntity::new(profile)
    }
}

#[test]
fn openssl_takes_each_profile_for_its_purposes_and_for_no_others() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let (files, ca, [ca_file, root_file]) = chain();
    let named = |profile| EndEntity {
        subject: Some(Subject::new("someone")),
        ..asked(profile, &[])
    };
    for (request, purposes, checks) in [
        (
            asked(Profile::server(), &["a.test", "::1"]),
            &["sslserver"][..],
            &["-verify_hostname", "a.test"][..],
        ),
        (
            asked(Profile::client(), &["me@a.test"]),
            &["sslclient"],
            &["-verify_email", "me@a.test"],
        ),
        (
            asked(Profile::peer(), &["*.a.test"]),
            &["sslserver", "sslclient"],
            &["-verify_hostname", "b.a.test"],
        ),
        (
            asked(Profile::spiffe(), &["spiffe://a.test/x"]),
            &["sslserver", "sslclient"],
            &[],
        ),
        (
            asked(Profile::email(), &["me@a.test"]),
            &["smimesign"],
            &["-verify_email", "me@a.test"],
        ),
        (named(Profile::code_signing()), &[], &[]),
        (named(Profile::ocsp()), &[], &[]),
        (
            asked(Profile::webtransport(), &["10.0.0.1"]),
            &["sslserver"],
            &["-verify_ip", "10.0.0.1"],
        ),
    ] {
        let leaf = ca.issue(&request, &key(), now()).unwrap().certificate;
        let leaf = files.certificate("leaf.crt", &leaf);
        let verify = |more: &[&str]| files.verify(&openssl, [&leaf, &ca_file, &root_file], more);
        let verified = verify(checks);
        assert!(
            verified.status.success(),
            "{}: {verified}",
            request.profile.name
        );
        for purpose in ["sslserver", "sslclient", "smimesign"] {
            let verified = verify(&["-purpose", purpose]);
            assert_eq!(
                verified.status.success(),
                purposes.contains(&purpose),
                "{} as {purpose}: {verified}",
                request.profile.name
            );
        }
    }
}

#[test]
fn what_a_request_adds_is_read_by_openssl() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let (files, ca, _) = chain();
    let urls = |text: &str| vec![text.to_owned()];
    let request = EndEntity {
        subject: Some(Subject {
            organization: Some("Büro".into()),
            country: Some("DE".into()),
            ..Subject::new("someone")
        }),
        locations: Locations {
            crl: vec!["http://a.test/1.crl".into(), "http://b.test/1.crl".into()],
            ca_issuers: urls("http://a.test/ca.crt"),
            ocsp: urls("http://a.test/ocsp"),
        },
        extensions: vec!["2.999.3=0c0568656c6c6f:critical".parse().unwrap()],
        extended_key_usages: vec!["1.2.3.4".parse().unwrap()],
        ..asked(Profile::ocsp(), &[])
    };
    let leaf = ca.issue(&request, &key(), now()).unwrap().certificate;
    let file = files.certificate("leaf.crt", &leaf);
    let shown = openssl.run(&["x509", "-in", &file, "-noout", "-text", "-nameopt", "utf8"]);
    let text = shown.success().text().to_owned();
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    for line in [
        "Subject: C=DE, O=Büro, CN=someone",
        "OCSP Signing, 1.2.3.4",
        "URI:http://a.test/1.crl",
        "URI:http://b.test/1.crl",
        "CA Issuers - URI:http://a.test/ca.crt",
        "OCSP - URI:http://a.test/ocsp",
        "OCSP No Check:",
        "2.999.3: critical",
        "..hello",
    ] {
        assert!(
            lines
                .iter()
                .any(|found| found.replace("Full Name:", "") == line),
            "{line} is missing in {text}"
        );
    }
}

/// Python's `ssl` refuses in strict mode what lacks a key identifier.
#[test]
fn names_of_every_kind_are_read_by_python() {
    let Some(python) = peer::python() else {
        return;
    };
    let (files, ca, _) = chain();
    let names = [
        "a.test",
        "*.a.test",
        "bücher.test",
        "10.0.0.1",
        "2001:db8::1",
        "me@a.test",
        "spiffe://a.test/x",
    ];
    let all = Profile {
        names: [Profile::client().names, Profile::peer().names].concat(),
        ..Profile::peer()
    };
    let leaf = ca
        .issue(&asked(all, &names), &key(), now())
        .unwrap()
        .certificate;
    let file = files.certificate("leaf.crt", &leaf);
    let program =
        "import ssl, sys; print(ssl._ssl._test_decode_cert(sys.argv[1])['subjectAltName'])";
    let read = python.run(program, &[&file]);
    assert_eq!(
        read.success().text().trim(),
        "(('DNS', 'a.test'), ('DNS', '*.a.test'), ('DNS', 'xn--bcher-kva.test'), ('IP Address', '10.0.0.1'), \
         ('IP Address', '2001:DB8:0:0:0:0:0:1'), ('email', 'me@a.test'), ('URI', 'spiffe://a.test/x'))"
    );
}

#[test]
fn a_ca_limited_to_a_domain_serves_only_that_in_openssl() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let only = NameConstraints::only(["corp.test".parse().unwrap()]);
    assert_eq!(only, constraints(&["corp.test"], &["0.0.0.0/0", "::/0"]));
    let root = root("root", only);
    let ca = crate::lab::blind(&intermediate(&root));
    let files = Files::new();
    let ca_file = files.certificate("ca.crt", ca.certificate());
    let root_file = files.certificate("root.crt", root.certificate());
    for (name, works) in [
        ("www.corp.test", true),
        ("www.test", false),
        ("10.0.0.1", false),
        ("::1", false),
    ] {
        let leaf = ca
            .issue(&asked(Profile::server(), &[name]), &key(), now())
            .unwrap();
        let leaf = files.certificate("leaf.crt", &leaf.certificate);
        let verified = files.verify(
            &openssl,
            [&leaf, &ca_file, &root_file],
            &["-purpose", "sslserver"],
        );
        assert_eq!(verified.status.success(), works, "{name}: {verified}");
    }
}
