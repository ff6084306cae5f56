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
        let name = format!("--cert {}", quoted(&root.path));
        let obstacle = obstacle(store, || again(places, choice, store, "trust", &name));
        if choice.is_dry_run {
            return Ok(planned(
                report(store, Outcome::WouldInstall),
                &steps,
                obstacle,
            ));
        }
        perform(store, &steps, obstacle)?;
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
    also_what_system_feeds(places, choice, wanted, &mut stores);
    let visit = |store: &dyn Store| {
        let sight = store.look(wanted)?;
        if sight.is_clean() {
            return Ok(report(store, Outcome::NotThere));
        }
        let steps = store.remove(&sight)?;
        let name = match wanted.fingerprint() {
            Some(fingerprint) => format!("--fingerprint {fingerprint}"),
            None => String::new(),
        };
        let obstacle = obstacle(store, || again(places, choice, store, "untrust", &name));
        if choice.is_dry_run {
            return Ok(planned(
                report(store, Outcome::WouldRemove),
                &steps,
                obstacle,
            ));
        }
        perform(store, &steps, obstacle)?;
        let after = store.look(wanted)?;
        if !after.is_clean() {
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
/// asked for.
fn also_what_system_feeds<'a>(
    places: &'a Places,
    choice: &Choice,
    wanted: &Wanted,
    stores: &mut Vec<Found<'a>>,
) {
    let feeds = stores
        .iter()
        .any(|(kind, found)| *kind == Kind::System && found.is_ok())
        && System::find(places).is_ok_and(|system| system.feeds_java());
    let fed = feeds
        .then(|| Java::fed_by_system(places, choice.java_password.as_deref()))
        .flatten();
    let Some(fed) = fed else { return };
    let is_known = stores.iter().any(|(_, found)| {
        let found = found.as_deref().unwrap_or_default();
        found.iter().any(|store| store.place() == fed.place())
    });
    // Nobody asked for it, so it is worth a line only if there is something to do.
    if !is_known && !fed.look(wanted).is_ok_and(|sight| sight.is_clean()) {
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

/// What would be done, and what stands in the way.
fn planned(report: Report, steps: &[Step], obstacle: Option<Trouble>) -> Report {
    let report = with_steps(report, steps);
    match obstacle {
        Some(obstacle) => report.because(obstacle),
        None => report,
    }
}

fn still(what: &str, sight: Sight) -> Trouble {
    match sight.remark {
        Some(remark) => Trouble::new(format!("{what}: {remark}")),
        None => Trouble::new(what),
    }
}

/// Why a store may not be written to, and what to do about it: `again`, if root may.
fn obstacle(store: &dyn Store, again: impl Fn() -> String) -> Option<Trouble> {
    store.written().iter().find_map(|path| {
        let error = io::Error::from(access(path, Access::WRITE_OK).err()?);
        let needs_root = error.kind() == io::ErrorKind::PermissionDenied;
        Some(
            Trouble::new(format!("cannot write to {}: {error}", path.display()))
                .advise(needs_root.then(&again)),
        )
    })
}

/// Does all steps, if nothing stands in the way.
fn perform(store: &dyn Store, steps: &[Step], obstacle: Option<Trouble>) -> Result<(), Trouble> {
    if let Some(obstacle) = obstacle {
        return Err(obstacle);
    }
    steps
        .iter()
        .try_for_each(|step| step.perform().map_err(|trouble| store.explain(trouble)))
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
