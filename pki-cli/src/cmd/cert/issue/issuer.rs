//! The CA that issues, and the root above it.

use std::fs;
use std::path::PathBuf;

use wharf_pki::store::Store;
use wharf_pki::{Authority, Ca, Certificate};

use crate::home::Asked;

/// Which CA issues.
#[derive(Debug, clap::Args)]
pub(crate) struct IssuerArg {
    /// The CA that issues, by its commonName [default: the intermediate]
    #[arg(long, value_name = "NAME")]
    issuer: Option<String>,
}

impl IssuerArg {
    /// The one that was named; one that is revoked is refused.
    pub(crate) fn named(
        &self,
        store: &Store,
        asked: &mut Asked,
    ) -> anyhow::Result<Option<Authority>> {
        let Some(name) = &self.issuer else {
            return Ok(None);
        };
        let found = store.issuer(name, &mut |path| asked.of(path));
        Ok(Some(asked.tell(found)?))
    }
}

/// Where the root above the issuer is: that of the CA, or one that it took the place of.
pub(super) fn root_file(ca: &Ca, authority: &Authority) -> PathBuf {
    let top = authority.issuers().last();
    let top = top.unwrap_or_else(|| authority.certificate());
    if top == ca.root() {
        return ca.root_path();
    }
    let files = fs::read_dir(ca.folder()).into_iter().flatten().flatten();
    let mut files = files.map(|entry| entry.path()).filter(|path| {
        let text = path
            .extension()
            .filter(|ending| *ending == "crt")
            .and_then(|_| fs::read_to_string(path).ok());
        text.is_some_and(|text| Certificate::from_pem(&text).is_ok_and(|found| found == *top))
    });
    files.next().unwrap_or_else(|| ca.root_path())
}
