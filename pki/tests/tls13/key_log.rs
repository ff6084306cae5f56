//! Key logs that are none.

use wharf_pki::tls13::{KeyLogError, Secret, Secrets};

#[track_caller]
fn refused(text: &[u8]) -> KeyLogError {
    Secrets::from_key_log(text).unwrap_err()
}

#[test]
fn a_line_that_is_none_is_refused_by_its_number_alone() {
    let secret = "ab".repeat(32);
    for line in [
        "SERVER_TRAFFIC_SECRET_0".to_owned(),
        format!("SERVER_TRAFFIC_SECRET_0 {secret}"),
        format!("SERVER_TRAFFIC_SECRET_0 {secret} {secret} {secret}"),
        format!("SERVER_TRAFFIC_SECRET_0 {secret} x{}", &secret[1..]),
        format!("SERVER_TRAFFIC_SECRET_0 {secret}00 {secret}"),
        format!("SERVER_TRAFFIC_SECRET_0 {secret} {secret}{secret}{secret}"),
        format!("lower {secret} {secret}"),
        "\u{0}".to_owned(),
    ] {
        let error = refused(format!("\n# first\n{line}\n").as_bytes());
        assert_eq!(error, KeyLogError::Line(3), "{line}");
        assert!(!error.to_string().contains("abab"), "{error}");
    }
    Secrets::from_key_log(format!("OF_ANOTHER_VERSION {secret} {secret}").as_bytes()).unwrap();
}

#[test]
fn it_is_bounded() {
    assert!(matches!(
        refused(&vec![b'\n'; 5_000_000]),
        KeyLogError::TooLong(5_000_000)
    ));
    let line = format!("EXPORTER_SECRET {0} {0}\n", "ab".repeat(32));
    assert_eq!(
        refused(line.repeat(4097).as_bytes()),
        KeyLogError::TooManyLines
    );
}

#[test]
fn a_secret_is_not_printed() {
    let secret = Secret::new(&[0xab; 32]);
    assert_eq!(format!("{secret:?}"), "[redacted]");
    assert_eq!(secret.fingerprint(), Secret::new(&[0xab; 32]).fingerprint());
    assert_ne!(secret.fingerprint(), Secret::new(&[0xac; 32]).fingerprint());
    let log = format!("EXPORTER_SECRET {0} {0}\n", "ab".repeat(32));
    let secrets = Secrets::from_key_log(log.as_bytes()).unwrap();
    assert!(
        !format!("{secrets:?}").contains("171, 171, 171]) }"),
        "{secrets:?}"
    );
    assert!(format!("{secrets:?}").contains("secret: [redacted]"));
}
