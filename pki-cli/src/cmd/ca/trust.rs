//! `wharf ca trust`, `wharf ca untrust` and `wharf ca trust-status`.

use std::path::Path;

use serde::Serialize;
use wharf_pki::CertificateInfo;

use crate::args::HomeArg;
use crate::exit::Status;
use crate::trust::args::{RootArg, Trust, TrustStatus, Untrust};
use crate::trust::{self, Fingerprint, Kind, Outcome, Places, Report, Root, Wanted};
use crate::ui::{self, Advised};
use crate::{clock, home};

/// Has the stores trust the root.
pub(crate) fn trust(args: &Trust) -> anyhow::Result<Status> {
    let root = match &args.cert {
        Some(file) => Root::read(file)?,
        None => match root_of_ca(&args.home)? {
            Ca::Root(root) => *root,
            Ca::None(missing) => return Err(missing.into()),
        },
    };
    check(&root)?;
    let choice = args.stores.choice(args.dry_run)?;
    let reports = trust::install(&Places::here(), &choice, &root);
    tell(&Wanted::Root(Box::new(root)), &reports, args.stores.json)?;
    tell_browsers(&reports, Outcome::Installed);
    let asked = |report: &Report| args.stores.kinds.contains(&report.store);
    let is_missing = reports
        .iter()
        .any(|report| report.outcome == Outcome::NotFound && asked(report));
    Ok(if has(&reports, Outcome::Failed) || is_missing {
        Status::Failed
    } else if reports
        .iter()
        .all(|report| report.outcome == Outcome::NotFound)
    {
        Status::NothingToDo
    } else {
        Status::Done
    })
}

/// Takes the root out of the stores.
pub(crate) fn untrust(args: &Untrust) -> anyhow::Result<Status> {
    let wanted = match wanted(&args.root, &args.home)? {
        (Wanted::Nothing, Some(missing)) => return Err(missing.into()),
        (wanted, _) => wanted,
    };
    let choice = args.stores.choice(args.dry_run)?;
    let reports = trust::remove(&Places::here(), &choice, &wanted);
    tell(&wanted, &reports, args.stores.json)?;
    tell_browsers(&reports, Outcome::Removed);
    Ok(if has(&reports, Outcome::Failed) {
        Status::Failed
    } else {
        Status::Done
    })
}

/// Says which stores trust the root.
pub(crate) fn status(args: &TrustStatus) -> anyhow::Result<Status> {
    let (wanted, missing) = wanted(&args.root, &args.home)?;
    if let Some(missing) = missing {
        // Roots of a CA that is gone may be there all the same.
        ui::note(&missing.message);
    }
    let choice = args.stores.choice(true)?;
    let reports = trust::status(&Places::here(), &choice, &wanted);
    tell(&wanted, &reports, args.stores.json)?;
    let found = reports
        .iter()
        .filter(|report| report.outcome != Outcome::NotFound);
    Ok(if has(&reports, Outcome::Failed) {
        Status::Failed
    } else if has(&reports, Outcome::Trusted)
        && found
            .clone()
            .all(|report| report.outcome == Outcome::Trusted)
    {
        Status::Done
    } else {
        Status::NothingToDo
    })
}

/// A browser reads its database when it starts.
fn tell_browsers(reports: &[Report], outcome: Outcome) {
    let is_changed = |report: &Report| report.store == Kind::Nss && report.outcome == outcome;
    if reports.iter().any(is_changed) {
        ui::note("a browser that runs notices when it is started anew");
    }
}

fn has(reports: &[Report], outcome: Outcome) -> bool {
    reports.iter().any(|report| report.outcome == outcome)
}

/// The root of the CA, or what to say if there is no CA.
enum Ca {
    Root(Box<Root>),
    None(Advised),
}

fn root_of_ca(arg: &HomeArg) -> anyhow::Result<Ca> {
    // None of its keys is needed, and who may read its certificate may not be who may read them.
    let path = home::find(arg)?.root_path();
    if !path.try_exists()? {
        return Ok(Ca::None(Advised {
            message: format!("there is no CA in {}", folder_of(&path).display()),
            hint: "make one: wharf ca init; or name its root with --cert FILE, which under sudo is needed, since root has another home".into(),
        }));
    }
    Ok(Ca::Root(Box::new(Root::read(&path)?)))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// The root that the flags name, and what to say if they name none and there is no CA.
fn wanted(arg: &RootArg, home: &HomeArg) -> anyhow::Result<(Wanted, Option<Advised>)> {
    if let Some(fingerprint) = arg.fingerprint {
        return Ok((Wanted::Fingerprint(fingerprint), None));
    }
    if let Some(file) = &arg.cert {
        return Ok((Wanted::Root(Box::new(Root::read(file)?)), None));
    }
    Ok(match root_of_ca(home)? {
        Ca::Root(root) => (Wanted::Root(root), None),
        Ca::None(missing) => (Wanted::Nothing, Some(missing)),
    })
}

/// A certificate that vouches for nobody is not put into a store.
fn check(root: &Root) -> anyhow::Result<()> {
    let path = root.path.display();
    if !root.info.is_ca {
        return Err(Advised {
            message: format!("{path} is not a CA certificate"),
            hint: "a store vouches for what its roots have signed; name the root, not what it has signed".into(),
        }
        .into());
    }
    if root.info.not_after < clock::now() {
        return Err(Advised {
            message: format!("{path} expired on {}", clock::day(root.info.not_after)),
            hint: "nothing that it has signed is valid; make a new CA".into(),
        }
        .into());
    }
    Ok(())
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Told<'a> {
    /// The number of this format. It becomes another one when a field is taken away or means something else.
    format: u32,
    sha256: Option<Fingerprint>,
    certificate: Option<&'a CertificateInfo>,
    stores: &'a [Report],
}

fn tell(wanted: &Wanted, reports: &[Report], json: bool) -> anyhow::Result<()> {
    let certificate = match wanted {
        Wanted::Root(root) => Some(&root.info),
        _ => None,
    };
    if json {
        let told = Told {
            format: 1,
            sha256: wanted.fingerprint(),
            certificate,
            stores: reports,
        };
        ui::line(&serde_json::to_string_pretty(&told)?)?;
        return Ok(());
    }
    if let Some(fingerprint) = wanted.fingerprint() {
        let name = certificate.map_or(String::new(), |info| format!("{}, ", info.subject));
        ui::line(&format!("{name}SHA-256 {fingerprint}"))?;
    }
    for report in reports {
        ui::line(&report.to_string())?;
        if matches!(report.outcome, Outcome::WouldInstall | Outcome::WouldRemove) {
            for step in &report.steps {
                ui::line(&format!("  {step}"))?;
            }
        }
        for other in &report.others {
            ui::line(&format!("  another root of wharf: {other}"))?;
        }
    }
    if let Some(other) = reports.iter().find_map(|report| report.others.first()) {
        ui::note(&format!(
            "wharf ca untrust --fingerprint {other} takes another root out"
        ));
    }
    Ok(())
}
