//! `wharf csr inspect`.

use std::path::PathBuf;

use anyhow::Context;
use data_encoding::HEXLOWER;
use serde::Serialize;
use wharf_pki::csr::RequestedExtension;
use wharf_pki::{CertificateRequest, Error};

use super::granted;
use crate::exit::Status;
use crate::inspect::report::typed;
use crate::ui;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf csr inspect api.test.csr
  openssl req -new -key api.key -subj /CN=api.test | wharf csr inspect - --json

The JSON is described in docs/json.md. Exit status: 0 it is sound; 1 it cannot be read; 2 its signature is not of its key.")]
pub(crate) struct Inspect {
    /// The request, PEM or DER; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown<'a> {
    format: u32,
    subject: &'a str,
    names: Vec<String>,
    /// Names that no certificate may hold.
    other_names: Vec<String>,
    public_key: String,
    spki_sha256: String,
    signature_algorithm: String,
    extensions: Vec<ShownExtension<'a>>,
    unknown_attributes: &'a [String],
}

#[derive(Serialize)]
struct ShownExtension<'a> {
    oid: &'a str,
    name: Option<&'static str>,
    critical: bool,
    /// The DER, in hexadecimal.
    value: String,
}

impl Inspect {
    /// Shows what a request asks for.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let request = match super::read(&self.file)? {
            Err(Error::BadSignature) => {
                ui::note(&format!(
                    "the signature of {} is not of the key in it: it was changed, or its sender has not the private key",
                    self.file.display()
                ));
                return Ok(Status::Refused);
            }
            read => read.with_context(|| format!("cannot read {}", self.file.display()))?,
        };
        let shown = Shown::new(&request);
        if self.json {
            ui::line(&serde_json::to_string_pretty(&shown)?)?;
            return Ok(Status::Done);
        }
        shown.lines().iter().try_for_each(|line| ui::line(line))?;
        Ok(Status::Done)
    }
}

impl<'a> Shown<'a> {
    fn new(request: &'a CertificateRequest) -> Self {
        Self {
            format: 1,
            subject: request.subject(),
            names: request.names().iter().map(typed).collect(),
            other_names: request
                .other_names()
                .iter()
                .map(ToString::to_string)
                .collect(),
            public_key: request.public_key().algorithm().to_string(),
            spki_sha256: request.public_key().pin(),
            signature_algorithm: request.signature_algorithm().to_string(),
            extensions: request
                .extensions()
                .iter()
                .map(ShownExtension::new)
                .collect(),
            unknown_attributes: request.unknown_attributes(),
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = |label: &str, value: &str| lines.push(format!("{label:<15} {value}"));
        line(
            "subject",
            match self.subject {
                "" => "(none)",
                subject => subject,
            },
        );
        for name in &self.names {
            line("name", name);
        }
        for name in &self.other_names {
            line("unusable name", name);
        }
        line("public key", &self.public_key);
        line("key pin", &format!("sha256//{}", self.spki_sha256));
        line(
            "signature",
            &format!("{}, verified", self.signature_algorithm),
        );
        for extension in &self.extensions {
            line("asks for", &extension.line());
        }
        for attribute in self.unknown_attributes {
            line("unknown attr.", attribute);
        }
        lines
    }
}

impl<'a> ShownExtension<'a> {
    fn new(extension: &'a RequestedExtension) -> Self {
        Self {
            oid: &extension.oid,
            name: granted::extension_name(&extension.oid),
            critical: extension.critical,
            value: HEXLOWER.encode(&extension.value),
        }
    }

    fn line(&self) -> String {
        let critical = if self.critical { ", critical" } else { "" };
        match self.name {
            Some(name) => format!("{name}{critical}"),
            None => {
                let bytes = self.value.len() / 2;
                format!("{} (unknown, {bytes} bytes){critical}", self.oid)
            }
        }
    }
}
