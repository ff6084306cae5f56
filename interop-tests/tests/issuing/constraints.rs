//! Name constraints: what is refused before it is signed is what OpenSSL refuses once it is.

use wharf_interop_tests::peer::{self, OpenSsl};
use wharf_pki::{Authority, Certificate, EndEntity, Error, Key, Profile, Subject, SubjectAltName};

use crate::lab::{Files, blind, constraints, intermediate, key, now, root};

/// Constraints of a root, and for names of an end entity whether they are in order.
struct Case {
    permitted: &'static [&'static str],
    excluded: &'static [&'static str],
    names: &'static [(&'static str, bool)],
}

const CASES: &[Case] = &[
    Case {
        permitted: &["corp.test"],
        excluded: &["vpn.corp.test"],
        names: &[
            ("corp.test", true),
            ("www.corp.test", true),
            ("*.www.corp.test", true),
            ("vpn.corp.test", false),
            ("a.vpn.corp.test", false),
            ("evil.test", false),
            ("xcorp.test", false),
            ("corp.test.evil.test", false),
            // A constraint is on its own kind only.
            ("10.0.0.1", true),
        ],
    },
    Case {
        permitted: &["10.0.0.0/8", "2001:db8::/32"],
        excluded: &["10.1.0.0/16", "dns:*"],
        names: &[
            ("10.0.0.1", true),
            ("10.1.0.1", false),
            ("11.0.0.1", false),
            ("2001:db8::1", true),
            ("2001:db9::1", false),
            ("a.test", false),
        ],
    },
    Case {
        permitted: &["email:corp.test", "email:.corp.test", "you@other.test"],
        excluded: &["me@corp.test"],
        names: &[
            ("you@corp.test", true),
            ("me@corp.test", false),
            ("me@a.corp.test", true),
            ("you@other.test", true),
            ("me@other.test", false),
            ("me@xcorp.test", false),
        ],
    },
    Case {
        permitted: &["uri:corp.test", "uri:.a.test"],
        excluded: &[],
        names: &[
            ("https://corp.test/x", true),
            ("https://www.corp.test/x", false),
            ("https://b.a.test/x", true),
            ("https://a.test/x", false),
            ("spiffe://corp.test/x", true),
            ("urn:x:1", false),
            ("https://10.0.0.1/", false),
        ],
    },
];

fn any_name(name: &str) -> EndEntity {
    let name: SubjectAltName = name.parse().unwrap();
    EndEntity {
        profile: Profile {
            names: vec![name.kind()],
            required_names: vec![name.kind()],
            ..Profile::client()
        },
        names: vec![name],
        ..EndEntity::default()
    }
}

#[test]
fn what_is_refused_before_it_is_signed_is_refused_by_openssl_afterwards() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    for Case {
        permitted,
        excluded,
        names,
    } in CASES
    {
        let root = root("root", constraints(permitted, excluded));
        let ca = intermediate(&root);
        let blind = blind(&ca);
        let files = Files::new();
        let root_file = files.certificate("root.crt", root.certificate());
        let ca_file = files.certificate("ca.crt", ca.certificate());
        for (name, in_order) in *names {
            let ours = ca.issue(&any_name(name), &key(), now());
            assert_eq!(ours.is_ok(), *in_order, "{name}");
            if let Err(error) = ours {
                assert!(matches!(error, Error::Constraint { .. }), "{name}: {error}");
            }
            let leaf = blind.issue(&any_name(name), &key(), now()).unwrap();
            let leaf_file = files.certificate("leaf.crt", &leaf.certificate);
            let by_openssl = files.path("openssl.crt");
            sign_with_openssl(&openssl, &files, &blind, name, &by_openssl);
            for leaf in [&leaf_file, &by_openssl] {
                let verified = files.verify(&openssl, [leaf, &ca_file, &root_file], &[]);
                assert_eq!(verified.status.success(), *in_order, "{name}: {verified}");
                if !in_order {
                    let said = format!("{}{}", verified.text(), verified.stderr);
                    // 47: permitted subtree violation, 48: excluded, 53: unsupported or invalid name syntax.
                    let codes = ["error 47 ", "error 48 ", "error 53 "];
                    assert!(
                        codes.iter().any(|code| said.contains(code)),
                        "{name}: {said}"
                    );
                }
            }
        }
    }
}

/// Without a dNSName, OpenSSL takes a commonName for one if it has a dot.
#[test]
fn a_common_name_is_held_against_constraints_as_openssl_does() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let root = root("root", constraints(&["corp.test"], &[]));
    let ca = intermediate(&root);
    let blind = blind(&ca);
    let files = Files::new();
    let root_file = files.certificate("root.crt", root.certificate());
    let ca_file = files.certificate("ca.crt", ca.certificate());
    for (common_name, in_order) in [
        ("www.corp.test", true),
        ("evil.test", false),
        ("alice", true),
        ("10.0.0.1", false),
        ("-x.evil.test", true),
        ("A. Example", true),
        ("me@a.test", true),
    ] {
        let request = EndEntity {
            subject: Some(Subject::new(common_name)),
            ..any_name("me@a.test")
        };
        let ours = ca.issue(&request, &key(), now());
        assert_eq!(ours.is_ok(), in_order, "{common_name}");
        let leaf = blind.issue(&request, &key(), now()).unwrap().certificate;
        let leaf = files.certificate("leaf.crt", &leaf);
        let verified = files.verify(&openssl, [&leaf, &ca_file, &root_file], &[]);
        assert_eq!(
            verified.status.success(),
            in_order,
            "{common_name}: {verified}"
        );
    }
}

/// A leaf that OpenSSL makes with the key of a CA, without asking anyone.
fn sign_with_openssl(openssl: &OpenSsl, files: &Files, ca: &Authority, name: &str, out: &str) {
    let ca_file = files.certificate("signer.crt", ca.certificate());
    let ca_key = files.write("signer.key", &ca.key().to_pem());
    let leaf_key = files.write("leaf.key", &key().to_pem());
    let name: SubjectAltName = name.parse().unwrap();
    let kind = match &name {
        SubjectAltName::Dns(_) => "DNS",
        SubjectAltName::Ip(_) => "IP",
        SubjectAltName::Email(_) => "email",
        _ => "URI",
    };
    let extensions = files.write(
        "leaf.ext",
        &format!(
            "subjectAltName={kind}:{name}\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
             subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        ),
    );
    let request = files.path("leaf.csr");
    let made = openssl.run(&[
        "req",
        "-new",
        "-key",
        &leaf_key,
        "-subj",
        "/O=x",
        "-config",
        "/dev/null",
        "-out",
        &request,
    ]);
    let _ = made.success();
    let args = [
        "x509", "-req", "-in", &request, "-CA", &ca_file, "-CAkey", &ca_key, "-days", "1",
    ];
    let more = ["-extfile", &extensions, "-out", out];
    let _ = openssl.run(&[&args[..], &more].concat()).success();
}

#[test]
fn constraints_that_openssl_wrote_are_read_as_ours_are_written() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let files = Files::new();
    let ca_key = files.write("ca.key", &key().to_pem());
    let config = files.write(
        "ca.cnf",
        "[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=foreign\n[ext]\n\
         basicConstraints=critical,CA:TRUE\nnameConstraints=critical,permitted;DNS:corp.test,permitted;IP:10.0.0.0/255.0.0.0,\
         permitted;IP:2001:db8::/ffff:ffff::,permitted;email:.corp.test,permitted;URI:.corp.test,excluded;DNS:vpn.corp.test,\
         excluded;email:me@corp.test\n",
    );
    let file = files.path("ca.crt");
    let made = [
        "req", "-x509", "-key", &ca_key, "-config", &config, "-out", &file,
    ];
    let _ = openssl.run(&made).success();
    let pem = std::fs::read_to_string(&file).unwrap();
    let foreign = Certificate::from_pem(&pem).unwrap();
    let foreign = Authority::new(
        foreign,
        Key::from_pem(&std::fs::read_to_string(&ca_key).unwrap()).unwrap(),
    );
    let expected = constraints(
        &[
            "corp.test",
            "10.0.0.0/8",
            "2001:db8::/32",
            "email:.corp.test",
            "uri:.corp.test",
        ],
        &["vpn.corp.test", "me@corp.test"],
    );
    let foreign = foreign.unwrap();
    assert_eq!(foreign.name_constraints(), &expected);

    let ours = files.certificate("ours.crt", root("ours", expected).certificate());
    let shown = |file: &str| {
        let text = openssl.run(&["x509", "-in", file, "-noout", "-ext", "nameConstraints"]);
        text.success().text().to_owned()
    };
    assert_eq!(shown(&ours), shown(&file));
}
