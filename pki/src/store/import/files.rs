//! A CA in single files, wherever it came from.

use std::path::PathBuf;

use super::{Layout, Source};
use crate::certificate::Certificate;
use crate::error::Error;
use crate::store::ca;

/// A CA certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaFiles {
    /// The certificate, PEM; the first one of the file.
    pub certificate: PathBuf,
    /// Its private key, PEM, encrypted or not.
    pub key: PathBuf,
    /// The certificates above it, PEM, with the root among them: for a CA that is no root. Its root's key is kept
    /// elsewhere then.
    pub chain: Option<PathBuf>,
}

impl CaFiles {
    /// What they hold: a root, or an intermediate below one.
    pub(super) fn find(&self) -> Result<Source, Error> {
        let certificate = ca::parsed(&self.certificate, Certificate::from_pem)?;
        let pair = (self.certificate.clone(), self.key.clone());
        let is_root = certificate.check_signed_by(&certificate).is_ok();
        Ok(match &self.chain {
            Some(chain) if !is_root => Source {
                root: chain.clone(),
                root_key: None,
                intermediate: Some(pair.clone()),
                ..Source::of(Layout::Files, pair)
            },
            _ => Source::of(Layout::Files, pair),
        })
    }
}
