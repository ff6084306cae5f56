//! What a certificate says, asked for once more. What cannot be asked for again is an error: a renewal that lost a name or an
//! extension would be noticed by those who need it.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use wharf_pki::issue::{CustomExtension, Locations};
use wharf_pki::profile::SubjectRule;
use wharf_pki::{
    Certificate, CertificateInfo, EndEntity, Profile, Profiles, Subject, SubjectAltName,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension, X509Extension};
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

use crate::ui::Advised;

/// The request for its successor.
pub(super) fn request(
    certificate: &Certificate,
    info: &CertificateInfo,
    profile: &Profile,
    lifetime: Duration,
) -> anyhow::Result<EndEntity> {
    let (_, parsed) = X509Certificate::from_der(certificate.der())
        .map_err(|_| anyhow::anyhow!("the certificate cannot be read"))?;
    let mut request = EndEntity {
        lifetime,
        ..EndEntity::new(profile.clone())
    };
    if profile.subject != SubjectRule::Empty {
        request.subject = subject(parsed.subject())?;
    }
    for usage in &info.extended_key_usage {
        let usage = usage.parse()?;
        if !profile.extended_key_usages.contains(&usage) {
            request.extended_key_usages.push(usage);
        }
    }
    for extension in parsed.extensions() {
        add(&mut request, extension)?;
    }
    Ok(request)
}

fn add(request: &mut EndEntity, extension: &X509Extension<'_>) -> anyhow::Result<()> {
    match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => {
            request.names = names
                .general_names
                .iter()
                .map(name)
                .collect::<Result<_, _>>()?;
        }
        ParsedExtension::CRLDistributionPoints(points) => {
            for point in points.iter() {
                if let Some(DistributionPointName::FullName(names)) = &point.distribution_point {
                    request.locations.crl.extend(names.iter().filter_map(url));
                }
            }
        }
        ParsedExtension::AuthorityInfoAccess(access) => {
            let Locations {
                ca_issuers, ocsp, ..
            } = &mut request.locations;
            for one in access.iter() {
                let urls = match one.access_method.to_id_string().as_str() {
                    "1.3.6.1.5.5.7.48.1" => &mut *ocsp,
                    "1.3.6.1.5.5.7.48.2" => &mut *ca_issuers,
                    _ => continue,
                };
                urls.extend(url(&one.access_location));
            }
        }
        // Written by the profile, or by whoever issues.
        ParsedExtension::BasicConstraints(_)
        | ParsedExtension::KeyUsage(_)
        | ParsedExtension::ExtendedKeyUsage(_)
        | ParsedExtension::SubjectKeyIdentifier(_)
        | ParsedExtension::AuthorityKeyIdentifier(_) => {}
        _ => {
            let oid = extension.oid.to_id_string();
            if !(request.profile.ocsp_no_check && oid == OCSP_NO_CHECK) {
                request.extensions.push(CustomExtension {
                    oid: oid.parse()?,
                    critical: extension.critical,
                    value: extension.value.to_vec(),
                });
            }
        }
    }
    Ok(())
}

/// `id-pkix-ocsp-nocheck`, which the profile for it writes.
const OCSP_NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";

fn name(name: &GeneralName<'_>) -> anyhow::Result<SubjectAltName> {
    Ok(match name {
        GeneralName::DNSName(name) => SubjectAltName::Dns((*name).to_owned()),
        GeneralName::RFC822Name(name) => SubjectAltName::Email((*name).to_owned()),
        GeneralName::URI(uri) => SubjectAltName::Uri((*uri).to_owned()),
        GeneralName::IPAddress(octets) => SubjectAltName::Ip(address(octets)?),
        _ => bail!("it has a name of a kind that is not issued here"),
    })
}

fn address(octets: &[u8]) -> anyhow::Result<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Ok(octets.into());
    }
    let octets = <[u8; 16]>::try_from(octets);
    Ok(octets
        .context("its IP address has neither 4 nor 16 octets")?
        .into())
}

fn url(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(uri) => Some((*uri).to_owned()),
        _ => None,
    }
}

/// `None` for an empty one.
fn subject(name: &X509Name<'_>) -> anyhow::Result<Option<Subject>> {
    let mut subject = Subject::default();
    let mut any = false;
    for attribute in name.iter_attributes() {
        let text = attribute
            .as_str()
            .context("its subject is not text")?
            .to_owned();
        any = true;
        match attribute.attr_type().to_id_string().as_str() {
            "2.5.4.3" => subject.common_name = text,
            "2.5.4.10" => subject.organization = Some(text),
            "2.5.4.11" => subject.organizational_unit = Some(text),
            "2.5.4.7" => subject.locality = Some(text),
            "2.5.4.8" => subject.state = Some(text),
            "2.5.4.6" => subject.country = Some(text),
            oid => bail!("its subject has an attribute that is not issued here: {oid}"),
        }
    }
    Ok(any.then_some(subject))
}

/// The profile of a certificate that is not in the inventory: the one that is for the same.
pub(super) fn guess(info: &CertificateInfo, profiles: &Profiles) -> anyhow::Result<Profile> {
    let is_for = |name: &str| match name {
        "server" => &["serverAuth"][..],
        "client" => &["clientAuth"],
        "peer" => &["serverAuth", "clientAuth"],
        "code-signing" => &["codeSigning"],
        "email" => &["emailProtection"],
        _ => &[],
    };
    let mut usages: Vec<_> = info.extended_key_usage.iter().map(String::as_str).collect();
    usages.sort_unstable();
    let found = ["server", "client", "peer", "code-signing", "email"]
        .into_iter()
        .find(|name| {
            let mut wanted = is_for(name).to_vec();
            wanted.sort_unstable();
            wanted == usages
        });
    match found {
        Some(name) => Ok(profiles.get(name)?.clone()),
        None => Err(Advised {
            message: "it is not in the inventory, and what it is for tells no profile".into(),
            hint: "issue it anew: wharf cert issue NAME --force".into(),
        }
        .into()),
    }
}
