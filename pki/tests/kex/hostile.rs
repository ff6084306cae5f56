//! Every cut, and a change at every octet.

use wharf_pki::kex::{Group, KexFault, Party};

use super::{Auth, carry, world};

/// An exchange whose wire is changed at one octet, counted over all pieces. `None` if it was not that long.
fn changed_at(group: Group, auth: Auth, at: usize) -> Option<Result<(), KexFault>> {
    let (mut client, mut server) = pair(group, auth);
    let (mut passed, mut is_changed) = (0, false);
    let result = carry(&mut client, &mut server, |mut piece| {
        if let Some(octet) = at.checked_sub(passed).and_then(|at| piece.get_mut(at)) {
            *octet ^= 1 << (at % 8);
            is_changed = true;
        }
        passed += piece.len();
        piece
    });
    is_changed.then_some(result)
}

fn pair(group: Group, auth: Auth) -> (Party, Party) {
    (
        world().client(&[group], auth),
        world().server(&[group], auth),
    )
}

#[test]
fn a_change_anywhere_is_refused_by_a_name() {
    let mut names = std::collections::BTreeMap::new();
    for (group, auth) in [
        (Group::X25519, Auth::Certificates),
        (Group::P256, Auth::Nobody),
    ] {
        let mut at = 0;
        while let Some(result) = changed_at(group, auth, at) {
            let Err(fault) = result else {
                panic!("{group}, octet {at}: nobody noticed");
            };
            *names.entry(fault.name()).or_insert(0) += 1;
            assert!(!fault.to_string().is_empty());
            at += 1;
        }
        assert!(at > 300, "{at}");
    }
    for name in [
        "not-opened",
        "not-on-curve",
        "unknown-group",
        "unexpected-message",
        "truncated",
        "ended",
    ] {
        assert!(names.contains_key(name), "{names:?}");
    }
}

/// The long shares, at each eleventh octet.
#[test]
fn a_change_in_a_long_share_is_refused_by_a_name() {
    for group in [Group::MlKem768, Group::X25519MlKem768, Group::RsaOaep] {
        let mut at = 3;
        while let Some(result) = changed_at(group, Auth::Nobody, at) {
            assert!(result.is_err(), "{group}, octet {at}: nobody noticed");
            at += 11;
        }
    }
}

/// RFC 8017 §7.1.2: whoever sends a ciphertext must not learn whether it was one. ML-KEM does the same by itself.
#[test]
fn a_broken_ciphertext_is_told_by_the_record_that_does_not_open() {
    for group in [Group::RsaOaep, Group::MlKem768] {
        let (mut client, mut server) = pair(group, Auth::Nobody);
        let mut is_first = true;
        let refused = carry(&mut client, &mut server, |mut piece| {
            // RSA: the last octet of the client's share; ML-KEM: one within that of the server.
            let at = match (group, is_first) {
                (Group::RsaOaep, true) => Some(piece.len() - 1),
                (Group::MlKem768, false) => Some(100),
                _ => None,
            };
            is_first = false;
            if let Some(octet) = at.and_then(|at| piece.get_mut(at)) {
                *octet ^= 1;
            }
            piece
        });
        assert_eq!(refused.unwrap_err().name(), "not-opened", "{group}");
    }
}

#[test]
fn an_end_at_any_octet_is_told_with_what_is_missing() {
    for (group, auth) in [
        (Group::X25519, Auth::Certificates),
        (Group::X25519, Auth::Nobody),
    ] {
        // All that each side sends, of one exchange.
        let (mut client, mut server) = pair(group, auth);
        let mut lengths = [0, 0];
        let mut turn = 0;
        carry(&mut client, &mut server, |piece| {
            lengths[turn % 2] += piece.len();
            turn += 1;
            piece
        })
        .unwrap();
        for (way, length) in lengths.into_iter().enumerate() {
            for cut in 0..length {
                // A signature of ECDSA may be some octets shorter than the one that was measured.
                match cut_at(group, auth, way, cut) {
                    Some(ended) => assert_eq!(ended.unwrap_err().name(), "ended", "{way} {cut}"),
                    None => assert!(cut + 8 > length, "{way} {cut}"),
                }
            }
        }
    }
}

/// Of what one side sends, the first octets arrive. `None` if that is all that it sends.
fn cut_at(group: Group, auth: Auth, way: usize, cut: usize) -> Option<Result<(), KexFault>> {
    let (mut client, mut server) = pair(group, auth);
    let (mut turn, mut left, mut is_cut) = (0, cut, false);
    let ended = carry(&mut client, &mut server, |mut piece| {
        if turn % 2 == way {
            is_cut |= piece.len() > left;
            piece.truncate(left);
            left -= piece.len();
        }
        turn += 1;
        piece
    });
    is_cut.then_some(ended)
}
