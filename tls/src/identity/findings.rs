use std::fmt;
use std::time::SystemTime;

use super::Staple;
use super::der::{self, Reader};
use crate::certificate::{Certificate, PublicKeyAlgorithm, utc};

/// As which side of a handshake an identity is to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A server, whose certificate clients match with the name they asked for.
    Server,
    /// A client that authenticates itself.
    Client,
}

/// What to do with an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// No peer that verifies accepts it: do not start to use it, keep the one before.
    Refuse,
    /// Some peers will not accept it, or it may heal by itself: say so, and use it.
    Warn,
}

/// Something about an identity that peers will object to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub kind: FindingKind,
}

/// What is wrong with an identity. Each `subject` is a certificate of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// The end entity is a CA. rustls, webpki and Firefox refuse it, curl and Node if it has the usages of a CA.
    CaAsEndEntity {
        /// Whose certificate.
        subject: String,
    },
    /// The extendedKeyUsage does not allow what it is to be used for.
    WrongPurpose {
        /// For what.
        role: Role,
    },
    /// A certificate has expired. Fatal for the end entity; for another one, a client may know another path.
    Expired {
        /// Whose certificate.
        subject: String,
        /// Its `notAfter`.
        not_after: SystemTime,
    },
    /// A certificate is not valid yet. It is a warning, since it passes, and since the clock of a machine without a battery
    /// starts in 1970.
    NotYetValid {
        /// Whose certificate.
        subject: String,
        /// Its `notBefore`.
        not_before: SystemTime,
    },
    /// A server's certificate has no DNS name and no IP address, nor a commonName.
    NoName,
    /// A server's certificate has its name in the subject only, where no current client looks ([RFC 9525 §2]).
    ///
    /// [RFC 9525 §2]: https://www.rfc-editor.org/rfc/rfc9525#section-2
    CommonNameOnly {
        /// The subject.
        subject: String,
    },
    /// The end entity comes alone, and was not issued by a root that Mozilla knows. Either its issuer is a root of one's
    /// own, and all is well, or the intermediate is missing.
    IssuerMissing {
        /// Whose certificate.
        subject: String,
        /// Its issuer.
        issuer: String,
    },
    /// The keyUsage of the end entity has no digitalSignature, which every suite of TLS 1.3 needs.
    NoDigitalSignature,
    /// An RSA key that is too short.
    ShortRsaKey {
        /// Whose certificate.
        subject: String,
        /// The length of the key.
        bits: usize,
    },
    /// A certificate is signed with SHA-1 or MD5.
    WeakSignature {
        /// Whose certificate.
        subject: String,
        /// The algorithm.
        algorithm: String,
    },
    /// A server's key is of a kind that no browser accepts.
    NoBrowser {
        /// The kind.
        algorithm: PublicKeyAlgorithm,
    },
    /// The OCSP response has expired since it was loaded.
    StapleExpired {
        /// Its `nextUpdate`.
        next_update: SystemTime,
    },
}

impl Finding {
    /// Whether the identity should not be taken into use.
    pub fn is_fatal(&self) -> bool {
        self.severity == Severity::Refuse
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match &self.kind {
            FindingKind::CaAsEndEntity { .. } => {
                "issue a certificate for the server with this CA, and serve that one"
            }
            FindingKind::WrongPurpose { role: Role::Server } => {
                "issue it with extendedKeyUsage serverAuth"
            }
            FindingKind::WrongPurpose { role: Role::Client } => {
                "issue it with extendedKeyUsage clientAuth"
            }
            FindingKind::Expired { .. } => "renew it; if it was renewed, load the new file",
            FindingKind::NotYetValid { .. } => "is the clock right?",
            FindingKind::NoName | FindingKind::CommonNameOnly { .. } => {
                "issue it with the server's names as subjectAltName"
            }
            FindingKind::IssuerMissing { .. } => {
                "if the issuer is not a root that clients trust, append its certificate to the file"
            }
            FindingKind::NoDigitalSignature => "issue it with keyUsage digitalSignature",
            FindingKind::ShortRsaKey { .. } => "use RSA with 2048 bits or more, or P-256",
            FindingKind::WeakSignature { .. } => "have it issued anew; SHA-256 is usual",
            FindingKind::NoBrowser { .. } => "use P-256, or add a second identity that does",
            FindingKind::StapleExpired { .. } => "fetch the OCSP response again",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FindingKind::CaAsEndEntity { subject } => {
                write!(f, "the certificate {subject} is that of a CA")
            }
            FindingKind::WrongPurpose { role } => {
                let role = match role {
                    Role::Server => "server",
                    Role::Client => "client",
                };
                write!(f, "the certificate is not for use as a {role}")
            }
            FindingKind::Expired { subject, not_after } => write!(
                f,
                "the certificate {subject} has expired on {}",
                utc(*not_after)
            ),
            FindingKind::NotYetValid {
                subject,
                not_before,
            } => write!(
                f,
                "the certificate {subject} is valid from {} on only",
                utc(*not_before)
            ),
            FindingKind::NoName => f.write_str("the certificate has no name of a server"),
            FindingKind::CommonNameOnly { subject } => write!(
                f,
                "the certificate has its name in the subject only, {subject}"
            ),
            FindingKind::IssuerMissing { subject, issuer } => write!(
                f,
                "the chain ends at {subject}, issued by {issuer}: clients need {issuer} as trust anchor, or an \
                 intermediate is missing"
            ),
            FindingKind::NoDigitalSignature => {
                f.write_str("the certificate's key is not for signing")
            }
            FindingKind::ShortRsaKey { subject, bits } => {
                write!(f, "the RSA key of {subject} has {bits} bits only")
            }
            FindingKind::WeakSignature { subject, algorithm } => {
                write!(f, "the certificate {subject} is signed with {algorithm}")
            }
            FindingKind::NoBrowser { algorithm } => {
                write!(
                    f,
                    "no browser accepts a certificate with a key of {algorithm}"
                )
            }
            FindingKind::StapleExpired { next_update } => {
                write!(f, "the OCSP response has expired on {}", utc(*next_update))
            }
        }
    }
}

/// The least length of an RSA key, in bits (CA/Browser Forum Baseline Requirements §6.1.5).
const RSA_BITS_MIN: usize = 2048;

pub(super) fn check(
    chain: &[Certificate],
    staple: Option<Staple>,
    role: Role,
    now: SystemTime,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (depth, certificate) in chain.iter().enumerate() {
        found.extend(any_certificate(certificate, depth, now));
    }
    if let Some(end_entity) = chain.first() {
        found.extend(of_end_entity(end_entity, role));
        if role == Role::Server {
            found.extend(of_server(end_entity));
        }
        if chain.len() == 1 && !end_entity.is_self_issued() && !is_known_root(end_entity) {
            found.push(warn(FindingKind::IssuerMissing {
                subject: end_entity.subject().to_owned(),
                issuer: end_entity.issuer().to_owned(),
            }));
        }
    }
    if let Some(next_update) = staple.and_then(|staple| staple.next_update)
        && next_update < now
    {
        found.push(warn(FindingKind::StapleExpired { next_update }));
    }
    found.sort_by_key(|finding| finding.severity);
    found
}

fn any_certificate(certificate: &Certificate, depth: usize, now: SystemTime) -> Vec<Finding> {
    let subject = || certificate.subject().to_owned();
    let mut found = Vec::new();
    if now > certificate.not_after() {
        let kind = FindingKind::Expired {
            subject: subject(),
            not_after: certificate.not_after(),
        };
        found.push(if depth == 0 { refuse(kind) } else { warn(kind) });
    }
    if now < certificate.not_before() {
        found.push(warn(FindingKind::NotYetValid {
            subject: subject(),
            not_before: certificate.not_before(),
        }));
    }
    if let PublicKeyAlgorithm::Rsa { bits } = *certificate.public_key()
        && bits < RSA_BITS_MIN
    {
        found.push(warn(FindingKind::ShortRsaKey {
            subject: subject(),
            bits,
        }));
    }
    // Nobody checks a signature of a certificate on itself.
    if is_weak(certificate.signature_algorithm()) && !certificate.is_self_issued() {
        found.push(warn(FindingKind::WeakSignature {
            subject: subject(),
            algorithm: certificate.signature_algorithm().to_owned(),
        }));
    }
    found
}

fn of_end_entity(end_entity: &Certificate, role: Role) -> Vec<Finding> {
    let mut found = Vec::new();
    if end_entity.is_ca() {
        found.push(refuse(FindingKind::CaAsEndEntity {
            subject: end_entity.subject().to_owned(),
        }));
    }
    let allowed = match role {
        Role::Server => end_entity.allows_server_auth(),
        Role::Client => end_entity.allows_client_auth(),
    };
    if !allowed {
        found.push(refuse(FindingKind::WrongPurpose { role }));
    }
    if !end_entity.allows_digital_signature() {
        found.push(warn(FindingKind::NoDigitalSignature));
    }
    found
}

fn of_server(end_entity: &Certificate) -> Vec<Finding> {
    let mut found = Vec::new();
    let names = end_entity.names();
    if names.dns.is_empty() && names.ip.is_empty() {
        found.push(warn(if end_entity.has_common_name() {
            FindingKind::CommonNameOnly {
                subject: end_entity.subject().to_owned(),
            }
        } else {
            FindingKind::NoName
        }));
    }
    let algorithm = end_entity.public_key();
    if matches!(
        algorithm,
        PublicKeyAlgorithm::Ed25519 | PublicKeyAlgorithm::Ed448 | PublicKeyAlgorithm::EcP521
    ) {
        found.push(warn(FindingKind::NoBrowser {
            algorithm: algorithm.clone(),
        }));
    }
    found
}

fn refuse(kind: FindingKind) -> Finding {
    Finding {
        severity: Severity::Refuse,
        kind,
    }
}

fn warn(kind: FindingKind) -> Finding {
    Finding {
        severity: Severity::Warn,
        kind,
    }
}

fn is_weak(algorithm: &str) -> bool {
    matches!(
        algorithm,
        "md5WithRSAEncryption" | "sha1WithRSAEncryption" | "ecdsa-with-SHA1"
    )
}

/// Whether a root of Mozilla has the name of the issuer. webpki keeps names without the tag and length around them.
fn is_known_root(end_entity: &Certificate) -> bool {
    let issuer = Reader::new(end_entity.raw_issuer()).expect(der::SEQUENCE);
    webpki_roots::TLS_SERVER_ROOTS
        .iter()
        .any(|root| Ok(root.subject.as_ref()) == issuer)
}
