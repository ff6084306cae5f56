//! A recording, computed again.

use std::collections::BTreeMap;

use wharf_pki::kex::{Group, Party, Recording, Role, Secret, StepKind, Verdict, replay};

use super::{Auth, carry, world};

fn recording(party: &Party) -> Recording {
    let (mut messages, mut values) = (Vec::new(), BTreeMap::new());
    for step in party.steps() {
        if let Some(octets) = &step.message {
            let from = match step.kind {
                StepKind::Sent(_) => step.role,
                _ => step.role.other(),
            };
            messages.push((from, octets.clone()));
        }
        for value in &step.values {
            values.insert(value.name.clone(), value.octets.clone());
        }
    }
    Recording {
        role: party.role(),
        messages,
        values,
    }
}

fn recordings(group: Group, auth: Auth) -> [Recording; 2] {
    let mut client = world().client(&[group], auth);
    let mut server = world().server(&[group], auth);
    carry(&mut client, &mut server, |piece| piece).unwrap();
    [recording(&client), recording(&server)]
}

#[test]
fn every_value_comes_out_again() {
    for group in Group::ALL {
        for auth in [Auth::Certificates, Auth::Nobody] {
            for recording in recordings(group, auth) {
                for result in replay(&recording) {
                    // What a server encapsulates follows from nothing that it keeps.
                    let is_input = result.name == "shared secret"
                        && recording.role == Role::Server
                        && !matches!(group, Group::X25519 | Group::P256 | Group::P384);
                    let expected = if is_input {
                        Verdict::Unknown
                    } else {
                        Verdict::Same
                    };
                    assert_eq!(
                        result.verdict, expected,
                        "{group} {}: {}",
                        recording.role, result.name
                    );
                }
            }
        }
    }
}

#[test]
fn a_change_of_any_value_is_found_and_named() {
    let [client, _] = recordings(Group::X25519, Auth::Certificates);
    // Not computed again: the certificates stand in the auth, and what is signed comes before.
    for name in client
        .values
        .keys()
        .filter(|name| !name.contains("certificate"))
    {
        let mut changed = client.clone();
        let mut octets = changed.values[name].reveal().to_vec();
        // Of a private key the last bits do not count, of one of X25519 in PKCS#8 the first ones do.
        let at = octets.len() / 2;
        octets[at] ^= 1;
        changed.values.insert(name.clone(), Secret::new(octets));
        let results = replay(&changed);
        let bad = results
            .iter()
            .find(|result| result.verdict != Verdict::Same);
        let bad = bad.unwrap_or_else(|| panic!("{name}: not found"));
        if !name.contains("private key") && !name.contains("server auth") {
            assert_eq!(&bad.name, name);
        }
    }
}

#[test]
fn a_change_of_any_message_is_found() {
    let [client, _] = recordings(Group::X25519, Auth::Certificates);
    for at in 0..client.messages.len() {
        let mut changed = client.clone();
        *changed.messages[at].1.last_mut().unwrap() ^= 1;
        let results = replay(&changed);
        assert!(
            results.iter().any(|result| result.verdict != Verdict::Same),
            "{at}"
        );
        changed.messages.remove(at);
        let results = replay(&changed);
        assert!(
            matches!(results.last().unwrap().verdict, Verdict::Failed(_)),
            "{at}"
        );
    }
}

#[test]
fn without_the_secrets_the_hashes_and_signatures_are_checked() {
    let mut client = world().client(&[Group::X25519MlKem768], Auth::Certificates);
    let mut server = world().server(&[Group::X25519MlKem768], Auth::Certificates);
    carry(&mut client, &mut server, |piece| piece).unwrap();
    let mut recording = recording(&client);
    let secret: Vec<_> = client
        .steps()
        .iter()
        .flat_map(|step| &step.values)
        .filter(|value| value.is_secret())
        .map(|value| value.name.clone())
        .collect();
    recording.values.retain(|name, _| !secret.contains(name));
    let results = replay(&recording);
    let verdict = |name: &str| {
        let found = results.iter().find(|result| result.name == name);
        found.map(|result| result.verdict.clone())
    };
    for name in [
        "server signature",
        "client signature",
        "hash of all before the data",
        "salt",
    ] {
        assert_eq!(verdict(name), Some(Verdict::Same), "{name}");
    }
    for name in ["shared secret", "server mac", "client data"] {
        assert_eq!(verdict(name), Some(Verdict::Unknown), "{name}");
    }
    assert!(
        !results
            .iter()
            .any(|result| matches!(result.verdict, Verdict::Differs | Verdict::Failed(_)))
    );
}
