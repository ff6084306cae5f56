//! The certificate is for other names.

use crate::authority::{Authority, called};
use crate::peers::{check, client, meet, refusal_of, server, trusting};

#[tokio::test]
async fn each_mismatch_names_what_was_wanted_and_found_and_has_its_hint() {
    const OTHER: &str = "connect under a name that it has, or issue it with this name too; a server of many names may know \
                         another by the server name that we send";
    const ADDRESS: &str =
        "connect under a name that it has, or issue it with the address as iPAddress";
    let rows: &[(&str, &[&str], &str, &str)] = &[
        ("b.example", &["a.example"], r#""a.example""#, OTHER),
        (
            "b.example",
            &[
                "1.example",
                "2.example",
                "3.example",
                "4.example",
                "5.example",
                "6.example",
                "7.example",
                "10.0.0.1",
            ],
            r#""1.example", "2.example", "3.example", "4.example", "5.example", "6.example" and 2 more"#,
            OTHER,
        ),
        (
            "a.b.example.com",
            &["*.example.com"],
            r#""*.example.com""#,
            r#"the asterisk of "*.example.com" stands for one label only: issue it with the whole name"#,
        ),
        (
            "example.com",
            &["*.example.com"],
            r#""*.example.com""#,
            r#""*.example.com" stands for one label before "example.com", not for none: issue it with both names"#,
        ),
        (
            "badexample.com",
            &["*.example.com"],
            r#""*.example.com""#,
            OTHER,
        ),
        ("127.0.0.1", &["localhost"], r#""localhost""#, ADDRESS),
        ("127.0.0.1", &["10.0.0.1", "::1"], "10.0.0.1, ::1", ADDRESS),
        (
            "localhost",
            &["127.0.0.1"],
            "127.0.0.1",
            "connect to one of its addresses, or issue it with the name too",
        ),
    ];
    let root = Authority::root("root");
    for (wanted, found, shown, hint) in rows {
        let error = refusal_of(&trusting(&root), wanted, &root.issue(found)).await;
        assert!(error.is_name_mismatch() && !error.is_untrusted());
        let text = format!("the server's certificate is not for {wanted:?}, but for {shown}");
        check(&error, &text, hint);
    }
}

#[tokio::test]
async fn a_common_name_does_not_count_and_the_hint_says_so() {
    let root = Authority::root("root");
    for (name, hint) in [
        (
            "old.example",
            "its commonName is that name, which counts no longer: issue it with the name as subjectAltName",
        ),
        (
            "127.0.0.1",
            "the address is in it, but as a name: issue it with the address as iPAddress",
        ),
    ] {
        let leaf = root.leaf_with(|params| {
            params.distinguished_name = called(name);
            params.subject_alt_names.clear();
        });
        let text = format!("the server's certificate is not for {name:?}, but for no name at all");
        check(
            &refusal_of(&trusting(&root), name, &leaf).await,
            &text,
            hint,
        );
    }
}

#[tokio::test]
async fn names_and_addresses_match_as_they_should() {
    let root = Authority::root("root");
    for (wanted, found) in [
        ("a.example.com", "*.example.com"),
        ("LOCALHOST", "localhost"),
        ("localhost.", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
    ] {
        let leaf = root.issue(&[found]);
        let (connected, _) = meet(&client(&trusting(&root)), wanted, &server(&leaf)).await;
        connected.unwrap_or_else(|error| panic!("{wanted}: {error}"));
    }
}

#[tokio::test]
async fn what_is_no_server_name_is_refused_before_anything_is_sent() {
    let root = Authority::root("root");
    for name in ["", "localhost:443", "[::1]", "bücher.example", "a b"] {
        let (near, _far) = tokio::io::duplex(1);
        let error = client(&trusting(&root))
            .connect(name, near)
            .await
            .unwrap_err();
        check(
            &error,
            &format!("not a server name: {name:?}"),
            "a DNS name in ASCII or an IP address is asked for, without port or brackets; other letters are written as \
             IDNA A-labels (xn--…)",
        );
    }
}
