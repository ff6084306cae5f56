//! Pins, and the clients that verify less.

use wharf_tls::{ClientTlsOptions, SpkiPin, danger};

use crate::authority::{Authority, Issued};
use crate::peers::{check, client, meet, refusal, refusal_of, server, trusting};
use rcgen::KeyPair;

fn pin(leaf: &Issued) -> SpkiPin {
    SpkiPin::of(&leaf.chain[0]).unwrap()
}

fn pinning(ca: &Authority, pins: &[SpkiPin]) -> ClientTlsOptions {
    ClientTlsOptions {
        pins: pins.to_vec(),
        ..trusting(ca)
    }
}

#[tokio::test]
async fn a_key_that_is_pinned_is_accepted_and_another_refused() {
    let root = Authority::root("root");
    let (leaf, other) = (root.leaf(), root.leaf());
    let options = pinning(&root, &[pin(&other), pin(&leaf)]);
    let (connected, _) = meet(&client(&options), "localhost", &server(&leaf)).await;
    connected.unwrap();

    let error = refusal(&pinning(&root, &[pin(&other)]), &leaf).await;
    assert!(error.is_pin_mismatch() && !error.is_untrusted());
    check(
        &error,
        r#"the key of the server's certificate "CN=leaf" is none of those that are pinned"#,
        &format!(
            "if you know that the server changed its key, pin {}; if it did not, somebody is in between",
            pin(&leaf)
        ),
    );
}

#[tokio::test]
async fn a_pin_accepts_nothing_that_the_path_refuses() {
    let root = Authority::root("root");
    let leaf = Authority::root("other root").leaf();
    assert!(
        refusal(&pinning(&root, &[pin(&leaf)]), &leaf)
            .await
            .is_untrusted()
    );
    let leaf = root.leaf();
    let error = refusal_of(&pinning(&root, &[pin(&leaf)]), "example.com", &leaf).await;
    assert!(error.is_name_mismatch());
}

#[tokio::test]
async fn the_pin_of_a_ca_or_of_a_certificate_that_is_merely_sent_does_not_count() {
    let root = Authority::root("root");
    let pinned = root.leaf();
    let mut leaf = root.leaf();
    leaf.chain.push(pinned.chain[0].clone());
    leaf.chain.push(root.der());
    let pins = [pin(&pinned), SpkiPin::of(&root.der()).unwrap()];
    assert!(
        refusal(&pinning(&root, &pins), &leaf)
            .await
            .is_pin_mismatch()
    );
}

#[tokio::test]
async fn a_client_of_pins_alone_takes_a_self_signed_server_for_its_key() {
    let leaf = Issued::self_signed();
    let options = ClientTlsOptions::default();
    let client = danger::pin_only(&[pin(&leaf)], &options).unwrap();
    let (connected, _) = meet(&client, "any.example", &server(&leaf)).await;
    connected.unwrap();
    let (connected, _) = meet(&client, "any.example", &server(&Issued::self_signed())).await;
    assert!(connected.unwrap_err().is_pin_mismatch());

    let error = danger::pin_only(&[], &options).unwrap_err();
    check(
        &error,
        "there is no pin, so that no server would be accepted",
        "",
    );
    // Nor may a reload take the pins away.
    client.reload(&options).unwrap_err();
}

#[tokio::test]
async fn a_client_that_accepts_any_certificate_still_wants_its_key() {
    let mut leaf = Issued::self_signed();
    let client = danger::accept_any_certificate(&ClientTlsOptions::default()).unwrap();
    let (connected, _) = meet(&client, "any.example", &server(&leaf)).await;
    connected.unwrap();
    leaf.key = KeyPair::generate().unwrap();
    for _version in 0..2 {
        let (connected, _) = meet(&client, "any.example", &server(&leaf)).await;
        let text = connected.unwrap_err().to_string();
        assert_eq!(
            text,
            "the server did not prove that it has the private key of its certificate"
        );
    }
}

#[test]
fn a_pin_is_read_as_it_is_written() {
    let pin = pin(&Issued::self_signed());
    let text = pin.to_string();
    assert!(text.starts_with("sha256/"));
    assert_eq!(text.parse::<SpkiPin>().unwrap(), pin);
    for bad in ["", "sha256/", "sha1/AAAA", &text[..text.len() - 4]] {
        assert!(bad.parse::<SpkiPin>().is_err(), "{bad}");
    }
}
