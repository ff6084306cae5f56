//! The table of profiles that are there without a file.

use super::ExtendedKeyUsage::{ClientAuth, CodeSigning, EmailProtection, OcspSigning, ServerAuth};
use super::KeyUsage::{CrlSign, DigitalSignature, KeyCertSign, KeyEncipherment};
use super::{KeyKind, Profile, Role, SubjectRule};
use crate::name::NameKind::{Dns, Email, Ip, Spiffe, Uri, Wildcard};
use crate::validity::DAY;

/// A root is replaced on every machine that trusts it; a hundred years is for devices that nobody will touch again.
const CENTURY_DAYS: u32 = 36_525;

/// Apple's systems refuse a server certificate of more than 825 days even under a root of one's own, and the time before
/// the issue ([`BACKDATING`](crate::validity::BACKDATING)) counts.
const APPLE_DAYS: u32 = 824;

impl Profile {
    /// All of them.
    pub fn built_in() -> Vec<Self> {
        vec![
            Self::root(),
            Self::intermediate(),
            Self::server(),
            Self::client(),
            Self::peer(),
            Self::spiffe(),
            Self::code_signing(),
            Self::email(),
            Self::ocsp(),
            Self::webtransport(),
        ]
    }

    /// A CA that signs itself, with room for one CA below it.
    pub fn root() -> Self {
        Self {
            name: "root".into(),
            role: Role::Ca,
            path_len: Some(1),
            key_usages: vec![KeyCertSign, CrlSign],
            rsa_key_usages: Vec::new(),
            extended_key_usages: Vec::new(),
            // mkcert and step-ca choose 10 years.
            default_lifetime: 3650 * DAY,
            longest_lifetime: CENTURY_DAYS * DAY,
            keys: Vec::new(),
            names: Vec::new(),
            required_names: Vec::new(),
            subject: SubjectRule::Required,
            ocsp_no_check: false,
        }
    }

    /// A CA below another, with as much room as that leaves.
    pub fn intermediate() -> Self {
        Self {
            name: "intermediate".into(),
            path_len: None,
            default_lifetime: 1825 * DAY,
            ..Self::root()
        }
    }

    /// A TLS server.
    pub fn server() -> Self {
        Self {
            name: "server".into(),
            role: Role::EndEntity,
            path_len: None,
            key_usages: vec![DigitalSignature],
            rsa_key_usages: vec![KeyEncipherment],
            extended_key_usages: vec![ServerAuth],
            // Let's Encrypt issues for 90 days.
            default_lifetime: 90 * DAY,
            longest_lifetime: APPLE_DAYS * DAY,
            keys: Vec::new(),
            names: vec![Dns, Wildcard, Ip],
            required_names: vec![Dns, Wildcard, Ip],
            subject: SubjectRule::FirstName,
            ocsp_no_check: false,
        }
    }

    /// A TLS client.
    pub fn client() -> Self {
        Self {
            name: "client".into(),
            rsa_key_usages: Vec::new(),
            extended_key_usages: vec![ClientAuth],
            names: vec![Dns, Ip, Email, Uri, Spiffe],
            required_names: vec![Dns, Ip, Email, Uri, Spiffe],
            ..Self::server()
        }
    }

    /// A service that is both.
    pub fn peer() -> Self {
        Self {
            name: "peer".into(),
            extended_key_usages: vec![ServerAuth, ClientAuth],
            names: vec![Dns, Wildcard, Ip, Uri, Spiffe],
            required_names: vec![Dns, Wildcard, Ip, Uri, Spiffe],
            ..Self::server()
        }
    }

    /// A workload with a SPIFFE ID: an X.509-SVID, which has exactly one URI. It is renewed often, by a machine.
    pub fn spiffe() -> Self {
        Self {
            name: "spiffe".into(),
            rsa_key_usages: Vec::new(),
            extended_key_usages: vec![ServerAuth, ClientAuth],
            default_lifetime: DAY,
            longest_lifetime: 30 * DAY,
            names: vec![Spiffe, Dns],
            required_names: vec![Spiffe],
            subject: SubjectRule::Empty,
            ..Self::server()
        }
    }

    /// A publisher of code. Its subject is what people are shown.
    pub fn code_signing() -> Self {
        Self {
            name: "code-signing".into(),
            rsa_key_usages: Vec::new(),
            extended_key_usages: vec![CodeSigning],
            default_lifetime: 365 * DAY,
            // The CA/Browser Forum's limit since 2026.
            longest_lifetime: 460 * DAY,
            names: vec![Dns, Email, Uri],
            required_names: Vec::new(),
            subject: SubjectRule::Required,
            ..Self::server()
        }
    }

    /// A person's mail (S/MIME, [RFC 8550]): to sign it and, with an RSA key, to have it encrypted.
    ///
    /// [RFC 8550]: https://www.rfc-editor.org/rfc/rfc8550
    pub fn email() -> Self {
        Self {
            name: "email".into(),
            extended_key_usages: vec![EmailProtection],
            default_lifetime: 365 * DAY,
            names: vec![Email],
            required_names: vec![Email],
            ..Self::server()
        }
    }

    /// A delegated OCSP responder ([RFC 6960 §4.2.2.2]). Nobody asks whether it was revoked, so it is short-lived.
    ///
    /// [RFC 6960 §4.2.2.2]: https://www.rfc-editor.org/rfc/rfc6960#section-4.2.2.2
    pub fn ocsp() -> Self {
        Self {
            name: "ocsp".into(),
            rsa_key_usages: Vec::new(),
            extended_key_usages: vec![OcspSigning],
            default_lifetime: 30 * DAY,
            longest_lifetime: 90 * DAY,
            names: Vec::new(),
            required_names: Vec::new(),
            subject: SubjectRule::Required,
            ocsp_no_check: true,
            ..Self::server()
        }
    }

    /// A WebTransport server that a browser is told the hash of (`serverCertificateHashes`): its whole validity is less
    /// than two weeks, backdating included, and its key is on P-256.
    pub fn webtransport() -> Self {
        Self {
            name: "webtransport".into(),
            rsa_key_usages: Vec::new(),
            default_lifetime: 13 * DAY,
            longest_lifetime: 13 * DAY,
            keys: vec![KeyKind::P256],
            names: vec![Dns, Ip],
            required_names: vec![Dns, Ip],
            ..Self::server()
        }
    }
}
