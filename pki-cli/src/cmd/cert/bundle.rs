//! `wharf cert bundle`.

use std::path::PathBuf;

use serde_json::json;
use wharf_pki::Certificate;
use wharf_pki::store::Mode;

use super::issuers::{self, is_root, name};
use crate::args::HomeArg;
use crate::exit::Status;
use crate::files;
use crate::ui::{self, Advised};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert bundle api.test.crt > api.test.pem
  wharf cert bundle leaf.crt intermediate.crt root.crt --root --out all.pem

The certificate comes first, then who issued it, and so on: from the files, in whatever order they have it, and from the \
inventory. The root is left out, for who trusts it has it, and a server that sends it sends it in vain.

Exit status: 0 bundled; 1 an issuer is missing, or not done.")]
pub(crate) struct Bundle {
    /// Files with certificates, PEM or DER; `-` for stdin
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The root too, as the last one
    #[arg(long)]
    root: bool,
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
    /// Print JSON, the chain in it if --out is not given
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

impl Bundle {
    /// Writes the chain.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let mut given = Vec::new();
        for file in &self.files {
            for certificate in files::certificates(file)? {
                if !given.contains(&certificate) {
                    given.push(certificate);
                }
            }
        }
        let known = issuers::known(&self.home)?;
        let chain = chain(&given, &known, self.root)?;
        let unused = given
            .iter()
            .filter(|one| !chain.contains(one) && !is_root(one));
        for certificate in unused {
            ui::note(&format!(
                "left out, for it is no part of the chain: {}",
                name(certificate)
            ));
        }
        let text: String = chain.iter().map(|one| one.to_pem()).collect();
        if self.json {
            let is_file = !files::is_dash(&self.out);
            if is_file {
                files::write(&self.out, text.as_bytes(), Mode::Public, self.force)?;
            }
            let subjects: Vec<_> = chain.into_iter().map(name).collect();
            let report = json!({
                "format": 1,
                "subjects": subjects,
                "path": is_file.then_some(&self.out),
                "pem": text,
            });
            ui::line(&serde_json::to_string_pretty(&report)?)?;
            return Ok(Status::Done);
        }
        files::write(&self.out, text.as_bytes(), Mode::Public, self.force)?;
        Ok(Status::Done)
    }
}

/// From the end entity upwards.
fn chain<'a>(
    given: &'a [Certificate],
    known: &'a [Certificate],
    with_root: bool,
) -> anyhow::Result<Vec<&'a Certificate>> {
    let mut chain = issuers::chain(leaf(given)?, given, known)?;
    let top = chain.last().filter(|top| !is_root(top));
    match top.map(|top| name(top)) {
        None => {}
        // The issuer of a CA is the root as a rule, and not asked for.
        Some(top) if !with_root && chain.len() > 1 => {
            ui::note(&format!("took the issuer of {top} to be the root"));
        }
        Some(top) => {
            return Err(Advised {
                message: format!("the issuer of {top} is missing"),
                hint: "name its file too, or the CA's folder with --home".into(),
            }
            .into());
        }
    }
    if !with_root && chain.len() > 1 && chain.last().is_some_and(|top| is_root(top)) {
        let _ = chain.pop();
    }
    Ok(chain)
}

/// The one that signed none of the others.
fn leaf(given: &[Certificate]) -> anyhow::Result<&Certificate> {
    let signs = |one: &Certificate| {
        let mut others = given.iter().filter(|other| *other != one);
        others.any(|other| other.check_signed_by(one).is_ok())
    };
    let mut leaves = given.iter().filter(|one| !signs(one));
    match (leaves.next(), leaves.find(|other| !is_root(other))) {
        (Some(leaf), None) => Ok(leaf),
        (Some(leaf), Some(other)) => Err(Advised {
            message: format!("{} and {} are two ends", name(leaf), name(other)),
            hint: "a bundle is for one certificate: name the files of its chain alone".into(),
        }
        .into()),
        (None, _) => anyhow::bail!("no certificate stands at the end: each signed another"),
    }
}
