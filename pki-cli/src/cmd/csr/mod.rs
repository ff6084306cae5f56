//! `wharf csr`: one verb, one file.

mod granted;
mod inspect;
mod new;
mod sign;

use clap::Subcommand;

pub(crate) use granted::not_granted;

use crate::exit::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Csr {
    /// Write a certification request, with a new key or for one that there is
    New(Box<new::New>),
    /// Show what a request asks for, and check its signature
    Inspect(inspect::Inspect),
    /// Issue the certificate that a request asks for
    Sign(Box<sign::Sign>),
}

impl Csr {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        match self {
            Self::New(new) => new.run(),
            Self::Inspect(inspect) => inspect.run(),
            Self::Sign(sign) => sign.run(),
        }
    }
}

/// Reads a request, PEM or DER, `-` for stdin.
pub(crate) fn read(
    file: &std::path::Path,
) -> anyhow::Result<Result<wharf_pki::CertificateRequest, wharf_pki::Error>> {
    use wharf_pki::CertificateRequest;
    let bytes = crate::files::read(file)?;
    Ok(match crate::keys::pem(&bytes) {
        Some(text) => CertificateRequest::from_pem(text),
        None => CertificateRequest::from_der(&bytes),
    })
}
