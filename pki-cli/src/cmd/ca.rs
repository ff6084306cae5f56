//! `wharf ca`.

use std::path::Path;

use serde::Serialize;
use wharf_pki::inspect::inspect_der;
use wharf_pki::{Ca, CaOptions, Certificate, CertificateInfo};

use crate::args::{CaInit, CaShow};
use crate::ui::{self, Advised};
use crate::{cmd, home};

/// Makes the CA.
pub(crate) fn init(args: &CaInit) -> anyhow::Result<()> {
    let home = home::find(&args.home)?;
    let options = CaOptions {
        name: args.name.clone(),
        key_type: args.key_type,
        ..CaOptions::default()
    };
    let ca = {
        let _lock = home.lock()?;
        home.create_ca(&options, cmd::now())?
    };
    ui::note(&format!(
        "made the CA \"{}\" in {}",
        args.name,
        ca.folder().display()
    ));
    ui::note("nothing trusts it until its root is installed or named, as in curl --cacert");
    ui::line(&ca.root_path().display().to_string())?;
    Ok(())
}

/// Shows the CA.
pub(crate) fn show(args: &CaShow) -> anyhow::Result<()> {
    let home = home::find(&args.home)?;
    let Some(ca) = home.load_ca()? else {
        return Err(Advised {
            message: format!("there is no CA in {}", home.ca_path().display()),
            hint: match &args.home.home {
                Some(home) => {
                    let home = ui::shell_word(&home.display().to_string());
                    format!("make one: wharf ca init --home {home}")
                }
                None => "make one: wharf ca init".to_owned(),
            },
        }
        .into());
    };
    let shown = certificates(&ca)?;
    if args.json {
        ui::line(&serde_json::to_string_pretty(&shown)?)?;
        return Ok(());
    }
    for Shown {
        what,
        path,
        certificate,
    } in shown
    {
        ui::line(&format!("{what}: {}", path.display()))?;
        ui::line(&certificate.to_string())?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Shown {
    what: &'static str,
    path: std::path::PathBuf,
    certificate: CertificateInfo,
}

fn certificates(ca: &Ca) -> anyhow::Result<[Shown; 2]> {
    let shown = |what, path: &Path, certificate: &Certificate| {
        let certificate = inspect_der(certificate.der())?;
        anyhow::Ok(Shown {
            what,
            path: path.to_owned(),
            certificate,
        })
    };
    Ok([
        shown("root", &ca.root_path(), ca.root())?,
        shown(
            "intermediate",
            &ca.intermediate_path(),
            ca.intermediate().certificate(),
        )?,
    ])
}
