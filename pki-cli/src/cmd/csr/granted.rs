//! What a request asked for, held against the certificate that came of it. The profile decides; whoever asked is told.

use wharf_pki::inspect::inspect_der;
use wharf_pki::{Certificate, CertificateRequest};
use x509_parser::prelude::{FromDer, X509Certificate};

const SUBJECT_ALT_NAME: &str = "2.5.29.17";

/// What was asked for and is not in the certificate, a line each.
pub(crate) fn not_granted(request: &CertificateRequest, certificate: &Certificate) -> Vec<String> {
    let Ok((_, issued)) = X509Certificate::from_der(certificate.der()) else {
        return Vec::new();
    };
    let mut lines: Vec<String> = request
        .other_names()
        .iter()
        .map(|name| format!("the name {name}, which no certificate may hold"))
        .collect();
    if let Ok(info) = inspect_der(certificate.der())
        && info.subject != request.subject()
        && !request.subject().is_empty()
    {
        let issued = match info.subject.as_str() {
            "" => "no subject",
            subject => subject,
        };
        lines.push(format!("the subject {}: it is {issued}", request.subject()));
    }
    for asked in request.extensions() {
        if asked.oid == SUBJECT_ALT_NAME {
            continue;
        }
        let shown = extension_name(&asked.oid).unwrap_or(&asked.oid);
        let found = issued
            .extensions()
            .iter()
            .find(|extension| extension.oid.to_id_string() == asked.oid);
        match found {
            None => lines.push(format!("{shown}, which is not in the profile")),
            Some(found) if found.value != asked.value => {
                lines.push(format!("{shown} as asked for: the profile decides it"));
            }
            Some(_) => {}
        }
    }
    lines.extend(
        request
            .unknown_attributes()
            .iter()
            .map(|oid| format!("the attribute {oid}, which means nothing here")),
    );
    lines
}

/// What is called how in RFC 5280 and those that came after.
pub(super) fn extension_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.29.14" => "subjectKeyIdentifier",
        "2.5.29.15" => "keyUsage",
        SUBJECT_ALT_NAME => "subjectAltName",
        "2.5.29.19" => "basicConstraints",
        "2.5.29.30" => "nameConstraints",
        "2.5.29.31" => "cRLDistributionPoints",
        "2.5.29.32" => "certificatePolicies",
        "2.5.29.35" => "authorityKeyIdentifier",
        "2.5.29.37" => "extKeyUsage",
        "1.3.6.1.5.5.7.1.1" => "authorityInfoAccess",
        "1.3.6.1.5.5.7.1.24" => "tlsfeature",
        _ => return None,
    })
}
