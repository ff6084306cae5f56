//! Files that are replaced under a running server, in every way that this is done.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;
use wharf_tls::files::{
    ClientAuthFiles, ClientAuthMode, IdentityFiles, ReloadTrigger, ServerFiles, WatchEvent,
    WatchOptions,
};
use wharf_tls::{CrlPolicy, ServerTls, ServerTlsOptions};

use crate::authority::{Authority, Issued};
use crate::visit::Client;

const QUICK: WatchOptions = WatchOptions {
    interval: Duration::from_millis(20),
    settle: Duration::from_millis(10),
    settle_max: Duration::from_millis(500),
    warn_fraction: 0.25,
};

/// A server that follows its files, and what it says about them.
struct Watched {
    tls: ServerTls,
    trigger: ReloadTrigger,
    events: mpsc::Receiver<WatchEvent>,
    watching: tokio::task::JoinHandle<()>,
}

impl Watched {
    fn new(files: ServerFiles, options: WatchOptions) -> Self {
        let (tls, watch) = files
            .watched(&ServerTlsOptions::default(), options)
            .unwrap();
        let trigger = watch.trigger();
        let (sender, events) = mpsc::channel(100);
        let watching = tokio::spawn(async move {
            watch.run(|event| sender.try_send(event).unwrap()).await;
        });
        Self {
            tls,
            trigger,
            events,
            watching,
        }
    }

    async fn next(&mut self) -> WatchEvent {
        timeout(Duration::from_secs(60), self.events.recv())
            .await
            .expect("an event")
            .unwrap()
    }

    #[track_caller]
    fn reloaded(event: &WatchEvent) -> bool {
        match event {
            WatchEvent::Reloaded(reloaded) => reloaded.trust_changed,
            event => panic!("{event}"),
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

/// As tools do that know how: written beside, then renamed.
fn replace(path: &Path, content: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, content).unwrap();
    fs::rename(&beside, path).unwrap();
}

fn one_pair(folder: &TempDir, pair: &Issued) -> ServerFiles {
    let (certificate, key) = (folder.path().join("a.crt"), folder.path().join("a.key"));
    replace(&certificate, &pair.pem());
    replace(&key, &pair.key_pem());
    ServerFiles {
        identities: vec![IdentityFiles::new(certificate, key)],
        ..ServerFiles::default()
    }
}

#[tokio::test]
async fn a_pair_is_taken_when_both_halves_are_there_and_not_before() {
    let ca = Authority::root("root");
    let (old, new) = (ca.leaf(), ca.leaf());
    let folder = TempDir::new().unwrap();
    let mut watched = Watched::new(one_pair(&folder, &old), QUICK);
    replace(&folder.path().join("a.key"), &new.key_pem());
    let kept = watched.next().await;
    let text = kept.to_string();
    assert!(matches!(kept, WatchEvent::Kept(_)), "{text}");
    assert!(text.contains("a.crt"), "{text}");
    assert!(
        text.contains("the private key does not belong to"),
        "{text}"
    );
    let seen = Client::new(&ca, None).visit(&watched.tls).await;
    assert_eq!(seen.certificate(), old.der());
    replace(&folder.path().join("a.crt"), &new.pem());
    assert!(!Watched::reloaded(&watched.next().await));
    let seen = Client::new(&ca, None).visit(&watched.tls).await;
    assert_eq!(seen.certificate(), new.der());
}

#[tokio::test]
async fn a_file_that_is_cut_short_or_gone_is_told_of_once_and_survived() {
    let ca = Authority::root("root");
    let (old, new) = (ca.leaf(), ca.leaf());
    let folder = TempDir::new().unwrap();
    let mut watched = Watched::new(one_pair(&folder, &old), QUICK);
    let (certificate, key) = (folder.path().join("a.crt"), folder.path().join("a.key"));
    fs::remove_file(&certificate).unwrap();
    assert!(matches!(watched.next().await, WatchEvent::Kept(_)));
    fs::write(&certificate, &new.pem()[..new.pem().len() / 2]).unwrap();
    assert!(matches!(watched.next().await, WatchEvent::Kept(_)));
    fs::write(&key, new.key_pem()).unwrap();
    assert!(matches!(watched.next().await, WatchEvent::Kept(_)));
    fs::write(&certificate, new.pem()).unwrap();
    // Three refusals were three events: the files were looked at far more often.
    assert!(!Watched::reloaded(&watched.next().await));
    let seen = Client::new(&ca, None).visit(&watched.tls).await;
    assert_eq!(seen.certificate(), new.der());
    assert_eq!(watched.tls.snapshot().reloads_refused, 3);
}

#[tokio::test]
async fn a_swap_of_symbolic_links_as_kubernetes_does_it_is_followed() {
    let ca = Authority::root("root");
    let (old, new) = (ca.leaf(), ca.leaf());
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (version, pair) in [("..1", &old), ("..2", &new)] {
        fs::create_dir(at(version)).unwrap();
        fs::write(at(version).join("tls.crt"), pair.pem()).unwrap();
        fs::write(at(version).join("tls.key"), pair.key_pem()).unwrap();
    }
    symlink("..1", at("..data")).unwrap();
    for file in ["tls.crt", "tls.key"] {
        symlink(Path::new("..data").join(file), at(file)).unwrap();
    }
    let files = ServerFiles {
        identities: vec![IdentityFiles::in_folder(folder.path())],
        ..ServerFiles::default()
    };
    let mut watched = Watched::new(files, QUICK);
    symlink("..2", at("..data_tmp")).unwrap();
    fs::rename(at("..data_tmp"), at("..data")).unwrap();
    assert!(!Watched::reloaded(&watched.next().await));
    let seen = Client::new(&ca, None).visit(&watched.tls).await;
    assert_eq!(seen.certificate(), new.der());
}

#[tokio::test]
async fn a_folder_of_pairs_serves_what_lies_in_it() {
    let ca = Authority::root("root");
    let folder = TempDir::new().unwrap();
    let put = |name: &str, pair: &Issued| {
        replace(&folder.path().join(format!("{name}.crt")), &pair.pem());
        replace(&folder.path().join(format!("{name}.key")), &pair.key_pem());
    };
    let first = ca.leaf();
    put("a", &first);
    fs::write(folder.path().join("README"), "not a certificate").unwrap();
    let files = ServerFiles {
        folders: vec![folder.path().to_owned()],
        ..ServerFiles::default()
    };
    let mut watched = Watched::new(files, QUICK);
    let second = ca.issue(&["b.test"]);
    let visit = async |tls: &ServerTls| Client::new(&ca, None).visit_as(tls, "b.test").await;
    visit(&watched.tls).await.client.unwrap_err();
    // The key comes last: without its certificate it would be an error, told of and survived.
    put("b", &second);
    while !matches!(watched.next().await, WatchEvent::Reloaded(_)) {}
    assert_eq!(visit(&watched.tls).await.certificate(), second.der());
}

#[tokio::test]
async fn a_crl_that_is_replaced_revokes_without_a_restart() {
    let ca = Authority::root("root");
    let leaf = ca.client("alice");
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("ca.crt"), ca.pem()).unwrap();
    fs::create_dir(at("crls")).unwrap();
    fs::write(at("crls/root.crl"), ca.crl_pem(1, &[])).unwrap();
    let files = ServerFiles {
        client_auth: Some(ClientAuthFiles {
            mode: ClientAuthMode::Required,
            trust_anchors: vec![at("ca.crt")],
            crls: vec![at("crls")],
            crl_policy: CrlPolicy::default(),
        }),
        ..one_pair(&folder, &ca.leaf())
    };
    let mut watched = Watched::new(files, QUICK);
    let client = Client::new(&ca, Some(&leaf));
    client.visit(&watched.tls).await.info();
    assert!(client.visit(&watched.tls).await.info().resumed);
    replace(&at("crls/root.crl"), &ca.crl_pem(2, &[leaf.serial]));
    // A file with another ending lay in the folder for a moment.
    while !matches!(watched.next().await, WatchEvent::Reloaded(_)) {}
    assert!(client.visit(&watched.tls).await.refusal().is_revoked());
}

#[tokio::test]
async fn shared_ticket_keys_rotate_by_their_files() {
    let ca = Authority::root("root");
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let key = |byte: u8| -> Vec<u8> { (0..80).map(|at| byte ^ at).collect() };
    let put = |name: &str, byte: u8| {
        fs::write(at("beside"), key(byte)).unwrap();
        fs::rename(at("beside"), at(name)).unwrap();
    };
    put("current", 1);
    put("previous", 2);
    let files = ServerFiles {
        ticket_keys: vec![at("current"), at("previous")],
        ..one_pair(&folder, &ca.leaf())
    };
    let mut watched = Watched::new(files.clone(), QUICK);
    let (beside, _watch) = files.watched(&ServerTlsOptions::default(), QUICK).unwrap();
    let client = Client::new(&ca, None);
    client.visit(&watched.tls).await.info();
    assert!(
        client.visit(&beside).await.info().resumed,
        "two servers, one key"
    );
    // The key used so far becomes the previous one. Between the two renames its tickets are unknown for a moment.
    put("previous", 1);
    put("current", 3);
    while !matches!(watched.next().await, WatchEvent::Reloaded(_)) {}
    watched.trigger.reload();
    Watched::reloaded(&watched.next().await);
    assert!(client.visit(&watched.tls).await.info().resumed);
    put("previous", 4);
    put("current", 5);
    watched.trigger.reload();
    while !matches!(watched.next().await, WatchEvent::Reloaded(_)) {}
    watched.trigger.reload();
    Watched::reloaded(&watched.next().await);
    assert!(!client.visit(&watched.tls).await.info().resumed);
}

#[tokio::test]
async fn a_reload_that_was_asked_for_is_answered_even_if_nothing_changed() {
    let ca = Authority::root("root");
    let folder = TempDir::new().unwrap();
    let options = WatchOptions {
        interval: Duration::from_secs(3600),
        ..QUICK
    };
    let mut watched = Watched::new(one_pair(&folder, &ca.leaf()), options);
    watched.trigger.reload();
    assert!(!Watched::reloaded(&watched.next().await));
    assert_eq!(watched.tls.snapshot().generation, 2);
}

#[tokio::test]
async fn what_is_about_to_expire_is_told_of_once() {
    let ca = Authority::root("root");
    let folder = TempDir::new().unwrap();
    let short = ca.leaf_with(|params| {
        params.not_after = (std::time::SystemTime::now() + Duration::from_secs(3600)).into();
    });
    let mut watched = Watched::new(one_pair(&folder, &short), QUICK);
    let event = watched.next().await;
    assert_eq!(event.to_string(), "certificate expires in 59 min: CN=leaf");
    watched.trigger.reload();
    assert!(!Watched::reloaded(&watched.next().await), "told of twice");
}
