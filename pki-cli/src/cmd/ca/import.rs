//! `wharf ca import`.

use std::path::{Path, PathBuf};

use wharf_pki::store::Stamp;
use wharf_pki::store::import::{CaFiles, Imported, Layout};
use wharf_pki::validity::DAY;

use crate::args::HomeArg;
use crate::exit::Status;
use crate::home::Asked;
use crate::password::PasswordArg;
use crate::{clock, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca import \"$(mkcert -CAROOT)\"
  wharf ca import ./demoCA --password-file secret.txt
  wharf ca import --cert root.pem --key root.key
  wharf ca import --cert sub.pem --key sub.key --chain root.pem

What is taken over is only read. Keys that are encrypted stay so. With --chain the CA stands below a root whose key is kept \
elsewhere: `wharf ca rotate` and `wharf ca intermediate` then need it in the CA's folder, as root.key.

Exit status: 0 taken over; 1 not.")]
pub(crate) struct Import {
    /// The folder of openssl ca, easy-rsa, step or mkcert
    #[arg(value_name = "FOLDER", required_unless_present = "cert")]
    folder: Option<PathBuf>,
    /// The certificate of a CA, PEM, instead of a folder
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with = "folder")]
    cert: Option<PathBuf>,
    /// Its key, PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// The certificates above it, PEM, with the root among them, if it is no root
    #[arg(long, value_name = "FILE", requires = "cert")]
    chain: Option<PathBuf>,
    /// How long the intermediate is valid that is made if there is none
    #[arg(long, value_name = "N", default_value_t = 1825, value_parser = clap::value_parser!(u32).range(1..=36_525))]
    intermediate_days: u32,
    #[command(flatten)]
    password: PasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

impl Import {
    /// Takes the CA over.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::find(&self.home)?;
        let who = home::who();
        let stamp = Stamp::new(&who, clock::now());
        if home.ca_path().try_exists()? {
            // Before anybody is asked for a password.
            let path = home.ca_path();
            return Err(wharf_pki::Error::CaExists { path }.into());
        }
        let mut asked = Asked::new(self.password);
        let mut password = |path: &Path| asked.of(path);
        let lifetime = self.intermediate_days * DAY;
        let taken = match (self.folder, self.cert, self.key) {
            (None, Some(certificate), Some(key)) => {
                let files = CaFiles {
                    certificate,
                    key,
                    chain: self.chain,
                };
                home.import_files(&stamp, &files, lifetime, &mut password)
            }
            (folder, ..) => {
                let folder = folder.unwrap_or_default();
                home.import(&stamp, &folder, lifetime, &mut password)
            }
        };
        let imported = asked.tell(taken)?;
        ui::note(&took_over(&imported));
        if !imported.ca.root_key_path().exists() {
            ui::note("the root's key is kept elsewhere; nothing that is issued needs it");
        }
        if imported.made_intermediate {
            ui::note("it had no intermediate: one was made");
        }
        if !imported.without_certificate.is_empty() {
            ui::note(&format!(
                "warning: {} certificates of its index were not found; their serial numbers are kept",
                imported.without_certificate.len()
            ));
        }
        ui::line(&imported.ca.root_path().display().to_string())?;
        Ok(Status::Done)
    }
}

fn took_over(imported: &Imported) -> String {
    let (certificates, revocations) = (imported.certificates, imported.revocations);
    match imported.layout {
        Layout::Files => "took over the CA".to_owned(),
        layout => format!(
            "took over the CA of {layout}: {certificates} certificates, {revocations} revocations"
        ),
    }
}
