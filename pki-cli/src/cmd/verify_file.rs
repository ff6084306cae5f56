//! `wharf verify-file`: a detached signature, and the certificate of who made it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use data_encoding::BASE64;
use serde::Serialize;
use wharf_pki::inspect::inspect_der;
use wharf_pki::verify::{Given, Purpose, verify};
use wharf_pki::{Certificate, CertificateInfo, Error, PublicKey};

use super::sign::read_message;
use crate::args::HomeArg;
use crate::exit::Status;
use crate::inspect::anchors::Anchors;
use crate::keys::{self, Holder};
use crate::ui::Advised;
use crate::{clock, files, ui};

#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("signer").required(true),
    after_help = "\
Examples:
  wharf verify-file release.tar --sig release.tar.sig --cert code.pem --ca root.crt --usage code-signing
  wharf verify-file release.tar --sig release.tar.sig --key code.pub

Of a certificate, its validity now, its usages, the path to a root of --ca or of this home, and the CRLs of this home are checked.
With --any-issuer nobody has to vouch for it: the file was signed by whoever made that certificate. --key takes a public key that
you know. The signature is the octets that `wharf sign` and openssl write, or base64. The JSON is described in docs/json.md.
Exit status: 0 verified; 1 something cannot be read; 2 refused."
)]
pub(crate) struct VerifyFile {
    /// What was signed; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The signature
    #[arg(long, value_name = "FILE")]
    sig: PathBuf,
    /// The signer's certificate, and those of CAs behind it
    #[arg(long, value_name = "FILE", group = "signer")]
    cert: Option<PathBuf>,
    /// The signer's public key, known from somewhere else
    #[arg(long, value_name = "FILE", group = "signer")]
    key: Option<PathBuf>,
    /// Trust the CAs of a file, and no others; may be repeated [default: the roots of this home]
    #[arg(long, value_name = "FILE", requires = "cert")]
    ca: Vec<PathBuf>,
    /// Whoever issued the certificate, or nobody
    #[arg(long, requires = "cert", conflicts_with = "ca")]
    any_issuer: bool,
    /// What the certificate has to be for
    #[arg(
        long,
        value_name = "USAGE",
        default_value = "digital-signature",
        requires = "cert"
    )]
    usage: Usage,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Usage {
    /// Signing anything: digitalSignature in its keyUsage, if it has one
    DigitalSignature,
    /// Signing code: codeSigning in its extendedKeyUsage, too
    CodeSigning,
}

#[derive(Serialize)]
struct Verdict {
    format: u32,
    verified: bool,
    pin: String,
    /// Whom the certificate names.
    subject: Option<String>,
    /// Whether the certificate leads to a root that is trusted; null if it does not have to.
    trusted: Option<bool>,
    refusals: Vec<String>,
}

/// Verifies.
pub(crate) fn run(args: VerifyFile) -> anyhow::Result<Status> {
    let mut verdict = Verdict {
        format: 1,
        verified: false,
        pin: String::new(),
        subject: None,
        trusted: None,
        refusals: Vec::new(),
    };
    let key = match (&args.cert, &args.key) {
        (Some(file), _) => check_certificate(&args, file, &mut verdict)?,
        (None, Some(file)) => known_key(file)?,
        (None, None) => anyhow::bail!("there is neither --cert nor --key"),
    };
    verdict.pin = key.pin();
    let algorithm = key
        .signature_algorithm()
        .with_context(|| format!("a key of type {} signs nothing here", key.algorithm()))?;
    let signature = read_signature(&args.sig)?;
    let message = read_message(&args.file, algorithm)?;
    match key.verify_message(message, &signature) {
        Ok(()) => {}
        Err(error @ (Error::BadSignature | Error::SignatureMismatch { .. })) => {
            verdict.refusals.push(error.to_string());
        }
        Err(error) => return Err(error.into()),
    }
    verdict.verified = verdict.refusals.is_empty();
    tell(&args, &verdict)
}

fn tell(args: &VerifyFile, verdict: &Verdict) -> anyhow::Result<Status> {
    if args.json {
        ui::line(&serde_json::to_string_pretty(verdict)?)?;
    } else if verdict.verified {
        let signer = match &verdict.subject {
            Some(subject) => subject.clone(),
            None => format!("sha256//{}", verdict.pin),
        };
        ui::line(&format!("{}: signed by {signer}", args.file.display()))?;
    } else {
        for refusal in &verdict.refusals {
            ui::note(&format!("{}: {refusal}", args.file.display()));
        }
    }
    if verdict.verified && verdict.subject.is_some() && verdict.trusted.is_none() {
        ui::note("who issued the certificate was not checked");
    }
    Ok(match verdict.verified {
        true => Status::Done,
        false => Status::Refused,
    })
}

/// Holds the certificate against the clock, its usages and the root.
fn check_certificate(
    args: &VerifyFile,
    file: &Path,
    verdict: &mut Verdict,
) -> anyhow::Result<PublicKey> {
    let chain = read_chain(file)?;
    let [certificate, intermediates @ ..] = &chain[..] else {
        anyhow::bail!("{} holds no certificate", file.display());
    };
    let info = inspect_der(certificate.der())?;
    // Who verifies the path tells this too, in more words.
    if args.any_issuer
        && let Err(error) = certificate.validity().check(clock::now())
    {
        verdict.refusals.push(error.to_string());
    }
    verdict.refusals.extend(usage_refusal(&info, args.usage));
    verdict.subject = Some(match (info.subject.as_str(), info.names.first()) {
        ("", Some(name)) => name.clone(),
        (subject, _) => subject.to_owned(),
    });
    if !args.any_issuer {
        check_path(args, certificate, intermediates, verdict)?;
    }
    Ok(certificate.public_key()?)
}

/// The path to a root that is trusted, and the CRLs that are there.
fn check_path(
    args: &VerifyFile,
    certificate: &Certificate,
    intermediates: &[Certificate],
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let anchors = Anchors::find(&args.ca, &[], &args.home, false)?;
    if anchors.certificates.is_empty() {
        return Err(Advised {
            message: "there is no CA to trust".into(),
            hint: "name one with --ca FILE; or --any-issuer, if nobody has to vouch for the certificate".into(),
        }
        .into());
    }
    let given = Given {
        end_entity: certificate,
        intermediates,
        anchors: &anchors.certificates,
        crls: &anchors.crls,
    };
    let report = verify(&given, &Purpose::Any, clock::now(), &anchors.options);
    verdict.trusted = Some(report.is_verified());
    for failure in report.failures() {
        verdict.refusals.push(failure.message.clone());
    }
    if !report.is_verified() && verdict.refusals.is_empty() {
        let refusal = "the certificate does not lead to a root that is trusted";
        verdict.refusals.push(refusal.to_owned());
    }
    Ok(())
}

/// A certificate is no key that somebody knows: it has an end, usages and an issuer, which want to be checked.
fn known_key(file: &Path) -> anyhow::Result<PublicKey> {
    match keys::holder(file)? {
        Holder::Key(key) => Ok(key),
        _ => Err(Advised {
            message: format!("{} holds more than a public key", file.display()),
            hint: "--cert FILE checks a certificate; wharf key convert --to public takes the key out of it".into(),
        }
        .into()),
    }
}

fn usage_refusal(info: &CertificateInfo, usage: Usage) -> Option<String> {
    let has = |list: &[String], name: &str| list.iter().any(|usage| usage == name);
    if !info.key_usage.is_empty() && !has(&info.key_usage, "digitalSignature") {
        return Some(
            "the certificate is not for signatures: its keyUsage has no digitalSignature".into(),
        );
    }
    if usage == Usage::CodeSigning && !has(&info.extended_key_usage, "codeSigning") {
        return Some(
            "the certificate is not for code: its extendedKeyUsage has no codeSigning".into(),
        );
    }
    None
}

fn read_chain(file: &Path) -> anyhow::Result<Vec<Certificate>> {
    let bytes = files::read(file)?;
    let Some(text) = keys::pem(&bytes) else {
        let Holder::Certificate(certificate) = keys::parse_holder(&bytes)? else {
            anyhow::bail!("{} holds no certificate", file.display());
        };
        return Ok(vec![certificate]);
    };
    Certificate::all_from_pem(text)
        .with_context(|| format!("cannot read certificates from {}", file.display()))
}

/// The octets, which may be written as base64: no signature looks like that by chance.
fn read_signature(file: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = files::read(file)?;
    let text: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    Ok(match BASE64.decode(&text) {
        Ok(signature) if text.len() >= 64 => signature,
        _ => bytes.to_vec(),
    })
}
