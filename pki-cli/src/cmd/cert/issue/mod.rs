//! `wharf cert issue`.
//!
//! | file | what it holds |
//! |---|---|
//! | `request.rs` | what is asked for |
//! | `key.rs` | the key, new or not |
//! | `issuer.rs` | the CA that issues |
//! | `files.rs` | where the files are |
//! | `output.rs` | what is told, and warned of |

mod files;
pub(crate) mod issuer;
mod key;
mod output;
pub(crate) mod request;

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use wharf_pki::store::{Mode, NewCertificate, Overwrite, Pair, Stamp};

use self::files::Files;
use self::issuer::{IssuerArg, root_file};
use self::key::KeyArg;
use self::output::{Report, warnings};
use self::request::Request;
use crate::args::HomeArg;
use crate::exit::Status;
use crate::home::Asked;
use crate::password::CaPasswordArg;
use crate::record::{before, chain_pem, check_places, record};
use crate::ui::Advised;
use crate::{clock, expiry, home};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert issue localhost 127.0.0.1 ::1
  wharf cert issue '*.dev.test' dev.test --out certs --days 30
  wharf cert issue me@corp.test --profile client
  wharf cert issue spiffe://corp.test/db --profile spiffe --hours 12 --json

Writes NAME.pem (the certificate and the intermediate, which is what servers want) and NAME.key (0600), where NAME is \
the first name. The files written are printed on stdout. Makes the CA if there is none, with keys that have no password; \
`wharf ca init` makes one with a password. config.toml in the state folder may have crl_urls, ocsp_urls and issuer_urls, \
which then stand in all that is issued.

Exit status: 0 issued; 1 not.")]
pub(crate) struct Issue {
    #[command(flatten)]
    request: Request,
    #[command(flatten)]
    key: KeyArg,
    #[command(flatten)]
    issuer: IssuerArg,
    /// The folder to write into
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    ca_password: CaPasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

impl Issue {
    /// Issues a certificate and writes it with its chain and key.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        if crate::files::is_dash(&self.out) {
            return Err(Advised {
                message: "--out names a folder, and stdout is none".into(),
                hint: "--out DIR; wharf cert bundle prints a chain".into(),
            }
            .into());
        }
        let files = Files::new(&self.out, &self.name(), self.key.existing.as_deref());
        self.check_files(&files)?;
        let home = home::find(&self.home)?;
        let request = self.request.end_entity(&home)?;
        let (key, key_text) = self.key.get()?;

        let mut asked = Asked::new(self.ca_password.clone().into());
        let (ca, mut store) = home::inventory(&home, &mut asked)?;
        let named = self.issuer.named(&store, &mut asked)?;
        let authority = named.as_ref().unwrap_or_else(|| ca.intermediate());
        store.check_issues(authority)?;
        expiry::check(&ca, authority, clock::now())?;

        fs::create_dir_all(&self.out)
            .with_context(|| format!("cannot make the folder {}", self.out.display()))?;
        // Of several that issue for one name at once, one does, and the others see its files.
        let lock = home.lock()?;
        self.check_files(&files)?;
        check_places(&files.planned_new())?;
        let (who, now) = (home::who(), clock::now());
        let issued = authority.issue(&request, &key, now)?;
        let chain = chain_pem(&ca, authority, &issued.certificate);
        let issuer = store.authority_of(authority.certificate())?;
        let new = NewCertificate {
            issuer: issuer.context("the issuer is not in the inventory")?,
            certificate: &issued.certificate,
            profile: &request.profile.name,
            files: files.planned(),
            replaces: before(&store, &files.chain),
            request: None,
        };
        record(&mut store, &Stamp::new(&who, now), &new, || {
            self.write(&files, &chain, key_text.as_ref().map(|text| text.as_str()))
        })?;
        drop(lock);

        let root = root_file(&ca, authority);
        let warnings = warnings(&issued, &request, authority, key.key_type());
        Report::new(&issued, &files, &root, warnings)?.tell(&issued, &request, self.json)?;
        Ok(Status::Done)
    }

    /// What the files are named after.
    fn name(&self) -> String {
        let subject = self.request.subject.as_ref();
        match (self.request.names.first(), subject) {
            (Some(name), _) => name.to_string(),
            (None, Some(subject)) => subject.common_name.clone(),
            (None, None) => String::new(),
        }
    }

    /// Nothing is lost by writing them.
    fn check_files(&self, files: &Files) -> anyhow::Result<()> {
        let outputs = files.new_ones();
        let inputs = self.key.inputs().chain(self.request.inputs());
        crate::files::check_apart(&outputs, inputs.chain(self.ca_password.file()))?;
        if !self.force {
            crate::files::check_free(&outputs)?;
        }
        Ok(())
    }

    fn write(&self, files: &Files, chain: &str, key: Option<&str>) -> anyhow::Result<()> {
        let Some(key) = key else {
            return crate::files::write(&files.chain, chain.as_bytes(), Mode::Public, self.force);
        };
        let pair = Pair {
            chain: files.chain.clone(),
            key: files.key.clone(),
        };
        let overwrite = match self.force {
            true => Overwrite::Always,
            false => Overwrite::Never,
        };
        Ok(pair.write(chain, key, overwrite)?)
    }
}
