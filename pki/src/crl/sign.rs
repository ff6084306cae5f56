//! Signing CRLs.

use rcgen::{
    CertificateRevocationListParams, CrlDistributionPoint, CrlIssuingDistributionPoint, Issuer,
    KeyIdMethod, RevokedCertParams, SerialNumber,
};
use rustls_pki_types::CertificateDer;
use time::{OffsetDateTime, UtcOffset};

use super::params::{CrlFault, CrlParams, CrlScope, RevokedCertificate, refused};
use super::read::Crl;
use crate::authority::Authority;
use crate::error::Error;
use crate::revocation::RevocationReason;

impl Authority {
    /// Signs a CRL of this CA: version 2, complete, with its number and its authorityKeyIdentifier ([RFC 5280 §5]).
    ///
    /// # Errors
    ///
    /// [`Error::Crl`] or [`Error::CrlTooLarge`] for what no CRL may say, [`Error::MayNotSignCrls`] if the CA certificate
    /// has a keyUsage without cRLSign ([RFC 5280 §4.2.1.3]), [`Error::NotYetValid`] or [`Error::Expired`] if the CA is not
    /// valid at `this_update`.
    ///
    /// [RFC 5280 §4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3
    /// [RFC 5280 §5]: https://www.rfc-editor.org/rfc/rfc5280#section-5
    pub fn sign_crl(&self, params: &CrlParams) -> Result<Crl, Error> {
        params.check()?;
        self.certificate().validity().check(params.this_update)?;
        let issuer = self.certificate().parsed()?;
        let usage = issuer
            .key_usage()
            .map_err(|_| Error::MalformedCertificate)?;
        if usage.is_some_and(|usage| !usage.value.crl_sign()) {
            return Err(Error::MayNotSignCrls);
        }
        let issuer_id = subject_key_id(&issuer);
        let list = CertificateRevocationListParams {
            this_update: seconds(params.this_update),
            next_update: seconds(params.next_update),
            crl_number: SerialNumber::from_slice(&minimal(&params.number.to_be_bytes())),
            issuing_distribution_point: params.distribution_point.as_ref().map(|point| {
                CrlIssuingDistributionPoint {
                    distribution_point: CrlDistributionPoint {
                        uris: point.uris.clone(),
                    },
                    scope: match point.scope {
                        CrlScope::All => None,
                        CrlScope::EndEntities => Some(rcgen::CrlScope::UserCertsOnly),
                        CrlScope::Authorities => Some(rcgen::CrlScope::CaCertsOnly),
                    },
                }
            }),
            revoked_certs: entries(&params.entries)?,
            // The authorityKeyIdentifier has to repeat what the CA certificate says, whatever method made it.
            key_identifier_method: issuer_id.map_or(KeyIdMethod::Sha256, KeyIdMethod::PreSpecified),
        };
        let certificate = CertificateDer::from(self.certificate().der());
        let signed = list.signed_by(&Issuer::from_ca_cert_der(&certificate, self.key())?)?;
        // Read again: names, bounds and signature are as they should be when it leaves here.
        let crl = Crl::from_der(signed.der())?;
        crl.check_signed_by(self.certificate())?;
        Ok(crl)
    }
}

fn subject_key_id(certificate: &x509_parser::certificate::X509Certificate<'_>) -> Option<Vec<u8>> {
    use x509_parser::extensions::ParsedExtension;
    certificate
        .iter_extensions()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
            _ => None,
        })
}

/// Sorted, so that the same entries make the same CRL and two CRLs can be compared.
fn entries(asked: &[RevokedCertificate]) -> Result<Vec<RevokedCertParams>, Error> {
    let mut sorted: Vec<_> = asked.iter().collect();
    sorted.sort_by(|one, other| one.serial.cmp(&other.serial));
    for pair in sorted.windows(2) {
        if let [one, other] = pair
            && one.serial == other.serial
        {
            let serial = one.serial.clone();
            return Err(refused(CrlFault::Repeated { serial }));
        }
    }
    if sorted
        .first()
        .is_some_and(|entry| entry.serial.octets().is_empty())
    {
        return Err(refused(CrlFault::Zero));
    }
    Ok(sorted.into_iter().map(entry).collect())
}

fn entry(entry: &RevokedCertificate) -> RevokedCertParams {
    RevokedCertParams {
        serial_number: SerialNumber::from_slice(&minimal(entry.serial.octets())),
        revocation_time: seconds(entry.revoked_at),
        reason_code: entry.reason.and_then(reason),
        invalidity_date: entry.invalidity_date.map(seconds),
    }
}

/// `None` for unspecified, which is to be left out ([RFC 5280 §5.3.1]).
///
/// [RFC 5280 §5.3.1]: https://www.rfc-editor.org/rfc/rfc5280#section-5.3.1
fn reason(reason: RevocationReason) -> Option<rcgen::RevocationReason> {
    Some(match reason {
        RevocationReason::Unspecified => return None,
        RevocationReason::KeyCompromise => rcgen::RevocationReason::KeyCompromise,
        RevocationReason::CaCompromise => rcgen::RevocationReason::CaCompromise,
        RevocationReason::AffiliationChanged => rcgen::RevocationReason::AffiliationChanged,
        RevocationReason::Superseded => rcgen::RevocationReason::Superseded,
        RevocationReason::CessationOfOperation => rcgen::RevocationReason::CessationOfOperation,
        RevocationReason::CertificateHold => rcgen::RevocationReason::CertificateHold,
        RevocationReason::RemoveFromCrl => rcgen::RevocationReason::RemoveFromCrl,
        RevocationReason::PrivilegeWithdrawn => rcgen::RevocationReason::PrivilegeWithdrawn,
        RevocationReason::AaCompromise => rcgen::RevocationReason::AaCompromise,
    })
}

/// rcgen puts a zero before a number whose first bit is set; an INTEGER has no further ones, and at least one octet.
fn minimal(octets: &[u8]) -> Vec<u8> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let number: Vec<u8> = octets.iter().skip(zeros).copied().collect();
    if number.is_empty() { vec![0] } else { number }
}

/// In UTC, which `check` found to have this time; rcgen writes the fields of a time as they are.
fn seconds(time: OffsetDateTime) -> OffsetDateTime {
    let time = time.to_offset(UtcOffset::UTC);
    time.replace_nanosecond(0).unwrap_or(time)
}
