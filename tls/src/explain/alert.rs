use rustls::AlertDescription;

use super::{Explanation, Facts, Side};

/// Why the peer refused us ([RFC 8446 §6.2]).
///
/// [RFC 8446 §6.2]: https://www.rfc-editor.org/rfc/rfc8446#section-6.2
pub(super) fn explain(side: Side, alert: AlertDescription, facts: &Facts) -> Explanation {
    let (peer, ours) = (side.peer(), side.our_certificate());
    let name = name(alert);
    if facts.sent_no_certificate && is_for_want_of_one(alert, facts) {
        return Explanation::new(
            format!("{peer} asked for a client certificate, got none and refused: {name}"),
            GIVE_AN_IDENTITY,
        );
    }
    match alert {
        AlertDescription::CertificateRequired => Explanation::new(
            format!("{peer} requires a client certificate: {name}"),
            GIVE_AN_IDENTITY,
        ),
        AlertDescription::UnknownCA => Explanation::new(
            format!("{peer} does not trust the CA of {ours}: {name}"),
            format!(
                "{peer} has to trust the root of it; and it has to be sent with its intermediates"
            ),
        ),
        AlertDescription::CertificateExpired => Explanation::new(
            format!("{peer} takes {ours} for expired, or not valid yet: {name}"),
            "renew it; if it is valid, compare the clocks",
        ),
        AlertDescription::CertificateRevoked => Explanation::new(
            format!("{peer} knows {ours} as revoked: {name}"),
            "have one issued for a new key",
        ),
        AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::DecryptError
        | AlertDescription::BadCertificateStatusResponse => Explanation::new(
            format!("{peer} does not accept {ours}: {name}"),
            hint_for_a_bad_certificate(side),
        ),
        AlertDescription::AccessDenied => Explanation::new(
            format!("{peer} accepts {ours}, and gives no access to who we are: {name}"),
            "have the identity permitted there, or use another",
        ),
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            Explanation::new(
                format!(
                    "{peer} has no cipher suite, named group or signature scheme in common with us: {name}"
                ),
                "very old peers only know what is broken by now, as RSA key exchange and CBC; a server without a usable \
                 certificate says so too",
            )
        }
        AlertDescription::ProtocolVersion => Explanation::new(
            format!("{peer} speaks none of the TLS versions that we do: {name}"),
            "1.3 and 1.2 exist here, if both are enabled; the other side has to be updated or configured",
        ),
        AlertDescription::NoApplicationProtocol => Explanation::new(
            format!("{peer} speaks none of the ALPN protocols offered: {name}"),
            "offer one that it speaks, or none",
        ),
        AlertDescription::UnrecognisedName => Explanation::new(
            format!("{peer} does not know the server name that was sent: {name}"),
            "connect under a name that it serves, or configure it for this one",
        ),
        AlertDescription::InternalError => Explanation::new(
            format!("{peer} failed: {name}"),
            "its log tells more; some servers answer like this to a server name that they do not know",
        ),
        AlertDescription::EncryptedClientHelloRequired => {
            Explanation::without_hint(format!("{peer} requires an encrypted ClientHello: {name}"))
        }
        _ => Explanation::without_hint(format!("{peer} refused: {name}")),
    }
}

const GIVE_AN_IDENTITY: &str =
    "set the identity of the client to a certificate that the server trusts";

fn hint_for_a_bad_certificate(side: Side) -> &'static str {
    match side {
        Side::Server => {
            "its log tells more: most often the name is missing in the certificate, or its root in the client's trust"
        }
        Side::Client | Side::Unknown => {
            "its log tells more: most often the CA of the certificate is not trusted there, or clientAuth is missing in its extendedKeyUsage"
        }
    }
}

/// Whether we are refused because we sent no certificate. 1.3 has an alert for it; in 1.2 OpenSSL and rustls say
/// `handshake_failure`, Go says `bad_certificate`.
pub(super) fn is_for_want_of_one(alert: AlertDescription, facts: &Facts) -> bool {
    match alert {
        AlertDescription::CertificateRequired => true,
        AlertDescription::HandshakeFailure
        | AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::AccessDenied => facts.sent_no_certificate,
        _ => false,
    }
}

/// The name in the RFC: `unknown_ca`.
fn name(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::UnrecognisedName => return "unrecognized_name".to_owned(),
        AlertDescription::UnknownPSKIdentity => return "unknown_psk_identity".to_owned(),
        AlertDescription::EncryptedClientHelloRequired => return "ech_required".to_owned(),
        AlertDescription::Unknown(number) => return format!("alert {number}"),
        _ => {}
    }
    let mut name = String::new();
    let mut after_small = false;
    for letter in format!("{alert:?}").chars() {
        if letter.is_ascii_uppercase() && after_small {
            name.push('_');
        }
        after_small = letter.is_ascii_lowercase();
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_named_as_in_the_rfc() {
        for (alert, expected) in [
            (AlertDescription::UnknownCA, "unknown_ca"),
            (
                AlertDescription::CertificateRequired,
                "certificate_required",
            ),
            (AlertDescription::BadRecordMac, "bad_record_mac"),
            (AlertDescription::UnrecognisedName, "unrecognized_name"),
            (AlertDescription::Unknown(200), "alert 200"),
        ] {
            assert_eq!(name(alert), expected);
        }
    }
}
