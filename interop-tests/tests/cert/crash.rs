//! `wharf cert issue` and `revoke`, killed anywhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use wharf_interop_tests::Process;
use wharf_pki::{Certificate, Key};

use crate::World;

/// How often. The delays step through the whole run of the command.
const ROUNDS: u32 = 24;

#[test]
fn killed_anywhere_it_leaves_what_the_inventory_knows() {
    let world = World::new();
    world.issue(&["first.test"]);
    let started = std::time::Instant::now();
    world.issue(&["timed.test"]);
    let whole = started.elapsed();
    let mut killed = 0;
    for round in 0..ROUNDS {
        let name = format!("n{round}.test");
        let mut process = Process::spawn(
            world
                .home
                .wharf(&["cert", "issue", &name])
                .current_dir(&world.out),
        );
        if process.wait_within(whole * round / ROUNDS).is_none() {
            process.signal(Signal::KILL);
            killed += 1;
        }
        let _ = process.finish(Duration::from_secs(60));
        check(&world);
        // The next one that writes the same pair finds whatever was left.
        world.issue(&[&name, "--force"]);
        check_pair(&world.out, &name);
    }
    assert!(killed > 0, "no process was cut off");
}

/// Every certificate that is anywhere is in the inventory; what it says is written is there.
fn check(world: &World) {
    let report = world.json(&["cert", "list"]);
    let rows = report["certificates"].as_array().unwrap();
    let known: BTreeSet<_> = rows
        .iter()
        .map(|row| row["sha256"].as_str().unwrap())
        .collect();
    for row in rows {
        for file in row["files"].as_array().unwrap() {
            let path = Path::new(file["path"].as_str().unwrap());
            assert!(file["written_at"].is_null() || path.exists(), "{path:?}");
        }
    }
    for entry in fs::read_dir(&world.out).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "pem") {
            let info = wharf_pki::inspect::inspect_pem(&fs::read_to_string(&path).unwrap());
            let sha256 = info.unwrap()[0].sha256.replace(':', "");
            assert!(known.contains(&*sha256), "{path:?} is not in the inventory");
        }
    }
}

fn check_pair(folder: &Path, name: &str) {
    let read = |ending: &str| fs::read_to_string(folder.join(format!("{name}.{ending}"))).unwrap();
    let certificate = Certificate::from_pem(&read("pem"));
    let certificate = certificate.or_else(|_| {
        let chain = read("pem");
        let end = chain.find("-----END CERTIFICATE-----\n").unwrap();
        Certificate::from_pem(&chain[..end + "-----END CERTIFICATE-----\n".len()])
    });
    let key = Key::from_pem(&read("key")).unwrap();
    assert_eq!(
        certificate.unwrap().public_key().unwrap(),
        *key.public_key()
    );
}

#[test]
fn a_revocation_that_was_cut_off_is_finished_by_the_next_one() {
    let world = World::new();
    for round in 0..ROUNDS {
        let name = format!("n{round}.test");
        world.issue(&[&name]);
        let file = format!("{name}.pem");
        let mut process = Process::spawn(
            world
                .home
                .wharf(&["cert", "revoke", &file])
                .current_dir(&world.out),
        );
        if process
            .wait_within(Duration::from_millis(4) * round)
            .is_none()
        {
            process.signal(Signal::KILL);
        }
        let _ = process.finish(Duration::from_secs(60));
        let again = world.run(&["cert", "revoke", &file]);
        assert!(matches!(again.code(), Some(0 | 3)), "{again}");
        let crl = world.ca_file("intermediate.crl");
        let shown = world.json(&["crl", "show", &crl]);
        let entries = shown["crls"][0]["entries"].as_array().unwrap().len();
        assert_eq!(u32::try_from(entries).unwrap(), round + 1);
    }
}
