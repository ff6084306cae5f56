//! What a person is told, and what a program.

use std::path::Path;

use serde::Serialize;
use wharf_pki::constraints::{ConstraintKind, ConstraintWarning};
use wharf_pki::inspect::inspect_der;
use wharf_pki::name::NameKind;
use wharf_pki::profile::ExtendedKeyUsage;
use wharf_pki::{Authority, CertificateInfo, EndEntity, Issued, KeyType};

use super::files::Files;
use crate::{clock, ui};

/// What was issued, and where it is.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    format: u32,
    certificate: CertificateInfo,
    chain: &'a Path,
    key: &'a Path,
    root: &'a Path,
    warnings: Vec<String>,
}

impl<'a> Report<'a> {
    pub(super) fn new(
        issued: &Issued,
        files: &'a Files,
        root: &'a Path,
        warnings: Vec<String>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            format: 1,
            certificate: inspect_der(issued.certificate.der())?,
            chain: &files.chain,
            key: &files.key,
            root,
            warnings,
        })
    }

    /// On one stream each: words to stderr, the files, or JSON, to stdout.
    pub(super) fn tell(
        &self,
        issued: &Issued,
        request: &EndEntity,
        json: bool,
    ) -> anyhow::Result<()> {
        let names: Vec<_> = issued.names.iter().map(ToString::to_string).collect();
        let whom = match names.is_empty() {
            true => self.certificate.subject.clone(),
            false => names.join(", "),
        };
        let until = clock::day(self.certificate.not_after);
        ui::note(&format!(
            "issued a certificate for {whom}, valid until {until}"
        ));
        for warning in &self.warnings {
            ui::note(&format!("warning: {warning}"));
        }
        if json {
            ui::line(&serde_json::to_string_pretty(self)?)?;
            return Ok(());
        }
        self.paste(request, names.first().map_or("NAME", String::as_str));
        let files = [self.chain, self.key].into_iter();
        for file in files.filter(|file| !crate::files::is_dash(file)) {
            ui::line(&file.display().to_string())?;
        }
        Ok(())
    }

    /// What a server and its client need, or a client.
    fn paste(&self, request: &EndEntity, first: &str) {
        // nginx looks for other paths beside its own configuration.
        let word = |path: &Path| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            ui::shell_word(&path.display().to_string())
        };
        let (chain, key, root) = (word(self.chain), word(self.key), word(self.root));
        let usages = &request.profile.extended_key_usages;
        // A key from stdin is where only its owner knows.
        let key = match crate::files::is_dash(self.key) {
            true => "KEY".to_owned(),
            false => key,
        };
        if usages.contains(&ExtendedKeyUsage::ServerAuth) {
            ui::paste(&format!(
                "nginx: ssl_certificate {chain}; ssl_certificate_key {key};"
            ));
            let host = match first.contains(':') {
                true => format!("[{first}]"),
                false => first.replace('*', "www"),
            };
            ui::paste(&format!("curl --cacert {root} https://{host}/"));
        } else if usages.contains(&ExtendedKeyUsage::ClientAuth) {
            ui::paste(&format!("curl --cert {chain} --key {key} https://…/"));
        }
    }
}

/// What works otherwise than one may think.
pub(super) fn warnings(
    issued: &Issued,
    request: &EndEntity,
    authority: &Authority,
    key: KeyType,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(asked) = issued.clamped_from {
        warnings.push(format!(
            "it ends with its issuer, earlier than asked for, which was {}",
            clock::day(asked)
        ));
    }
    warnings.extend(
        match key {
            KeyType::Ed25519 => Some("no browser takes Ed25519 certificates"),
            KeyType::P521 => Some("Chromium does not take P-521 certificates"),
            KeyType::MlDsa44 | KeyType::MlDsa65 | KeyType::MlDsa87 => {
                Some("no browser takes ML-DSA certificates, and OpenSSL only since 3.5")
            }
            _ => None,
        }
        .map(ToOwned::to_owned),
    );
    let constraints = authority.name_constraints().warnings();
    let concerns = constraints.into_iter().filter(|warning| match warning {
        ConstraintWarning::RefusedByRustls { kind } => concerns(*kind, request),
        _ => false,
    });
    warnings.extend(concerns.map(|warning| warning.to_string()));
    warnings
}

/// Whether a certificate has names of a constrained kind. All have a directory name: their subject.
fn concerns(kind: ConstraintKind, request: &EndEntity) -> bool {
    let has = |kinds: &[NameKind]| {
        request
            .names
            .iter()
            .any(|name| kinds.contains(&name.kind()))
    };
    match kind {
        ConstraintKind::Email => has(&[NameKind::Email]),
        ConstraintKind::Uri => has(&[NameKind::Uri, NameKind::Spiffe]),
        ConstraintKind::Dns | ConstraintKind::Ip => false,
        _ => true,
    }
}
