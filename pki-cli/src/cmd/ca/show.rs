//! `wharf ca show`.

use std::path::Path;

use serde::Serialize;
use time::OffsetDateTime;
use wharf_pki::inspect::inspect_der;
use wharf_pki::{Certificate, CertificateInfo};

use crate::args::HomeArg;
use crate::exit::Status;
use crate::ui::style::{FAINT, paint};
use crate::ui::tree::Tree;
use crate::ui::{self, Advised, certificate};
use crate::{clock, home};

#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    password: crate::password::PasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

impl Show {
    /// Shows the CA.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        let mut asked = home::Asked::new(self.password);
        let loaded = home.load_ca_with(&mut |path| asked.of(path));
        let Some(ca) = asked.tell(loaded)? else {
            return Err(Advised {
                message: format!("there is no CA in {}", home.ca_path().display()),
                hint: match &self.home.home {
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
        if self.json {
            ui::line(&serde_json::to_string_pretty(&shown)?)?;
            return Ok(Status::Done);
        }
        let [root, intermediate] = &shown;
        let now = clock::now();
        let tree = Tree {
            below: vec![intermediate.tree(now)],
            ..root.tree(now)
        };
        tree.draw().iter().try_for_each(|line| ui::line(line))?;
        Ok(Status::Done)
    }
}

#[derive(Serialize)]
struct Shown {
    what: &'static str,
    path: std::path::PathBuf,
    certificate: CertificateInfo,
}

impl Shown {
    fn tree(&self, now: OffsetDateTime) -> Tree {
        let mut tree = certificate::entry(&self.certificate, now);
        let path = self.path.display().to_string();
        let sha256 = format!("SHA-256 {}", self.certificate.sha256);
        tree.lines.extend([sha256, paint(FAINT, &path)]);
        tree
    }
}

fn certificates(ca: &wharf_pki::Ca) -> anyhow::Result<[Shown; 2]> {
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
