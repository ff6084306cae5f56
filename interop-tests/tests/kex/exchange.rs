use std::process::Command;

use serde_json::Value;
use wharf_interop_tests::{Process, peer};

use super::Lab;

const SERVER: [&str; 4] = ["--cert", "server.test.pem", "--key", "server.test.key"];
const CLIENT: [&str; 6] = [
    "--cert",
    "client.test.pem",
    "--key",
    "client.test.key",
    "--name",
    "server.test",
];

#[test]
fn two_processes_agree_in_every_group_and_know_each_other() {
    let lab = Lab::new();
    lab.certificates();
    for group in ["x25519", "p256", "p384", "ml-kem-768", "x25519mlkem768"] {
        let more = ["--group", group, "--json", "--message"];
        let [server, client] = lab.exchange(
            &[&SERVER[..], &more, &["aye"]].concat(),
            &[&CLIENT[..], &more, &["ahoy"]].concat(),
        );
        for run in [&server, &client] {
            assert_eq!(run.code(), Some(0), "{run}");
            let said: Value = serde_json::from_slice(&run.stdout).unwrap();
            assert_eq!(said["outcome"]["agreed"], true, "{run}");
            assert_eq!(said["authenticated"], true);
            for step in ["checked-certificate", "checked-signature", "checked-mac"] {
                assert!(run.text().contains(step), "{run}");
            }
        }
    }
}

#[test]
fn rsa_key_transport_wants_the_certificate_of_the_server_first() {
    let lab = Lab::new();
    lab.done(&["cert", "issue", "server.test", "--key-type", "rsa2048"]);
    let server = ["--no-auth", "--group", "rsa-oaep"];
    let client = [&server[..], &["--server-cert", "server.test.pem"]].concat();
    // Without certificates shown, the key alone is what only this server has.
    lab.fails(
        &[
            "kex",
            "dial",
            "127.0.0.1:1",
            "--no-auth",
            "--group",
            "rsa-oaep",
        ],
        1,
        "--server-cert",
    );
    lab.done(&["cert", "issue", "client.test", "--profile", "client"]);
    let server = [&SERVER[..], &["--group", "rsa-oaep"]].concat();
    let client = [&CLIENT[..], &["--group", "rsa-oaep"], &client[3..]].concat();
    let [server, client] = lab.exchange(&server, &client);
    assert_eq!(
        (server.code(), client.code()),
        (Some(0), Some(0)),
        "{server}{client}"
    );
}

#[test]
fn each_refusal_names_its_check_and_ends_with_2() {
    let lab = Lab::new();
    lab.certificates();
    let (server, client) = (&SERVER[..], &CLIENT[..]);
    let name = [&CLIENT[..5], &["other.test"]].concat();
    let [_, refused] = lab.exchange(server, &name);
    assert_eq!(refused.code(), Some(2), "{refused}");
    assert!(
        refused.text().contains("refused (certificate)"),
        "{refused}"
    );

    // The server asks for a client's certificate, and is shown a server's.
    let wrong = [
        "--cert",
        "server.test.pem",
        "--key",
        "server.test.key",
        "--name",
        "server.test",
    ];
    let [refused, _] = lab.exchange(server, &wrong);
    assert_eq!(refused.code(), Some(2), "{refused}");
    assert!(
        refused.text().contains("refused (certificate)"),
        "{refused}"
    );

    let [refused, _] = lab.exchange(&["--no-auth"], client);
    assert!(refused.text().contains("refused (ended)"), "{refused}");
    lab.done(&["cert", "revoke", "server.test.pem"]);
    let [_, refused] = lab.exchange(server, client);
    assert_eq!(refused.code(), Some(2), "{refused}");
    assert!(refused.text().contains("revoked"), "{refused}");

    let [refused, _] = lab.exchange(
        &["--no-auth", "--group", "p256"],
        &["--no-auth", "--group", "x25519"],
    );
    assert_eq!(refused.code(), Some(2), "{refused}");
    assert!(
        refused.text().contains("refused (no-common-group)"),
        "{refused}"
    );
}

#[test]
fn a_key_that_is_not_that_of_the_certificate_is_refused_before_anything_is_sent() {
    let lab = Lab::new();
    lab.certificates();
    let mixed = [
        "kex",
        "dial",
        "127.0.0.1:1",
        "--cert",
        "server.test.pem",
        "--key",
        "client.test.key",
    ];
    lab.fails(&mixed, 1, "the private key is not that of server.test.pem");
    lab.fails(&["kex", "dial", "127.0.0.1:1"], 1, "--cert");
}

#[test]
fn a_transcript_is_computed_again_and_a_change_is_named() {
    let lab = Lab::new();
    lab.certificates();
    let both = ["--group", "x25519", "--reveal-secrets", "--transcript"];
    let [server, client] = lab.exchange(
        &[&SERVER[..], &both, &["s.json"]].concat(),
        &[&CLIENT[..], &both, &["c.json"]].concat(),
    );
    assert!(client.stderr.contains("SECRETS ARE REVEALED"), "{client}");
    assert_eq!(
        (server.code(), client.code()),
        (Some(0), Some(0)),
        "{server}{client}"
    );
    for file in ["s.json", "c.json"] {
        assert_eq!(lab.mode(file), 0o600);
        let replayed = lab.done(&["kex", "replay", file]);
        assert!(replayed.stderr.contains("0 cannot be told"), "{replayed}");
    }
    let text = String::from_utf8(lab.read("c.json")).unwrap();
    let record: Value = serde_json::from_str(&text).unwrap();
    let steps = record["steps"].as_array().unwrap();
    let values = steps
        .iter()
        .flat_map(|step| step["values"].as_array().unwrap());
    for value in values.filter(|value| value["name"].as_str().unwrap().ends_with("key")) {
        let (name, hex) = (
            value["name"].as_str().unwrap(),
            value["hex"].as_str().unwrap(),
        );
        let last = if hex.ends_with('0') { "1" } else { "0" };
        let other = format!("{}{last}", &hex[..hex.len() - 1]);
        lab.write("changed.json", text.replace(hex, &other));
        let run = lab.run(&["kex", "replay", "changed.json"]);
        assert_eq!(run.code(), Some(2), "{name} {run}");
        assert!(
            run.stderr.contains(&format!("client: {name}")),
            "{name} {run}"
        );
    }
    let json = lab.json(&["kex", "replay", "changed.json", "--json"]);
    assert_eq!(
        (&json["format"], &json["matches"]),
        (&1.into(), &false.into())
    );
    lab.write("other.json", "{}");
    lab.fails(&["kex", "replay", "other.json"], 1, "it is no transcript");
}

#[test]
fn without_being_asked_nothing_secret_is_written_or_shown() {
    let lab = Lab::new();
    let [_, client] = lab.exchange(
        &["--no-auth", "--group", "x25519"],
        &[
            "--no-auth",
            "--group",
            "x25519",
            "--explain",
            "--transcript",
            "t.json",
            "--html",
            "t.html",
        ],
    );
    assert_eq!(client.code(), Some(0), "{client}");
    assert!(
        client
            .text()
            .contains("(secret: --reveal-secrets shows it)")
    );
    let record: Value = serde_json::from_slice(&lab.read("t.json")).unwrap();
    let steps = record["steps"].as_array().unwrap();
    let values: Vec<_> = steps
        .iter()
        .flat_map(|step| step["values"].as_array().unwrap())
        .collect();
    let secret: Vec<_> = values
        .iter()
        .filter(|value| value["secret"] == true)
        .collect();
    assert!(secret.len() >= 14, "{record}");
    assert!(
        secret.iter().all(|value| value["hex"].is_null()),
        "{record}"
    );
    let replayed = lab.done(&["kex", "replay", "t.json"]);
    assert!(
        replayed.text().contains("unknown  client  shared secret"),
        "{replayed}"
    );
    let page = String::from_utf8(lab.read("t.html")).unwrap();
    assert!(
        page.contains("client-hello") && !page.contains("<script"),
        "{page}"
    );
}

/// Each command that `--explain` prints, run by a shell, gives the value that it stands below.
#[test]
fn every_command_that_is_printed_gives_its_value() {
    let (Some(bash), Some(_), Some(_)) = (
        peer::require("bash", "bash"),
        peer::openssl(),
        peer::require("xxd", "xxd"),
    ) else {
        return;
    };
    let lab = Lab::new();
    lab.certificates();
    let mut seen = 0;
    for group in ["x25519", "p256", "p384"] {
        let more = ["--group", group, "--reveal-secrets", "--explain"];
        let runs = lab.exchange(
            &[&SERVER[..], &more].concat(),
            &[&CLIENT[..], &more].concat(),
        );
        for run in runs {
            assert_eq!(run.code(), Some(0), "{run}");
            let text = run.text();
            let mut value = "";
            for line in text.lines().map(str::trim) {
                let Some(command) = line.strip_prefix("$ ") else {
                    value = line;
                    continue;
                };
                if command.contains('$') {
                    continue;
                }
                let said = Process::run(Command::new(&bash).args(["-c", command]))
                    .success()
                    .text();
                let said = said.trim();
                let begins = value.trim_end_matches('…');
                assert!(
                    said == "Verified OK" || !begins.is_empty() && said.starts_with(begins),
                    "{command}\n{said}\n{value}"
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 80, "{seen}");
}
