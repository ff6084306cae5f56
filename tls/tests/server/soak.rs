//! Certificates, CRLs and roots that rotate ten times a second under load, and half of what is written is broken.
//!
//! The time is `WHARF_SOAK_SECONDS`; the gate takes sixty.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use wharf_tls::files::{
    ClientAuthFiles, ClientAuthMode, IdentityFiles, ReloadTrigger, ServerFiles, WatchEvent,
    WatchOptions,
};
use wharf_tls::{CrlPolicy, ServerTls, ServerTlsOptions};

use crate::authority::{Authority, Issued};
use crate::visit::Client;

const TURN: Duration = Duration::from_millis(100);

fn duration() -> Duration {
    let seconds = std::env::var("WHARF_SOAK_SECONDS").map_or(5, |text| text.parse().unwrap());
    Duration::from_secs(seconds)
}

/// What the server has in force, as far as clients are concerned, in the bits of one number; the rest counts changes.
#[derive(Default)]
struct InForce(AtomicU64);

const CHANGING: u64 = 1;
const TRUSTS_SECOND: u64 = 2;
const REVOKED: u64 = 4;
const COUNT: u64 = 8;

impl InForce {
    /// The state, unless it is about to change.
    fn read(&self) -> Option<u64> {
        let state = self.0.load(Ordering::SeqCst);
        (state & CHANGING == 0).then_some(state)
    }

    fn begin(&self) {
        self.0.fetch_or(CHANGING, Ordering::SeqCst);
    }

    fn settle(&self, trusts_second: bool, revoked: bool) {
        let count = self.0.load(Ordering::SeqCst) / COUNT + 1;
        let bits = u64::from(trusts_second) * TRUSTS_SECOND + u64::from(revoked) * REVOKED;
        self.0.store(count * COUNT + bits, Ordering::SeqCst);
    }
}

/// What rotates.
struct Rotation {
    folder: TempDir,
    first: Authority,
    second: Authority,
    alice: Issued,
    in_force: InForce,
}

impl Rotation {
    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, content: &[u8]) {
        let beside = self.at("beside");
        fs::write(&beside, content).unwrap();
        fs::rename(beside, self.at(name)).unwrap();
    }

    fn put_pair(&self) {
        let pair = self.first.leaf();
        self.put("tls.crt", pair.pem().as_bytes());
        self.put("tls.key", pair.key_pem().as_bytes());
    }

    /// A pair that cannot be used, another kind each time.
    fn put_broken_pair(&self, turn: u64) {
        let (one, other) = (self.first.leaf(), self.first.leaf());
        let half = |text: &str| text.as_bytes()[..text.len() / 2].to_vec();
        let (certificate, key) = match turn % 6 {
            0 => (one.pem().into_bytes(), other.key_pem().into_bytes()),
            1 => (half(&one.pem()), one.key_pem().into_bytes()),
            2 => (one.pem().into_bytes(), half(&one.key_pem())),
            3 => (Vec::new(), one.key_pem().into_bytes()),
            4 => (one.key_pem().into_bytes(), one.pem().into_bytes()),
            _ => (b"\0\xff".repeat(1000), b"-----BEGIN".to_vec()),
        };
        self.put("tls.crt", &certificate);
        self.put("tls.key", &key);
    }

    fn put_trust(&self, with_second: bool, revoked: bool, number: u64) {
        let roots = match with_second {
            true => self.first.pem().clone() + &self.second.pem(),
            false => self.first.pem().clone(),
        };
        self.put("ca.crt", roots.as_bytes());
        let serials: &[u64] = if revoked { &[self.alice.serial] } else { &[] };
        let crls = self.first.crl_pem(number, serials) + &self.second.crl_pem(number, &[]);
        self.put("crl.pem", crls.as_bytes());
    }

    fn files(&self) -> ServerFiles {
        ServerFiles {
            identities: vec![IdentityFiles::in_folder(self.folder.path())],
            client_auth: Some(ClientAuthFiles {
                mode: ClientAuthMode::Required,
                trust_anchors: vec![self.at("ca.crt")],
                crls: vec![self.at("crl.pem")],
                crl_policy: CrlPolicy::default(),
            }),
            ..ServerFiles::default()
        }
    }

    /// Rotates until `end`; the result is how many reloads there were, and how many were refused.
    async fn rotate(
        &self,
        trigger: ReloadTrigger,
        mut events: mpsc::Receiver<WatchEvent>,
        end: Instant,
    ) -> (u64, u64) {
        let (mut reloads, mut refusals) = (0, 0);
        let (mut with_second, mut revoked) = (false, false);
        let mut turn = 0;
        while Instant::now() < end {
            let begun = Instant::now();
            turn += 1;
            self.in_force.begin();
            let broken = turn % 2 == 1;
            if broken {
                self.put_broken_pair(turn / 2);
            } else {
                self.put_pair();
                with_second = turn % 4 == 0;
                revoked = turn % 6 == 0;
            }
            // Beside a broken pair, the trust on disk is the one in force: if it were loaded alone, nobody would notice.
            let on_disk = if broken { !with_second } else { with_second };
            self.put_trust(on_disk, revoked, turn);
            trigger.reload();
            loop {
                let event = timeout(Duration::from_secs(60), events.recv()).await;
                match event.expect("the watch answers").unwrap() {
                    WatchEvent::Reloaded(_) if broken => {}
                    WatchEvent::Reloaded(_) => {
                        reloads += 1;
                        break;
                    }
                    WatchEvent::Kept(_) if broken => {
                        refusals += 1;
                        break;
                    }
                    _ => {}
                }
            }
            self.in_force.settle(with_second, revoked);
            tokio::time::sleep_until(begun + TURN).await;
        }
        (reloads, refusals)
    }

    /// Visits until `end`. `welcome` says of a state whether the client is let in; every visit in a state that did not
    /// change meanwhile has to agree. The result is how many were let in, and how many refused.
    async fn visit(
        &self,
        tls: &ServerTls,
        client: Client,
        welcome: fn(u64) -> bool,
        end: Instant,
    ) -> (u64, u64) {
        let (mut served, mut refused) = (0, 0);
        while Instant::now() < end {
            let before = self.in_force.read();
            let visit = client.visit(tls).await;
            let after = self.in_force.read();
            let always = welcome(0) && welcome(TRUSTS_SECOND | REVOKED);
            match before {
                Some(state) if before == after => {
                    assert_eq!(visit.server.is_ok(), welcome(state), "{state:b}: {visit:?}");
                }
                _ => assert!(visit.server.is_ok() || !always, "{visit:?}"),
            }
            match visit.server {
                Ok(_) => served += 1,
                Err(_) => refused += 1,
            }
            tokio::task::yield_now().await;
        }
        (served, refused)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_handshake_ends_as_what_is_in_force_says_while_it_rotates() {
    let first = Authority::root("first root");
    let rotation = Rotation {
        folder: TempDir::new().unwrap(),
        alice: first.client("alice"),
        second: Authority::root("second root"),
        first,
        in_force: InForce::default(),
    };
    rotation.put_pair();
    rotation.put_trust(false, false, 0);
    let options = WatchOptions {
        interval: Duration::from_secs(3600),
        settle: Duration::from_millis(1),
        ..WatchOptions::default()
    };
    let (tls, watch) = rotation
        .files()
        .watched(&ServerTlsOptions::default(), options)
        .unwrap();
    let trigger = watch.trigger();
    let (sender, events) = mpsc::channel(1000);
    let watching = watch.run(move |event| sender.try_send(event).unwrap());
    let end = Instant::now() + duration();

    let steady = Client::new(&rotation.first, Some(&rotation.first.client("steady")));
    let alice = Client::new(&rotation.first, Some(&rotation.alice));
    let bob = Client::new(&rotation.first, Some(&rotation.second.client("bob")));
    let work = async {
        tokio::join!(
            rotation.rotate(trigger, events, end),
            rotation.visit(&tls, steady, |_| true, end),
            rotation.visit(&tls, alice, |state| state & REVOKED == 0, end),
            rotation.visit(&tls, bob, |state| state & TRUSTS_SECOND != 0, end),
        )
    };
    let (rotated, steady, alice, bob) = tokio::select! {
        done = work => done,
        never = watching => never,
    };
    eprintln!("rotated {rotated:?}; steady {steady:?}, alice {alice:?}, bob {bob:?}");
    assert!(rotated.0 > 5 && rotated.1 > 5, "{rotated:?}");
    assert!(steady.0 > 0 && steady.1 == 0);
    for (served, refused) in [alice, bob] {
        assert!(served > 0 && refused > 0, "{served} {refused}");
    }
}

#[test]
fn a_state_that_is_about_to_change_is_not_judged() {
    let in_force = InForce::default();
    in_force.settle(true, false);
    let state = in_force.read().unwrap();
    assert_eq!(state & (TRUSTS_SECOND | REVOKED), TRUSTS_SECOND);
    in_force.begin();
    assert_eq!(in_force.read(), None);
    in_force.settle(true, false);
    assert_ne!(
        in_force.read(),
        Some(state),
        "the same again is another one"
    );
}
