use super::Lab;

/// Who refuses, by which name, and which checks of the path failed.
const ATTACKS: [(&str, &str, &str, &[&str]); 8] = [
    ("small-order-point", "server", "small-order", &[]),
    ("off-curve-point", "server", "not-on-curve", &[]),
    ("truncated-ciphertext", "client", "length", &[]),
    ("replayed-hello", "server", "not-opened", &[]),
    ("downgraded-group", "client", "not-opened", &[]),
    (
        "wrong-ca",
        "client",
        "certificate",
        &["path to a trust anchor"],
    ),
    ("expired-peer", "client", "certificate", &["validity"]),
    ("revoked-peer", "client", "certificate", &["revocation"]),
];

#[test]
fn each_attack_is_refused_by_the_check_that_is_there_for_it() {
    let lab = Lab::new();
    for (attack, by, fault, checks) in ATTACKS {
        let run = lab.run(&["kex", "demo", "--attack", attack]);
        assert_eq!(run.code(), Some(2), "{attack} {run}");
        let json = lab.json(&["kex", "demo", "--attack", attack, "--json"]);
        let outcome = &json["outcome"];
        assert_eq!(
            (&outcome["refused_by"], &outcome["fault"]),
            (&by.into(), &fault.into()),
            "{attack}"
        );
        assert_eq!(
            outcome["failed_checks"],
            serde_json::json!(checks),
            "{attack}"
        );
        assert_eq!(outcome["agreed"], false);
        assert_eq!(outcome["attacker_reads"], false);
    }
}

const CLIENT: &str = "The harbour master wants a word with you.";
const SERVER: &str = "Tell him that we sail at dawn.";

#[test]
fn whoever_swaps_the_shares_reads_along_unless_there_are_certificates() {
    let lab = Lab::new();
    for group in ["x25519", "p256", "p384", "ml-kem-768", "x25519mlkem768"] {
        let swap = ["kex", "demo", "--mitm", "swap", "--group", group];
        let read = lab.done(&[&swap[..], &["--no-auth"]].concat());
        let text = read.text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(CLIENT) && text.contains(SERVER), "{read}");
        assert!(text.contains("somebody else reads along"), "{read}");
        let refused = lab.run(&swap);
        assert_eq!(refused.code(), Some(2), "{refused}");
        assert!(refused.text().contains("refused (signature)"), "{refused}");
        assert!(!refused.text().contains(CLIENT), "{refused}");
    }
    lab.fails(
        &["kex", "demo", "--mitm", "swap", "--group", "rsa-oaep"],
        1,
        "no share to swap",
    );
}

#[test]
fn whoever_only_listens_learns_nothing() {
    let lab = Lab::new();
    for auth in [&[][..], &["--no-auth"]] {
        let relay = lab.done(&[&["kex", "demo", "--mitm", "relay"], auth].concat());
        assert!(
            relay.text().contains("has a copy of all 6 messages"),
            "{relay}"
        );
        assert!(!relay.text().contains(CLIENT), "{relay}");
    }
}

#[test]
fn a_stolen_key_opens_rsa_and_not_the_hybrid() {
    let lab = Lab::new();
    let stolen = lab.done(&["kex", "demo", "--attack", "stolen-key"]);
    let text = stolen
        .text()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(text.contains(CLIENT) && text.contains(SERVER), "{stolen}");
    let stolen = lab.done(&[
        "kex",
        "demo",
        "--attack",
        "stolen-key",
        "--group",
        "x25519mlkem768",
    ]);
    assert!(stolen.text().contains("Forward secrecy"), "{stolen}");
    assert!(!stolen.text().contains(CLIENT), "{stolen}");
}

#[test]
fn all_groups_stand_side_by_side() {
    let lab = Lab::new();
    let all = lab.done(&["kex", "demo", "--group", "all"]);
    assert_eq!(all.text().lines().count(), 6, "{all}");
    assert!(all.text().contains("x25519mlkem768  1261 bytes"), "{all}");
    let json = lab.json(&["kex", "demo", "--group", "all", "--json"]);
    assert_eq!(json["runs"].as_array().unwrap().len(), 6);
    lab.fails(
        &[
            "kex",
            "demo",
            "--group",
            "p256",
            "--attack",
            "small-order-point",
        ],
        1,
        "is not played with P-256",
    );
    lab.fails(
        &["kex", "demo", "--attack", "wrong-ca", "--no-auth"],
        1,
        "needs certificates",
    );
}
