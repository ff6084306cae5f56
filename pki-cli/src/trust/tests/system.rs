use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::machine::{Machine, choice};
use crate::trust::{Choice, Kind, Wanted, install, remove};

const ANCHORS: &str = "root/usr/local/share/ca-certificates";
const BUNDLE: &str = "root/etc/ssl/certs/ca-certificates.crt";

/// A script that makes a bundle of what is in a folder.
fn bundling(anchors: &str, bundle: &str) -> String {
    format!(
        "here=$here/..; mkdir -p $(dirname $here/{bundle}); find $here/{anchors} -type f -exec cat {{}} + > $here/{bundle}"
    )
}

/// Debian, with a program that works.
fn debian() -> Machine {
    let machine = Machine::new();
    machine.folder(ANCHORS);
    machine.program("update-ca-certificates", &bundling(ANCHORS, BUNDLE));
    // There is a bundle from the beginning.
    machine.file(BUNDLE, "");
    machine
}

#[test]
fn each_family_has_its_folder_its_program_and_its_bundle() {
    for (anchors, ending, update, removal, bundle) in [
        (
            "root/etc/pki/ca-trust/source/anchors",
            "pem",
            "update-ca-trust",
            "update-ca-trust",
            "root/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        ),
        (
            "root/etc/pki/trust/anchors",
            "pem",
            "update-ca-certificates",
            "update-ca-certificates",
            "root/var/lib/ca-certificates/ca-bundle.pem",
        ),
        (
            "root/etc/ca-certificates/trust-source/anchors",
            "crt",
            "trust extract-compat",
            "trust extract-compat",
            "root/etc/ca-certificates/extracted/tls-ca-bundle.pem",
        ),
        (
            ANCHORS,
            "crt",
            "update-ca-certificates",
            "update-ca-certificates --fresh",
            BUNDLE,
        ),
    ] {
        let machine = Machine::new();
        machine.folder(anchors);
        let program = update.split(' ').next().unwrap();
        machine.program(program, &bundling(anchors, bundle));
        let root = machine.root("root.crt");
        let file = format!("{anchors}/{}.{ending}", root.fingerprint.label());

        let lines = machine.install(Kind::System, &root);
        let expected = [
            format!("system {anchors}: installed"),
            format!("install -m 644 root.crt {file}"),
            format!("bin/{update}"),
        ];
        assert_eq!(lines, expected);
        assert_eq!(machine.calls(), [update]);
        let written = machine.path().join(&file);
        assert_eq!(
            fs::read_to_string(&written).unwrap(),
            root.certificate.to_pem()
        );
        let mode = fs::metadata(&written).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o644);

        let again = machine.install(Kind::System, &root);
        assert_eq!(again, [format!("system {anchors}: already there")]);
        assert_eq!(machine.calls(), [""; 0]);

        let lines = machine.remove(Kind::System, &root);
        let expected = [
            format!("system {anchors}: removed"),
            format!("rm {file}"),
            format!("bin/{removal}"),
        ];
        assert_eq!(lines, expected);
        assert_eq!(machine.calls(), [removal]);
        assert_eq!(machine.files(), [(bundle.to_owned(), String::new())]);

        let again = machine.remove(Kind::System, &root);
        assert_eq!(again, [format!("system {anchors}: was not there")]);
        assert_eq!(machine.calls(), [""; 0]);
    }
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let machine = debian();
    let root = machine.root("root.crt");
    let dry = Choice {
        is_dry_run: true,
        ..choice(Kind::System)
    };
    let before = machine.files();
    let lines = machine.said(&install(&machine.places, &dry, &root));
    let file = format!("{ANCHORS}/{}.crt", root.fingerprint.label());
    let steps = [
        format!("install -m 644 root.crt {file}"),
        "bin/update-ca-certificates".to_owned(),
    ];
    assert_eq!(lines[0], format!("system {ANCHORS}: would be installed"));
    assert_eq!(lines[1..], steps);
    assert_eq!(machine.files(), before);

    // What it says is what is done then.
    assert_eq!(machine.install(Kind::System, &root)[1..], steps);
    machine.calls();
    let before = machine.files();
    let wanted = Wanted::Fingerprint(root.fingerprint);
    let lines = machine.said(&remove(&machine.places, &dry, &wanted));
    let expected = [
        format!("system {ANCHORS}: would be removed"),
        format!("rm {file}"),
        "bin/update-ca-certificates --fresh".to_owned(),
    ];
    assert_eq!(lines, expected);
    assert_eq!(machine.files(), before);
    assert_eq!(machine.calls(), [""; 0]);
}

#[test]
fn an_update_that_fails_is_told_and_the_next_run_goes_on_from_there() {
    let machine = debian();
    let root = machine.root("root.crt");
    machine.script("update-ca-certificates", "echo disk full >&2; exit 2");
    assert_eq!(
        machine.install(Kind::System, &root),
        [format!(
            "system {ANCHORS}: failed: update-ca-certificates: exit status: 2: disk full"
        )]
    );
    let seen = machine.status(Kind::System, &root);
    assert_eq!(
        machine.said(&seen),
        [format!(
            "system {ANCHORS}: not trusted: it is not in {BUNDLE} yet"
        )]
    );
    machine.script("update-ca-certificates", &bundling(ANCHORS, BUNDLE));
    let lines = machine.install(Kind::System, &root);
    assert_eq!(lines[1..], ["bin/update-ca-certificates"]);

    machine.script("update-ca-certificates", "exit 2");
    let line = &machine.remove(Kind::System, &root)[0];
    assert!(line.contains(": failed: "), "{line}");
    machine.script("update-ca-certificates", &bundling(ANCHORS, BUNDLE));
    let lines = machine.remove(Kind::System, &root);
    let expected = [
        format!("system {ANCHORS}: removed"),
        "bin/update-ca-certificates --fresh".to_owned(),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn nothing_is_claimed_that_is_not_seen_afterwards() {
    let machine = debian();
    let root = machine.root("root.crt");
    machine.script("update-ca-certificates", "");
    let line = &machine.install(Kind::System, &root)[0];
    let expected = format!(
        "system {ANCHORS}: failed: it was put in and is not trusted: it is not in {BUNDLE} yet"
    );
    assert_eq!(*line, expected);

    machine.script("update-ca-certificates", &bundling(ANCHORS, BUNDLE));
    machine.install(Kind::System, &root);
    machine.script("update-ca-certificates", "");
    let line = &machine.remove(Kind::System, &root)[0];
    let expected = format!(
        "system {ANCHORS}: failed: it was taken out and is still there: it is in {BUNDLE} and not in {ANCHORS}"
    );
    assert_eq!(*line, expected);
}

#[test]
fn a_missing_program_is_named_with_what_installs_it() {
    let machine = Machine::new();
    machine.folder(ANCHORS);
    machine.stub("apk");
    let root = machine.root("root.crt");
    assert_eq!(
        machine.install(Kind::System, &root),
        [format!(
            "system {ANCHORS}: failed: update-ca-certificates is not installed; sudo apk add ca-certificates"
        )]
    );
    assert_eq!(machine.files(), []);
}

#[test]
fn a_root_is_found_by_its_fingerprint_under_any_name_and_in_either_form() {
    let machine = debian();
    let (pem, der) = (machine.root("a.crt"), machine.root("b.crt"));
    machine.file(
        &format!("{ANCHORS}/company/mine.crt"),
        &pem.certificate.to_pem(),
    );
    let file = machine.folder(ANCHORS).join("its.crt");
    fs::write(file, der.certificate.der()).unwrap();
    for (root, name) in [(&pem, "company/mine.crt"), (&der, "its.crt")] {
        let lines = machine.remove(Kind::System, root);
        assert_eq!(lines[1], format!("rm {ANCHORS}/{name}"), "{lines:?}");
    }
    assert_eq!(machine.files(), [(BUNDLE.to_owned(), String::new())]);
}

#[test]
fn only_the_root_that_is_asked_for_goes() {
    let machine = debian();
    let roots = ["a.crt", "b.crt", "c.crt"].map(|name| machine.root(name));
    for root in &roots {
        machine.install(Kind::System, root);
    }
    let seen = machine.status(Kind::System, &roots[1]);
    let mut others = [roots[0].fingerprint, roots[2].fingerprint].map(|other| other.to_string());
    let mut told: Vec<_> = seen[0].others.iter().map(ToString::to_string).collect();
    others.sort();
    told.sort();
    assert_eq!(told, others);

    machine.remove(Kind::System, &roots[1]);
    for (root, is_there) in roots.iter().zip([true, false, true]) {
        let line = &machine.said(&machine.status(Kind::System, root))[0];
        assert_eq!(line.ends_with(": trusted"), is_there, "{line}");
    }
}

#[test]
fn a_file_with_other_roots_is_left_alone() {
    let machine = debian();
    let (root, other) = (machine.root("a.crt"), machine.root("b.crt"));
    let both = root.certificate.to_pem() + &other.certificate.to_pem();
    machine.file(&format!("{ANCHORS}/both.crt"), &both);
    let before = machine.files();
    assert_eq!(
        machine.remove(Kind::System, &root),
        [format!(
            "system {ANCHORS}: failed: {ANCHORS}/both.crt has other certificates too; take it out of there by hand"
        )]
    );
    assert_eq!(machine.files(), before);
}

#[test]
fn a_file_of_another_content_under_the_name_of_the_root_is_not_replaced() {
    let machine = debian();
    let root = machine.root("root.crt");
    let name = format!("{ANCHORS}/{}.crt", root.fingerprint.label());
    machine.file(&name, "mine");
    let line = &machine.install(Kind::System, &root)[0];
    assert!(line.ends_with(&format!("{name} exists already")), "{line}");
    assert_eq!(
        fs::read_to_string(machine.path().join(name)).unwrap(),
        "mine"
    );
    assert_eq!(machine.calls(), [""; 0]);
}

#[test]
fn a_system_without_a_store_is_told_which_there_could_be() {
    let machine = Machine::new();
    machine.stub("dnf");
    let root = machine.root("root.crt");
    let line = &machine.install(Kind::System, &root)[0];
    assert!(
        line.starts_with("system: not found: there is none of /etc/pki/"),
        "{line}"
    );
    assert!(
        line.ends_with("; sudo dnf install ca-certificates"),
        "{line}"
    );
}
