//! The file that changes profiles and adds others.

use wharf_pki::error::ProfileFault;
use wharf_pki::name::NameKind;
use wharf_pki::profile::{
    ExtendedKeyUsage, KeyKind, KeyUsage, PROFILES_MAX, SubjectRule, TEXT_BYTES_MAX,
};
use wharf_pki::validity::DAY;
use wharf_pki::{Error, Profile, Profiles};

#[test]
fn a_file_changes_profiles_and_adds_others() {
    let profiles = Profiles::from_toml(
        r#"
        # Order does not matter: this one extends what stands below.
        [profile.tiny]
        extends = "short"
        default_lifetime = "30m"
        longest_lifetime = "12h"

        [profile.short]
        extends = "peer"
        default_lifetime = "1d"
        longest_lifetime = "7d"
        keys = ["p256", "ml-dsa"]
        key_usages = ["digitalSignature", "keyAgreement"]
        extended_key_usages = ["clientAuth", "1.2.3.4"]
        names = ["dns", "spiffe"]
        required_names = ["dns"]
        subject = "empty"
        ocsp_no_check = true

        [profile.server]
        longest_lifetime = "398d"
        "#,
    )
    .unwrap();
    let server = Profile {
        longest_lifetime: 398 * DAY,
        ..Profile::server()
    };
    assert_eq!(profiles.get("server"), Ok(&server));
    let short = Profile {
        name: "short".into(),
        default_lifetime: DAY,
        longest_lifetime: 7 * DAY,
        keys: vec![KeyKind::P256, KeyKind::MlDsa],
        key_usages: vec![KeyUsage::DigitalSignature, KeyUsage::KeyAgreement],
        extended_key_usages: vec![
            ExtendedKeyUsage::ClientAuth,
            ExtendedKeyUsage::Other("1.2.3.4".parse().unwrap()),
        ],
        names: vec![NameKind::Dns, NameKind::Spiffe],
        required_names: vec![NameKind::Dns],
        subject: SubjectRule::Empty,
        ocsp_no_check: true,
        ..Profile::peer()
    };
    assert_eq!(profiles.get("short"), Ok(&short));
    let tiny = Profile {
        name: "tiny".into(),
        default_lifetime: DAY / 48,
        longest_lifetime: DAY / 2,
        ..short
    };
    assert_eq!(profiles.get("tiny"), Ok(&tiny));
    assert_eq!(profiles.get("peer"), Ok(&Profile::peer()));
    assert_eq!(profiles.iter().count(), 12);
}

#[test]
fn an_empty_file_changes_nothing() {
    assert_eq!(Profiles::from_toml("# nothing\n"), Ok(Profiles::built_in()));
    assert_eq!(Profiles::from_toml("[profile]\n"), Ok(Profiles::built_in()));
}

#[track_caller]
fn message(text: &str) -> String {
    Profiles::from_toml(text).unwrap_err().to_string()
}

#[test]
fn an_error_names_the_profile_the_field_and_what_it_may_be() {
    for (line, expected) in [
        (
            r#"keys = ["p257"]"#,
            "profile `x` has a wrong field `keys`: unknown variant `p257`, expected one of `p256`, `p384`, `p521`, \
             `ed25519`, `rsa`, `ml-dsa`",
        ),
        (
            r#"key = ["p256"]"#,
            "profile `x` has a wrong field `key`: unknown field `key`, expected one of `name`, `role`, `path_len`, \
             `key_usages`, `rsa_key_usages`, `extended_key_usages`, `default_lifetime`, `longest_lifetime`, `keys`, `names`, \
             `required_names`, `subject`, `ocsp_no_check`",
        ),
        (
            r#"longest_lifetime = "1y""#,
            "profile `x` has a wrong field `longest_lifetime`: `1y` is no lifetime",
        ),
        (
            r#"longest_lifetime = 90"#,
            "profile `x` has a wrong field `longest_lifetime`: invalid type: integer `90`, expected a string",
        ),
        (
            r#"extended_key_usages = ["tls"]"#,
            "profile `x` has a wrong field `extended_key_usages`: extended key usage `tls` is not known, and no object \
             identifier",
        ),
        (
            r#"key_usages = ["crlSign"]"#,
            "profile `x` has a wrong field `key_usages`: unknown variant `crlSign`, expected one of `digitalSignature`, \
             `nonRepudiation`, `keyEncipherment`, `dataEncipherment`, `keyAgreement`, `keyCertSign`, `cRLSign`, \
             `encipherOnly`, `decipherOnly`",
        ),
        (
            r#"subject = "first""#,
            "profile `x` has a wrong field `subject`: unknown variant `first`, expected one of `first-name`, `empty`, \
             `required`",
        ),
        (
            r#"key_usages = ["keyCertSign"]"#,
            "profile `x` has a wrong field `key_usages`: keyCertSign is for CAs alone (RFC 5280 §4.2.1.3)",
        ),
        (
            r#"name = "y""#,
            "profile `x` has a wrong field `name`: it is the name of the table",
        ),
    ] {
        let found = message(&format!("[profile.x]\nextends = \"server\"\n{line}\n"));
        let cut: String = found.chars().take(300).collect();
        assert_eq!(cut, expected.chars().take(300).collect::<String>());
    }
}

#[test]
fn what_a_profile_extends_is_there_and_leads_to_an_end() {
    assert_eq!(
        message("[profile.x]\n"),
        "profile `x` is new and does not say what it extends"
    );
    assert_eq!(
        message("[profile.x]\nextends = \"y\"\n[profile.y]\nextends = \"x\"\n"),
        "profile `y` has a wrong field `extends`: it leads back to itself"
    );
    assert_eq!(
        message("[profile.x]\nextends = 1\n"),
        "profile `x` has a wrong field `extends`: it is not a string"
    );
    let unknown = message("[profile.x]\nextends = \"servers\"\n");
    assert_eq!(
        unknown,
        "profile `x` has a wrong field `extends`: `servers` is none of client, code-signing, email, intermediate, ocsp, \
         peer, root, server, spiffe, webtransport, x"
    );
    // A profile built in may be made from another one.
    let profiles = Profiles::from_toml("[profile.server]\nextends = \"peer\"\n").unwrap();
    assert_eq!(profiles.get("server").unwrap().extended_key_usages.len(), 2);
}

#[test]
fn a_file_that_is_no_such_file_is_refused_whole() {
    assert!(
        message("[profile.server]\nkeys = x\n")
            .starts_with("file with profiles cannot be read: line 2: ")
    );
    assert!(message("x = 1\n").ends_with("`x` is not `profile`"));
    assert!(message("[profiles.server]\n").ends_with("`profiles` is not `profile`"));
    assert!(message("profile = 1\n").ends_with("`profile` is not a table"));
    assert!(message("[profile]\nserver = 1\n").ends_with("`profile.server` is not a table"));
    let long = format!("# {}\n", "x".repeat(TEXT_BYTES_MAX - 3));
    assert_eq!(long.len(), TEXT_BYTES_MAX);
    assert!(Profiles::from_toml(&long).is_ok());
    assert!(message(&(long + "#")).ends_with("it has more than 65536 bytes"));
    let many = |count| -> String {
        (0..count)
            .map(|n| format!("[profile.p{n}]\nextends = \"server\"\n"))
            .collect()
    };
    assert!(Profiles::from_toml(&many(PROFILES_MAX)).is_ok());
    assert!(message(&many(PROFILES_MAX + 1)).ends_with("it has more than 100 profiles"));
    let deep = format!("[profile.x]\nkeys = {}", "[".repeat(1000));
    assert!(
        message(&deep).contains("max recursion depth"),
        "{}",
        message(&deep)
    );
}

#[test]
fn the_name_of_a_profile_is_a_plain_word() {
    for name in ["", "Server", "../x", "a b", "-x", "é", &"x".repeat(65)] {
        let error = Profiles::from_toml(&format!("[profile.\"{name}\"]\nextends = \"server\"\n"));
        assert!(
            matches!(
                error,
                Err(Error::Profile {
                    fault: ProfileFault::Name,
                    ..
                })
            ),
            "{name}"
        );
    }
    let longest = "x".repeat(64);
    assert!(Profiles::from_toml(&format!("[profile.{longest}]\nextends = \"server\"\n")).is_ok());
}

#[test]
fn a_chain_of_profiles_of_the_greatest_length_is_followed() {
    let mut text = "[profile.p0]\nextends = \"server\"\n".to_owned();
    for n in 1..PROFILES_MAX {
        text += &format!("[profile.p{n}]\nextends = \"p{}\"\n", n - 1);
    }
    let profiles = Profiles::from_toml(&text).unwrap();
    assert_eq!(profiles.get("p99").unwrap().names, Profile::server().names);
}

#[test]
fn a_profile_is_the_same_in_json() {
    for profile in Profile::built_in() {
        let json = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), profile);
    }
}
