//! Four processes work in one inventory and are killed at any moment, again and again. Whatever they said was done is done;
//! nothing else is half there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::mpsc;
use std::time::Duration;

use wharf_pki::store::{
    AuditHead, FileKind, Filter, NewCertificate, Overwrite, Pair, Stamp, Store,
};
use wharf_pki::{Certificate, Home, RevocationReason};

use crate::child;
use crate::support::{crl, home_with_ca, issue, new, now, serial, stamp};

/// More in a long run: `STORE_KILL_ROUNDS=500`.
const ROUNDS: u32 = 100;

/// A loaded machine is no failure.
const WAIT: Duration = Duration::from_secs(60);

/// What a process does until it is killed. It says what it has done only when that is on the disk.
#[expect(clippy::print_stdout, reason = "the parent reads it")]
pub(crate) fn work(folder: &Path) {
    let home = Home::at(folder);
    let who = format!("process {}", std::process::id());
    let stamp = || Stamp::new(&who, now());
    let ca = home.load_ca().unwrap().unwrap();
    let mut store = Store::open_within(&home, &stamp(), WAIT).unwrap();
    let issuer = store
        .authority_of(ca.intermediate().certificate())
        .unwrap()
        .unwrap();
    println!("\nopened");
    // The bound is for a parent that has gone.
    for n in 0..10_000 {
        let (certificate, key) = issue(&ca, &["a.test"], 90);
        let serial = serial(&certificate);
        // Half of the certificates have files of their own, half replace those of the others.
        let stem = match n % 2 {
            0 => serial.clone(),
            _ => "shared".to_owned(),
        };
        let path = |ending: &str| folder.join("certificates").join(format!("{stem}.{ending}"));
        let pair = Pair {
            chain: path("crt"),
            key: path("key"),
        };
        let files = vec![
            (FileKind::Chain, pair.chain.clone()),
            (FileKind::Key, pair.key.clone()),
        ];
        let new = NewCertificate {
            files: files.clone(),
            ..new(issuer, &certificate)
        };
        let id = store.record_certificate(&stamp(), &new).unwrap();
        println!("recorded {serial}");
        pair.write(
            &ca.chain_pem(&certificate),
            &key.to_pem(),
            Overwrite::Always,
        )
        .unwrap();
        store.mark_written(&stamp(), id, &files).unwrap();
        println!("written {serial}");

        if n % 3 == 0 {
            let reason = RevocationReason::KeyCompromise;
            store
                .revoke(&stamp(), issuer, &serial, reason, None)
                .unwrap();
            println!("revoked {serial}");
        }
        if n % 2 == 1 {
            let issued = store.issue_crl(&stamp(), issuer, |next| {
                Ok(crl(ca.intermediate(), next.number, &next.revocations))
            });
            println!("crl {}", issued.unwrap().number);
        }
    }
}

/// What the processes said, by its first word.
type Said = BTreeMap<String, BTreeSet<String>>;

#[test]
#[expect(clippy::print_stderr, reason = "for who looks into a failure")]
fn whatever_is_killed_nothing_is_lost_and_nothing_is_twice() {
    let rounds = std::env::var("STORE_KILL_ROUNDS")
        .map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"));
    let seed = u64::from(now().nanosecond()) | 1;
    eprintln!("seed {seed}");
    let mut random = Random(seed);
    let mut inventory = Inventory::new();
    let mut written = 0;
    for round in 0..rounds {
        // Now and then from the beginning: so that the making of the inventory is cut off, too.
        if round % 10 == 9 {
            written += inventory.check();
            inventory = Inventory::new();
        }
        let children: Vec<_> = (0..4)
            .map(|_| child::start("work_until_killed", inventory.home.path()))
            .collect();
        let lines = random.below(if round % 10 == 9 { 8 } else { 40 });
        kill(children, lines, &mut random, &mut inventory.said);
        inventory.look();
    }
    written += inventory.check();
    eprintln!("{written} certificates were written");
    assert!(written > 0);
}

/// Kills processes once they have said some lines and a random moment has passed.
fn kill(children: Vec<Child>, lines: u64, random: &mut Random, said: &mut Said) {
    let (sender, receiver) = mpsc::channel();
    let mut running = Vec::new();
    for mut child in children {
        let output = BufReader::new(child.stdout.take().unwrap());
        let sender = sender.clone();
        let reader = std::thread::spawn(move || {
            for line in output.split(b'\n') {
                let _ = sender.send(String::from_utf8(line.unwrap()).unwrap());
            }
        });
        running.push((child, reader));
    }
    drop(sender);
    let mut note = |line: String| {
        if let Some((what, which)) = line.split_once(' ') {
            said.entry(what.into()).or_default().insert(which.into());
        }
    };
    let mut count = 0;
    while count < lines {
        let line = receiver.recv_timeout(WAIT).expect("a process stands still");
        assert!(!line.contains("panicked"), "{line}");
        // The test runner's own lines are not counted.
        count += u64::from(line == "opened" || line.contains(' ') && !line.starts_with("running"));
        note(line);
    }
    for (mut child, reader) in running {
        for _ in 0..random.below(20_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!errors.contains("panicked"), "{errors}");
        reader.join().unwrap();
    }
    receiver.into_iter().for_each(note);
}

struct Inventory {
    _folder: tempfile::TempDir,
    home: Home,
    said: Said,
    noted: Option<AuditHead>,
}

impl Inventory {
    fn new() -> Self {
        let (folder, home, _ca) = home_with_ca();
        fs::create_dir(home.path().join("certificates")).unwrap();
        Self {
            _folder: folder,
            home,
            said: Said::new(),
            noted: None,
        }
    }

    /// After each round: the file is whole, and the log has only grown.
    fn look(&mut self) {
        let store = Store::open(&self.home, &stamp()).unwrap();
        store.check_integrity().unwrap();
        self.noted = Some(store.verify_audit(self.noted.as_ref()).unwrap());
        assert_eq!(store.authorities().unwrap().len(), 2);
    }

    /// Everything that was said against everything that is there. How many certificates were written.
    fn check(&self) -> usize {
        let store = Store::open_read_only(&self.home).unwrap();
        let issuer = store.authorities().unwrap()[1].id;
        let filter = Filter {
            limit: u32::MAX,
            ..Filter::default()
        };
        let listed = store.list(&filter, now()).unwrap();
        let recorded: BTreeSet<_> = listed.iter().map(|record| record.serial.clone()).collect();
        assert_eq!(
            recorded.len(),
            listed.len(),
            "a serial number is there twice"
        );
        let written: BTreeSet<_> = listed
            .iter()
            .filter(|record| !record.is_unwritten())
            .map(|record| record.serial.clone())
            .collect();
        let revoked = store.revocations(issuer).unwrap();
        let revoked = revoked.into_iter().map(|revocation| revocation.serial);
        self.all_said_are_in("recorded", &recorded);
        self.all_said_are_in("written", &written);
        self.all_said_are_in("revoked", &revoked.collect());

        let numbers = store.crl_numbers(issuer).unwrap();
        assert!(
            numbers.iter().copied().eq(1..=numbers.len() as u64),
            "{numbers:?}"
        );
        let numbers = numbers.iter().map(ToString::to_string).collect();
        self.all_said_are_in("crl", &numbers);
        self.check_files(&store);
        written.len()
    }

    #[track_caller]
    fn all_said_are_in(&self, what: &str, there: &BTreeSet<String>) {
        let said = self.said.get(what).cloned().unwrap_or_default();
        let lost: Vec<_> = said.difference(there).collect();
        assert!(lost.is_empty(), "{what} and lost: {lost:?}");
    }

    /// Every certificate on the disk is in the inventory, and every pair is one.
    fn check_files(&self, store: &Store) {
        let folder = self.home.path().join("certificates");
        let paths = |ending: &str| -> BTreeSet<PathBuf> {
            let entries = fs::read_dir(&folder).unwrap();
            let paths = entries.map(|entry| entry.unwrap().path());
            paths
                .filter(|path| path.extension().is_some_and(|found| found == ending))
                .collect()
        };
        let chains = paths("crt");
        for key in paths("key").iter().chain(&chains) {
            let pair = Pair {
                chain: key.with_extension("crt"),
                key: key.with_extension("key"),
            };
            pair.recover().unwrap();
            let certificate = fs::read_to_string(&pair.chain).unwrap();
            let certificate = Certificate::from_pem(&certificate).unwrap();
            let info = wharf_pki::inspect::inspect_der(certificate.der()).unwrap();
            assert_eq!(store.find(&info.sha256, now()).unwrap().serial, info.serial);
            let key = fs::read_to_string(&pair.key).unwrap();
            let key = wharf_pki::Key::from_pem(&key).unwrap();
            let pin = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &key.spki_der());
            assert_eq!(data_encoding::BASE64.encode(pin.as_ref()), info.spki_sha256);
        }
    }
}

/// xorshift64: its seed is printed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
