//! The path: webpki's, or as far as one leads.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use time::OffsetDateTime;
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, ExpirationPolicy,
    ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage, RevocationCheckDepth, RevocationOptions,
    RevocationOptionsBuilder, UnknownStatusPolicy, anchor_from_trusted_cert,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;

use super::options::{CrlExpiry, Given, Purpose, RevocationDepth, UnknownStatus, VerifyOptions};
use super::revocation;
use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::error::Error;
use crate::inspect::names::distinguished_name;
use crate::key::PublicKey;

/// The longest path that is looked at where webpki finds none. It follows six intermediates; a longer path is shown whole, so
/// that its length is what is told.
const LINKS_MAX: usize = 32;

/// The certificates from the end entity to a trust anchor, or as far as they lead.
pub(super) struct Path<'a> {
    links: Vec<Link<'a>>,
    refusal: Option<webpki::Error>,
}

/// A certificate of the path.
pub(super) struct Link<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) parsed: X509Certificate<'a>,
    pub(super) is_anchor: bool,
}

impl<'a> Link<'a> {
    fn of(certificate: &'a Certificate, is_anchor: bool) -> Option<Self> {
        Some(Self {
            certificate,
            parsed: certificate.parsed().ok()?,
            is_anchor,
        })
    }

    pub(super) fn subject(&self) -> String {
        shown(distinguished_name(self.parsed.subject()))
    }

    pub(super) fn issuer(&self) -> String {
        shown(distinguished_name(self.parsed.issuer()))
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.parsed.subject().as_raw() == self.parsed.issuer().as_raw()
    }

    /// What `pick` takes of the first extension of which it takes something.
    pub(super) fn extension<'s, T>(
        &'s self,
        pick: impl Fn(&'s ParsedExtension<'s>) -> Option<T>,
    ) -> Option<T> {
        self.parsed
            .extensions()
            .iter()
            .find_map(|extension| pick(extension.parsed_extension()))
    }

    /// Whether this one's key signed `below`.
    fn signed(&self, below: &Self) -> bool {
        self.check_signed(below.certificate.der()).is_ok()
    }

    /// Checks a certificate or a CRL, in DER, with its key.
    pub(super) fn check_signed(&self, der: &[u8]) -> Result<(), Error> {
        PublicKey::from_der(self.parsed.public_key().raw)?.verify_signed(der)
    }

    /// Whether it calls itself what `below` calls its issuer.
    fn is_named_by(&self, below: &Self) -> bool {
        self.parsed.subject().as_raw() == below.parsed.issuer().as_raw()
    }
}

fn shown(name: String) -> String {
    if name.is_empty() {
        "(no subject)".into()
    } else {
        name
    }
}

impl<'a> Path<'a> {
    pub(super) fn find(
        given: &Given<'a>,
        purpose: &Purpose,
        now: OffsetDateTime,
        options: &VerifyOptions,
    ) -> Self {
        match by_webpki(given, purpose, now, options) {
            Ok(links) => Self {
                links,
                refusal: None,
            },
            Err(refusal) => Self {
                links: by_hand(given, now),
                refusal: Some(refusal),
            },
        }
    }

    /// From the end entity upwards.
    pub(super) fn links(&self) -> &[Link<'a>] {
        &self.links
    }

    /// Each certificate with its place.
    pub(super) fn each(
        &self,
    ) -> impl DoubleEndedIterator<Item = (usize, &Link<'a>)> + ExactSizeIterator {
        self.links.iter().enumerate()
    }

    /// Each certificate with its place and its issuer. The last one has none here.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, &Link<'a>, &Link<'a>)> {
        self.links
            .iter()
            .zip(self.links.iter().skip(1))
            .enumerate()
            .map(|(at, (subject, issuer))| (at, subject, issuer))
    }

    pub(super) fn end_entity(&self) -> Option<&Link<'a>> {
        self.links.first()
    }

    /// Whether it leads to a trust anchor, good or not.
    pub(super) fn reaches_anchor(&self) -> bool {
        self.links.last().is_some_and(|last| last.is_anchor)
    }

    /// Whether webpki found it.
    pub(super) fn is_found(&self) -> bool {
        self.refusal.is_none()
    }

    pub(super) fn refusal(&self) -> Option<&webpki::Error> {
        self.refusal.as_ref()
    }
}

/// The path that webpki finds.
fn by_webpki<'a>(
    given: &Given<'a>,
    purpose: &Purpose,
    now: OffsetDateTime,
    options: &VerifyOptions,
) -> Result<Vec<Link<'a>>, webpki::Error> {
    let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let anchor_ders: Vec<_> = given.anchors.iter().map(der).collect();
    // An anchor that webpki cannot read is none for it; if nothing else leads to the end entity, its issuer is unknown.
    let anchors: Vec<TrustAnchor<'_>> = anchor_ders
        .iter()
        .filter_map(|der| anchor_from_trusted_cert(der).ok())
        .collect();
    let intermediates: Vec<_> = given.intermediates.iter().map(der).collect();
    let end_entity_der = der(given.end_entity);
    let end_entity = EndEntityCert::try_from(&end_entity_der)?;
    let crls = revocation::usable(given.crls);
    let lists = readable(&crls);
    let lists: Vec<_> = lists.iter().collect();
    let path = end_entity.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        &intermediates,
        time,
        Usage::of(purpose),
        revocation_options(&lists, given, options)?,
        None,
    )?;
    if let Purpose::Server { name: Some(name) } = purpose {
        end_entity.verify_is_valid_for_subject_name(name)?;
    }
    let mut links = vec![Link::of(given.end_entity, false)];
    for found in path.intermediate_certificates() {
        let found = found.der();
        let same = given
            .intermediates
            .iter()
            .find(|one| one.der() == found.as_ref());
        links.push(same.and_then(|one| Link::of(one, false)));
    }
    links.push(anchor_link(given, path.anchor(), now));
    let mut links = links
        .into_iter()
        .collect::<Option<Vec<_>>>()
        .ok_or(webpki::Error::UnknownIssuer)?;
    // An end entity that is its own trust anchor is a path of one.
    if let [one, anchor] = links.as_slice()
        && one.certificate == anchor.certificate
    {
        links.truncate(1);
        if let Some(one) = links.first_mut() {
            one.is_anchor = true;
        }
    }
    Ok(links)
}

fn der(certificate: &Certificate) -> CertificateDer<'_> {
    CertificateDer::from(certificate.der())
}

/// The certificate of webpki's anchor. Of a root that was renewed with its key there are two: the one that is valid counts.
fn anchor_link<'a>(
    given: &Given<'a>,
    found: &TrustAnchor<'_>,
    now: OffsetDateTime,
) -> Option<Link<'a>> {
    let is_it = |certificate: &&Certificate| {
        let der = der(certificate);
        anchor_from_trusted_cert(&der).is_ok_and(|anchor| anchor == *found)
    };
    let mut same: Vec<_> = given.anchors.iter().filter(is_it).collect();
    same.sort_by_key(|certificate| certificate.validity().check(now).is_err());
    Link::of(same.first()?, true)
}

/// The CRLs that webpki reads. It reads no other kind than complete and direct ones: the check of revocation says of the
/// others why they do not count.
fn readable<'a>(crls: &[&'a Crl]) -> Vec<CertRevocationList<'a>> {
    crls.iter()
        .filter_map(|crl| BorrowedCertRevocationList::from_der(crl.der()).ok())
        .map(CertRevocationList::from)
        .collect()
}

fn revocation_options<'a>(
    lists: &'a [&'a CertRevocationList<'a>],
    given: &Given<'_>,
    options: &VerifyOptions,
) -> Result<Option<RevocationOptions<'a>>, webpki::Error> {
    let policy = &options.revocation;
    if !revocation::applies(given, policy) {
        return Ok(None);
    }
    let Ok(builder) = RevocationOptionsBuilder::new(lists) else {
        // There is none that can be read.
        return match policy.unknown {
            UnknownStatus::Accept => Ok(None),
            UnknownStatus::Refuse => Err(webpki::Error::UnknownRevocationStatus),
        };
    };
    let options = builder
        .with_depth(match policy.depth {
            RevocationDepth::Path => RevocationCheckDepth::Chain,
            RevocationDepth::EndEntity => RevocationCheckDepth::EndEntity,
        })
        .with_status_policy(match policy.unknown {
            UnknownStatus::Refuse => UnknownStatusPolicy::Deny,
            UnknownStatus::Accept => UnknownStatusPolicy::Allow,
        })
        .with_expiration_policy(match policy.expired {
            CrlExpiry::Refuse => ExpirationPolicy::Enforce,
            CrlExpiry::Accept => ExpirationPolicy::Ignore,
        });
    Ok(Some(options.build()))
}

/// What webpki asks of the extendedKeyUsage.
enum Usage {
    Only(KeyUsage),
    Any,
}

impl Usage {
    fn of(purpose: &Purpose) -> Self {
        match purpose {
            Purpose::Server { .. } => Self::Only(KeyUsage::server_auth()),
            Purpose::Client => Self::Only(KeyUsage::client_auth()),
            Purpose::Any => Self::Any,
        }
    }
}

impl ExtendedKeyUsageValidator for Usage {
    fn validate(&self, mut purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        match self {
            Self::Only(usage) => usage.validate(purposes),
            Self::Any => purposes.try_for_each(|purpose| purpose.map(drop)),
        }
    }
}

/// As far as names and signatures lead, for the explanation of a failure: of several issuers of the same name, one whose
/// key signed, then one that is a trust anchor, then one that is valid.
fn by_hand<'a>(given: &Given<'a>, now: OffsetDateTime) -> Vec<Link<'a>> {
    let is_trusted = given.anchors.contains(given.end_entity);
    let mut links: Vec<_> = Link::of(given.end_entity, is_trusted).into_iter().collect();
    while links.len() < LINKS_MAX {
        let Some(below) = links.last().filter(|below| !below.is_anchor) else {
            break;
        };
        let anchors = given.anchors.iter().map(|one| (one, true));
        let others = given.intermediates.iter().map(|one| (one, false));
        let candidates = anchors
            .chain(others)
            .filter(|(one, _)| links.iter().all(|link| link.certificate != *one))
            .filter_map(|(one, is_anchor)| Link::of(one, is_anchor))
            .filter(|one| one.is_named_by(below));
        let best = candidates.max_by_key(|one| {
            let is_valid = one.certificate.validity().check(now).is_ok();
            (one.signed(below), one.is_anchor, is_valid)
        });
        match best {
            Some(best) => links.push(best),
            None => break,
        }
    }
    links
}
