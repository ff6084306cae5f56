//! Where clients find what belongs to the issuer: URLs in a certificate.

use iri_string::types::UriStr;
use rcgen::{CrlDistributionPoint, CustomExtension};
use yasna::Tag;
use yasna::models::ObjectIdentifier;

use crate::error::Error;
use crate::name::{self, uri};
use crate::text::printable;

/// The most URLs of one purpose. Clients try one after another, and most try only the first.
pub const URLS_MAX: usize = 4;

/// Where clients find what belongs to the issuer. The default is nowhere.
///
/// A URL is `http` or `ldap`, or `https` where the reader can verify that server without the certificate at hand; at most
/// [`URLS_MAX`] of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locations {
    /// Where its CRL is: cRLDistributionPoints ([RFC 5280 §4.2.1.13]).
    ///
    /// [RFC 5280 §4.2.1.13]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.13
    pub crl: Vec<String>,
    /// Where its certificate is: caIssuers of authorityInformationAccess ([RFC 5280 §4.2.2.1]).
    ///
    /// [RFC 5280 §4.2.2.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.2.1
    pub ca_issuers: Vec<String>,
    /// Where its OCSP responder is, in the same extension.
    pub ocsp: Vec<String>,
}

const SCHEMES: [&str; 3] = ["http", "https", "ldap"];

/// `id-pe-authorityInfoAccess`.
pub(super) const ACCESS_OID: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
const OCSP: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 1];
const CA_ISSUERS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 2];

/// The tag of uniformResourceIdentifier in GeneralName.
const URI: u64 = 6;

impl Locations {
    /// Refuses what is no URL, and too many.
    pub(super) fn check(&self) -> Result<(), Error> {
        for urls in [&self.crl, &self.ca_issuers, &self.ocsp] {
            if urls.len() > URLS_MAX {
                return Err(Error::TooManyUrls { limit: URLS_MAX });
            }
            urls.iter().try_for_each(|url| check_url(url))?;
        }
        Ok(())
    }

    /// One distribution point with all URLs: they lead to the same CRL.
    pub(super) fn distribution_points(&self) -> Vec<CrlDistributionPoint> {
        if self.crl.is_empty() {
            return Vec::new();
        }
        vec![CrlDistributionPoint {
            uris: self.crl.clone(),
        }]
    }

    /// ```text
    /// AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF AccessDescription
    /// AccessDescription ::= SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }
    /// ```
    pub(super) fn access_extension(&self) -> Option<CustomExtension> {
        let ocsp = self.ocsp.iter().map(|url| (OCSP, url));
        let ca_issuers = self.ca_issuers.iter().map(|url| (CA_ISSUERS, url));
        let all: Vec<_> = ocsp.chain(ca_issuers).collect();
        if all.is_empty() {
            return None;
        }
        let value = yasna::construct_der(|writer| {
            writer.write_sequence(|writer| {
                for (method, url) in all {
                    writer.next().write_sequence(|writer| {
                        writer
                            .next()
                            .write_oid(&ObjectIdentifier::from_slice(method));
                        writer
                            .next()
                            .write_tagged_implicit(Tag::context(URI), |writer| {
                                writer.write_bytes(url.as_bytes());
                            });
                    });
                }
            });
        });
        Some(CustomExtension::from_oid_content(ACCESS_OID, value))
    }
}

fn check_url(url: &str) -> Result<(), Error> {
    uri::parse(url).map_err(|fault| name::refused(url, fault))?;
    // `uri::parse` has read it as one.
    let scheme = UriStr::new(url).map_or("", |url| url.scheme_str());
    if SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) {
        Ok(())
    } else {
        Err(Error::UrlScheme {
            url: printable(url),
        })
    }
}
