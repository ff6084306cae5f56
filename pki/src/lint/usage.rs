//! basicConstraints ([RFC 5280 §4.2.1.9]), keyUsage ([RFC 5280 §4.2.1.3]), extendedKeyUsage ([RFC 5280 §4.2.1.12]).
//!
//! [RFC 5280 §4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3
//! [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
//! [RFC 5280 §4.2.1.12]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ExtendedKeyUsage, ParsedExtension};
use x509_parser::oid_registry::OID_X509_EXT_EXTENDED_KEY_USAGE;

use super::facts::{basic_constraints, broken_if, find, is_ca, key_usage};
use super::rule::{Check::Certificate, Rule, Verdict};

const KEY_USAGE: &str = "RFC 5280 §4.2.1.3";
const BASIC_CONSTRAINTS: &str = "RFC 5280 §4.2.1.9";
const EXTENDED_KEY_USAGE: &str = "RFC 5280 §4.2.1.12";

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "basic-constraints-not-critical",
        BASIC_CONSTRAINTS,
        Certificate(constraints_critical),
    )
    .says(
        "basicConstraints of a CA are critical",
        "issue the CA certificate again with them critical",
    ),
    Rule::error(
        "path-length-without-ca",
        BASIC_CONSTRAINTS,
        Certificate(length_without_ca),
    )
    .says(
        "only a CA has a pathLenConstraint",
        "issue it again without the pathLenConstraint",
    ),
    Rule::error(
        "path-length-without-cert-sign",
        BASIC_CONSTRAINTS,
        Certificate(length_without_sign),
    )
    .says(
        "a pathLenConstraint goes with keyCertSign",
        "issue the CA certificate again with keyCertSign",
    ),
    Rule::error(
        "cert-sign-without-ca",
        BASIC_CONSTRAINTS,
        Certificate(sign_without_ca),
    )
    .says(
        "only a CA has keyCertSign",
        "issue it again without keyCertSign, or as a CA if it is one",
    ),
    Rule::error(
        "ca-without-key-usage",
        KEY_USAGE,
        Certificate(ca_without_usage),
    )
    .says(
        "a CA certificate has a keyUsage",
        "issue the CA certificate again with keyCertSign and cRLSign",
    ),
    Rule::warning(
        "ca-without-cert-sign",
        KEY_USAGE,
        Certificate(ca_without_sign),
    )
    .says(
        "a CA that issues certificates has keyCertSign",
        "issue the CA certificate again with keyCertSign",
    ),
    Rule::error("key-usage-empty", KEY_USAGE, Certificate(usage_empty)).says(
        "a keyUsage has at least one usage",
        "issue it again with what the key is for, or without the extension",
    ),
    Rule::warning(
        "key-usage-not-critical",
        KEY_USAGE,
        Certificate(usage_critical),
    )
    .says("keyUsage is critical", "issue it again with it critical"),
    Rule::error(
        "extended-key-usage-empty",
        EXTENDED_KEY_USAGE,
        Certificate(extended_empty),
    )
    .says(
        "an extendedKeyUsage has at least one purpose",
        "issue it again with a purpose, such as serverAuth, or without the extension",
    ),
    Rule::warning(
        "extended-key-usage-any-critical",
        EXTENDED_KEY_USAGE,
        Certificate(any_critical),
    )
    .says(
        "an extendedKeyUsage with anyExtendedKeyUsage is not critical",
        "issue it again with it not critical",
    ),
    Rule::notice(
        "extended-key-usage-critical",
        EXTENDED_KEY_USAGE,
        Certificate(extended_critical),
    )
    .says(
        "an extendedKeyUsage may be critical, which is unusual but for time stamping",
        "leave it, unless a program refuses it",
    ),
];

fn constraints_critical(certificate: &X509Certificate<'_>) -> Verdict {
    let (critical, constraints) = basic_constraints(certificate)?;
    broken_if(
        constraints.ca && !critical,
        "basicConstraints are not critical",
    )
}

fn length_without_ca(certificate: &X509Certificate<'_>) -> Verdict {
    let (_, constraints) = basic_constraints(certificate)?;
    let length = constraints.path_len_constraint?;
    (!constraints.ca).then(|| format!("it is no CA and has the pathLenConstraint {length}"))
}

fn length_without_sign(certificate: &X509Certificate<'_>) -> Verdict {
    let (_, constraints) = basic_constraints(certificate)?;
    let (_, usage) = key_usage(certificate)?;
    broken_if(
        constraints.ca && constraints.path_len_constraint.is_some() && !usage.key_cert_sign(),
        "it has a pathLenConstraint and no keyCertSign",
    )
}

fn sign_without_ca(certificate: &X509Certificate<'_>) -> Verdict {
    let (_, usage) = key_usage(certificate)?;
    broken_if(
        usage.key_cert_sign() && !is_ca(certificate),
        "it has keyCertSign and is no CA",
    )
}

fn ca_without_usage(certificate: &X509Certificate<'_>) -> Verdict {
    broken_if(
        is_ca(certificate) && key_usage(certificate).is_none(),
        "it is a CA without a keyUsage",
    )
}

fn ca_without_sign(certificate: &X509Certificate<'_>) -> Verdict {
    let (_, usage) = key_usage(certificate)?;
    broken_if(
        is_ca(certificate) && !usage.key_cert_sign(),
        "it is a CA without keyCertSign",
    )
}

fn usage_empty(certificate: &X509Certificate<'_>) -> Verdict {
    let (_, usage) = key_usage(certificate)?;
    broken_if(usage.flags == 0, "its keyUsage has no bit set")
}

fn usage_critical(certificate: &X509Certificate<'_>) -> Verdict {
    let (critical, _) = key_usage(certificate)?;
    broken_if(!critical, "keyUsage is not critical")
}

fn extended_empty(certificate: &X509Certificate<'_>) -> Verdict {
    let (_, usage) = extended_key_usage(certificate)?;
    let none = ExtendedKeyUsage {
        any: false,
        server_auth: false,
        client_auth: false,
        code_signing: false,
        email_protection: false,
        time_stamping: false,
        ocsp_signing: false,
        other: Vec::new(),
    };
    broken_if(*usage == none, "its extendedKeyUsage has no purpose")
}

fn any_critical(certificate: &X509Certificate<'_>) -> Verdict {
    let (critical, usage) = extended_key_usage(certificate)?;
    broken_if(
        critical && usage.any,
        "anyExtendedKeyUsage is in a critical extendedKeyUsage",
    )
}

fn extended_critical(certificate: &X509Certificate<'_>) -> Verdict {
    let (critical, usage) = extended_key_usage(certificate)?;
    // Time stamping asks for it: RFC 3161 §2.3. With anyExtendedKeyUsage the rule above speaks.
    broken_if(
        critical && !usage.time_stamping && !usage.any,
        "extendedKeyUsage is critical",
    )
}

pub(super) fn extended_key_usage<'a>(
    certificate: &'a X509Certificate<'_>,
) -> Option<(bool, &'a ExtendedKeyUsage<'a>)> {
    let extension = find(certificate.extensions(), &OID_X509_EXT_EXTENDED_KEY_USAGE)?;
    match extension.parsed_extension() {
        ParsedExtension::ExtendedKeyUsage(found) => Some((extension.critical, found)),
        _ => None,
    }
}
