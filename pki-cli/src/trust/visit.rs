//! Goes from store to store: looks, does what has to be done, and looks again. Only what was seen afterwards is claimed.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::java::Java;
use super::nss::{self, Nss};
use super::system::System;
use super::{Kind, Outcome, Places, Report, Root, Sight, Step, Store, Trouble, Wanted};
use crate::ui::shell_word;

/// What the user chose.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    /// The kinds of stores; every one of them if it is empty.
    pub(crate) kinds: Vec<Kind>,
    /// Whether to say what would be done, and to do nothing.
    pub(crate) is_dry_run: bool,
    /// A file with the password of NSS databases.
    pub(crate) nss_password: Option<PathBuf>,
    /// A file with the password of Java keystores.
    pub(crate) java_password: Option<PathBuf>,
}

/// Has every store trust a root.
pub(crate) fn install(places: &Places, choice: &Choice, root: &Root) -> Vec<Report> {
    let wanted = Wanted::Root(Box::new(root.clone()));
    let visit = |store: &dyn Store| {
        let sight = store.look(&wanted)?;
        if sight.is_trusted {
            return Ok(report(store, Outcome::AlreadyThere));
        }
        let steps = store.install(root, &sight)?;
        if choice.is_dry_run {
            return Ok(with_steps(report(store, Outcome::WouldInstall), &steps));
        }
        let again = again(
            places,
            choice,
            store,
            "trust",
            &format!("--cert {}", quoted(&root.path)),
        );
        perform(store, &steps, &again)?;
        let after = store.look(&wanted)?;
        if !after.is_trusted {
            return Err(still("it was put in and is not trusted", after));
        }
        Ok(with_steps(report(store, Outcome::Installed), &steps))
    };
    each(&stores(places, choice), visit)
}

/// Takes a root out of every store that has it.
pub(crate) fn remove(places: &Places, choice: &Choice, wanted: &Wanted) -> Vec<Report> {
    let mut stores = stores(places, choice);
    also_what_system_feeds(places, choice, &mut stores);
    let visit = |store: &dyn Store| {
        let sight = store.look(wanted)?;
        if sight.is_clean() && sight.remark.is_none() {
            return Ok(report(store, Outcome::NotThere));
        }
        if sight.entries.is_empty() {
            return Err(still("only an entry of its own can be taken out", sight)
                .advise("take it out of there by hand".to_owned()));
        }
        let steps = store.remove(&sight)?;
        if choice.is_dry_run {
            return Ok(with_steps(report(store, Outcome::WouldRemove), &steps));
        }
        let name = match wanted.fingerprint() {
            Some(fingerprint) => format!("--fingerprint {fingerprint}"),
            None => String::new(),
        };
        perform(
            store,
            &steps,
            &again(places, choice, store, "untrust", &name),
        )?;
        let after = store.look(wanted)?;
        if !after.is_clean() || after.remark.is_some() {
            return Err(still("it was taken out and is still there", after));
        }
        Ok(with_steps(report(store, Outcome::Removed), &steps))
    };
    each(&stores, visit)
}

/// Asks every store whether it trusts a root.
pub(crate) fn status(places: &Places, choice: &Choice, wanted: &Wanted) -> Vec<Report> {
    let visit = |store: &dyn Store| {
        let sight = store.look(wanted)?;
        let outcome = if sight.is_trusted {
            Outcome::Trusted
        } else {
            Outcome::NotTrusted
        };
        Ok(Report {
            why: sight.remark,
            others: sight.others,
            ..report(store, outcome)
        })
    };
    each(&stores(places, choice), visit)
}

/// The stores of one kind, or why there are none.
type Found<'a> = (Kind, Result<Vec<Box<dyn Store + 'a>>, Trouble>);

/// The stores of the kinds that were chosen. That of the system comes first: Java's may be made from it.
fn stores<'a>(places: &'a Places, choice: &Choice) -> Vec<Found<'a>> {
    [Kind::System, Kind::Nss, Kind::Java]
        .into_iter()
        .filter(|kind| choice.kinds.is_empty() || choice.kinds.contains(kind))
        .map(|kind| (kind, of_kind(places, choice, kind)))
        .collect()
}

fn of_kind<'a>(
    places: &'a Places,
    choice: &Choice,
    kind: Kind,
) -> Result<Vec<Box<dyn Store + 'a>>, Trouble> {
    Ok(match kind {
        Kind::System => vec![Box::new(System::find(places)?)],
        Kind::Nss => {
            let password = choice.nss_password.as_deref();
            let database = |folder| Box::new(Nss::at(places, folder, password)) as _;
            nss::find(places)?.into_iter().map(database).collect()
        }
        Kind::Java => {
            let keystores = Java::find(places, choice.java_password.as_deref())?;
            keystores
                .into_iter()
                .map(|java| Box::new(java) as _)
                .collect()
        }
    })
}

/// What Debian has copied from the store of the system into Java's keystore goes with it, also when only the system was
/// asked for, and also when there is no Java any more that would be found.
fn also_what_system_feeds<'a>(places: &'a Places, choice: &Choice, stores: &mut Vec<Found<'a>>) {
    let is_asked = choice.kinds.is_empty() || choice.kinds.contains(&Kind::System);
    let feeds = System::find(places).is_ok_and(|system| system.feeds_java());
    if !is_asked || !feeds {
        return;
    }
    let Some(fed) = Java::fed_by_system(places, choice.java_password.as_deref()) else {
        return;
    };
    let is_known = stores.iter().any(|(_, found)| {
        let found = found.as_deref().unwrap_or_default();
        found.iter().any(|store| store.place() == fed.place())
    });
    if !is_known {
        // A line that there is no Java would be odd beside one about its keystore.
        stores.retain(|(kind, found)| *kind != Kind::Java || found.is_ok());
        stores.push((Kind::Java, Ok(vec![Box::new(fed)])));
    }
}

fn each(
    stores: &[Found<'_>],
    visit: impl Fn(&dyn Store) -> Result<Report, Trouble>,
) -> Vec<Report> {
    let mut reports = Vec::new();
    for (kind, found) in stores {
        match found {
            Ok(found) => reports.extend(found.iter().map(|store| {
                visit(&**store)
                    .unwrap_or_else(|trouble| report(&**store, Outcome::Failed).because(trouble))
            })),
            Err(trouble) => {
                let outcome = if trouble.is_absence {
                    Outcome::NotFound
                } else {
                    Outcome::Failed
                };
                reports.push(Report::new(*kind, None, outcome).because(trouble.clone()));
            }
        }
    }
    reports
}

fn report(store: &dyn Store, outcome: Outcome) -> Report {
    Report::new(store.kind(), Some(store.place().into()), outcome)
}

fn with_steps(mut report: Report, steps: &[Step]) -> Report {
    report.steps = steps.iter().map(ToString::to_string).collect();
    report
}

fn still(what: &str, sight: Sight) -> Trouble {
    match sight.remark {
        Some(remark) => Trouble::new(format!("{what}: {remark}")),
        None => Trouble::new(what),
    }
}

/// Does all steps, if all that they write to may be written.
fn perform(store: &dyn Store, steps: &[Step], again: &str) -> Result<(), Trouble> {
    for path in store.written() {
        access(&path, Access::WRITE_OK).map_err(|errno| {
            let error = io::Error::from(errno);
            let trouble = Trouble::new(format!("cannot write to {}: {error}", path.display()));
            let needs_root = error.kind() == io::ErrorKind::PermissionDenied;
            trouble.advise(needs_root.then(|| again.to_owned()))
        })?;
    }
    steps.iter().try_for_each(Step::perform)
}

/// The line that does the same for one kind of store as the administrator. This program is named by its path, and the root
/// by its own: root has another path to search, and another home.
fn again(places: &Places, choice: &Choice, store: &dyn Store, verb: &str, name: &str) -> String {
    let java = store
        .java_home()
        .map(|home| format!("env JAVA_HOME={} ", quoted(home)));
    let passwords = [
        ("--nss-password-file", &choice.nss_password),
        ("--java-password-file", &choice.java_password),
    ];
    let passwords: String = passwords
        .iter()
        .filter_map(|(flag, file)| Some(format!(" {flag} {}", quoted(file.as_ref()?))))
        .collect();
    format!(
        "as root: sudo {}{} ca {verb} --store {} {name}{passwords}",
        java.unwrap_or_default(),
        quoted(&places.this_program),
        store.kind().name(),
    )
}

fn quoted(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}
