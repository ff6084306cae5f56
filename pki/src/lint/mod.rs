//! The rules of RFC 5280 for single certificates, CRLs and certification requests, one small function each.
//!
//! A path may lead through a certificate that breaks them: webpki asks for what is needed to be safe, and other programs
//! ask for more, each for something else. What these rules find is what some other program refuses, or may.
//!
//! | file | what it holds |
//! |---|---|
//! | `rule.rs` | [`Rule`], [`Severity`], [`RuleSet`], [`Finding`] |
//! | `serial.rs` | serial numbers |
//! | `validity.rs` | from when to when, and how that is written |
//! | `extensions.rs` | which extensions there are, and which are critical |
//! | `usage.rs` | basicConstraints, keyUsage, extendedKeyUsage |
//! | `key_ids.rs` | subject and authority key identifiers |
//! | `names.rs` | subject, issuer, subjectAltName, nameConstraints |
//! | `key.rs` | the public key |
//! | `signature.rs` | the signature algorithm |
//! | `crl.rs` | CRLs |
//! | `csr.rs` | certification requests |
//! | `browsers.rs` | what browsers ask for: the set [`RuleSet::Browsers`] |
//! | `facts.rs` | finding extensions |
//!
//! Not among them: rules for public CAs. A private name or a single label is no fault of a private CA.

mod browsers;
mod crl;
mod csr;
mod extensions;
mod facts;
mod key;
mod key_ids;
mod names;
mod rule;
mod serial;
mod signature;
mod usage;
mod validity;

pub use rule::{Finding, Object, Rule, RuleSet, Severity};

use rule::Check;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::csr::RequestFault;
use crate::error::Error;

/// Every rule, by subject.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        serial::RULES,
        validity::RULES,
        extensions::RULES,
        usage::RULES,
        key_ids::RULES,
        names::RULES,
        key::RULES,
        signature::RULES,
        crl::RULES,
        csr::RULES,
        browsers::RULES,
    ]
    .into_iter()
    .flatten()
}

/// What is wrong with a certificate by the rules of some sets, the worst first.
pub fn certificate(certificate: &Certificate, sets: &[RuleSet]) -> Vec<Finding> {
    let Ok(parsed) = certificate.parsed() else {
        // It was read when it was made; no rule speaks of what cannot be read.
        return Vec::new();
    };
    findings(sets, |check| match check {
        Check::Certificate(check) => check(&parsed),
        _ => None,
    })
}

/// What is wrong with a CRL by the rules of some sets, the worst first.
pub fn crl(crl: &Crl, sets: &[RuleSet]) -> Vec<Finding> {
    let Ok(parsed) = crl.parsed() else {
        return Vec::new();
    };
    findings(sets, |check| match check {
        Check::Crl(check) => check(&parsed),
        _ => None,
    })
}

/// The longest certification request that is read, in bytes of DER.
///
/// One with a hundred names and an RSA key of 8192 bits has some 10 kB. A longer one is refused. The limit is 1 MiB.
pub const REQUEST_BYTES_MAX: usize = 1024 * 1024;

/// What is wrong with a certification request in DER by the rules of some sets, the worst first. Its signature is not
/// checked here.
///
/// # Errors
///
/// [`Error::Request`] for what is not one certification request and nothing behind it, or longer than
/// [`REQUEST_BYTES_MAX`].
pub fn request_der(der: &[u8], sets: &[RuleSet]) -> Result<Vec<Finding>, Error> {
    if der.len() > REQUEST_BYTES_MAX {
        return Err(RequestFault::Malformed.into());
    }
    let Ok(([], parsed)) = X509CertificationRequest::from_der(der) else {
        return Err(RequestFault::Malformed.into());
    };
    Ok(findings(sets, |check| match check {
        Check::Request(check) => check(&parsed),
        _ => None,
    }))
}

fn findings(sets: &[RuleSet], run: impl Fn(&Check) -> Option<String>) -> Vec<Finding> {
    let mut findings: Vec<_> = rules()
        .filter(|rule| sets.contains(&rule.set))
        .filter_map(|rule| Some(Finding::of(rule, run(&rule.check)?)))
        .collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}
