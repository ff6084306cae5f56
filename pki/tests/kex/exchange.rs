//! Two sides that mean well.

use std::collections::BTreeMap;

use wharf_pki::kex::{Frame, Group, KexFault, MessageKind, Party, StepKind};
use wharf_pki::{KeyType, Profile};

use super::{Auth, carry, issue, world};

/// Every value that a side saw, by name.
fn values(party: &Party) -> BTreeMap<&str, &[u8]> {
    let all = party.steps().iter().flat_map(|step| &step.values);
    all.map(|value| (value.name.as_str(), value.octets.reveal()))
        .collect()
}

#[test]
fn both_sides_have_the_same_values_in_every_group() {
    for group in Group::ALL {
        for auth in [Auth::Certificates, Auth::Nobody] {
            let mut client = world().client(&[group], auth);
            let mut server = world().server(&[group], auth);
            carry(&mut client, &mut server, |piece| piece).unwrap();
            assert!(client.is_done() && server.is_done(), "{group} {auth:?}");
            assert_eq!(server.take_data().unwrap(), b"ahoy");
            assert_eq!(client.take_data().unwrap(), b"aye");
            let (of_client, of_server) = (values(&client), values(&server));
            let mut both = 0;
            for (name, value) in &of_client {
                if let Some(other) = of_server.get(name) {
                    assert_eq!(value, other, "{group}: {name}");
                    both += 1;
                }
            }
            // Six keys, four keys, two hashes, the salt, two secrets; and what is shown.
            assert!(both >= 15, "{group}: {both}");
        }
    }
}

#[test]
fn each_kind_of_certificate_signs() {
    for key_type in [
        KeyType::P384,
        KeyType::P521,
        KeyType::Ed25519,
        KeyType::Rsa2048,
        KeyType::MlDsa44,
        KeyType::MlDsa87,
    ] {
        let mut config = world().server_config(&[Group::X25519], Auth::Nobody);
        let (certificate, key) = issue(&world().ca, Profile::server(), key_type);
        let pair = (certificate, key.to_pem().to_string());
        config.authentication = Auth::Certificates.of(|| world().credentials(&pair));
        let mut client = world().client(&[Group::X25519], Auth::Certificates);
        carry(&mut client, &mut Party::server(config), |piece| piece).unwrap();
    }
}

#[test]
fn the_server_chooses_what_it_likes_best() {
    let mut client = world().client(&[Group::X25519, Group::X25519MlKem768], Auth::Nobody);
    let mut server = world().server(&[Group::X25519MlKem768, Group::X25519], Auth::Nobody);
    carry(&mut client, &mut server, |piece| piece).unwrap();
    let agreed = |step: &wharf_pki::kex::Step| step.kind == StepKind::Agreed(Group::X25519MlKem768);
    assert!(client.steps().iter().any(agreed));

    let mut client = world().client(&[Group::P256], Auth::Nobody);
    let mut server = world().server(&[Group::X25519, Group::P384], Auth::Nobody);
    let accepted = "x25519, p384".into();
    let refused = carry(&mut client, &mut server, |piece| piece);
    assert_eq!(refused, Err(KexFault::NoCommonGroup { accepted }));
}

#[test]
fn bytes_may_come_one_by_one() {
    let mut client = world().client(&[Group::X25519], Auth::Certificates);
    let mut server = world().server(&[Group::X25519], Auth::Certificates);
    while !client.is_done() || !server.is_done() {
        for octet in client.take_output() {
            server.receive(&[octet]).unwrap();
        }
        for octet in server.take_output() {
            client.receive(&[octet]).unwrap();
        }
    }
}

#[test]
fn the_client_says_who_it_is_to_nobody_else_than_the_server() {
    let mut client = world().client(&[Group::X25519], Auth::Certificates);
    let mut server = world().server(&[Group::X25519], Auth::Certificates);
    let subject = world().client.0.der();
    let mut wire = Vec::new();
    carry(&mut client, &mut server, |piece| {
        wire.extend_from_slice(&piece);
        piece
    })
    .unwrap();
    let shown = |der: &[u8]| {
        wire.windows(32)
            .any(|window| window == &der[der.len() - 32..])
    };
    assert!(!shown(subject) && !shown(world().server.0.der()));
    // The messages are the five of the drawing, with data both ways.
    let mut kinds = Vec::new();
    while let Some(frame) = Frame::take(&mut wire).unwrap() {
        kinds.push(frame.kind());
    }
    use MessageKind::{ClientAuth, ClientHello, Data, ServerAuth, ServerHello};
    assert_eq!(
        kinds,
        [ClientHello, ServerHello, ServerAuth, ClientAuth, Data, Data]
    );
}

#[test]
fn what_comes_after_the_end_is_refused() {
    let mut client = world().client(&[Group::X25519], Auth::Nobody);
    let mut server = world().server(&[Group::X25519], Auth::Nobody);
    carry(&mut client, &mut server, |piece| piece).unwrap();
    let found_bytes = 3;
    assert_eq!(
        client.receive(&[1, 2, 3]),
        Err(KexFault::AfterTheEnd { found_bytes })
    );
    assert_eq!(client.end(), Err(KexFault::AfterTheEnd { found_bytes }));
}

#[test]
fn rsa_needs_the_key_of_the_server_on_both_sides() {
    let mut config = world().client_config(&[Group::RsaOaep], Auth::Nobody);
    config.server_key = None;
    assert_eq!(Party::client(config).unwrap_err().name(), "transport-key");
    let mut config = world().server_config(&[Group::RsaOaep], Auth::Nobody);
    config.key = None;
    let mut client = world().client(&[Group::RsaOaep], Auth::Nobody);
    let refused = carry(&mut client, &mut Party::server(config), |piece| piece);
    assert_eq!(refused.unwrap_err().name(), "transport-key");
}

#[test]
fn a_client_without_groups_or_with_one_twice_does_not_begin() {
    for (groups, name) in [
        (&[][..], "share-count"),
        (&[Group::X25519; 2], "share-twice"),
    ] {
        let config = world().client_config(groups, Auth::Nobody);
        assert_eq!(Party::client(config).unwrap_err().name(), name);
    }
}
