//! Certificates with any names.

use std::net::IpAddr;

use rcgen::string::Ia5String;
use rcgen::{CertificateParams, KeyPair, SanType};
use wharf_tls::PeerIdentity;

/// A peer with these subjectAltNames, each with its kind in front, as in `dns:a.test`.
pub(crate) fn peer(names: &[&str]) -> PeerIdentity {
    let mut params = CertificateParams::default();
    params.subject_alt_names = names.iter().map(|name| san(name)).collect();
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    PeerIdentity::new(&[certificate.der().clone()]).unwrap()
}

fn san(name: &str) -> SanType {
    let (kind, value) = name.split_once(':').unwrap();
    let text = || Ia5String::try_from(value).unwrap();
    match kind {
        "dns" => SanType::DnsName(text()),
        "email" => SanType::Rfc822Name(text()),
        "uri" => SanType::URI(text()),
        "ip" => SanType::IpAddress(value.parse::<IpAddr>().unwrap()),
        _ => panic!("{name} is of no kind"),
    }
}
