//! More handshakes: which versions and groups a server takes, one by one, and whether it resumes sessions.

use serde::Serialize;
use wharf_pki::Certificate;
use wharf_pki::key::KeyAlgorithm;
use wharf_tls::{
    ClientTlsOptions, NamedGroup, ProtocolVersion, TlsInfo, TlsVersions, danger, iana,
};

use super::{Look, Target};

/// What was tried, and what came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Tries {
    pub(crate) versions: Vec<Try>,
    pub(crate) groups: Vec<Try>,
    /// Whether the second of two handshakes resumed the session of the first.
    pub(crate) resumption: Try,
}

/// One thing that was tried.
#[derive(Debug, Serialize)]
pub(crate) struct Try {
    pub(crate) name: String,
    pub(crate) works: bool,
    /// Why not.
    pub(crate) error: Option<String>,
}

impl Tries {
    /// One after the other: a server may count connections. `look` is what was seen before.
    pub(crate) async fn of(look: &Look, target: &Target, options: &ClientTlsOptions) -> Self {
        let mut versions = Vec::new();
        for (name, only) in [
            ("TLSv1.3", TlsVersions::Tls13),
            ("TLSv1.2", TlsVersions::Tls12),
        ] {
            let options = ClientTlsOptions {
                versions: only,
                ..options.clone()
            };
            versions.push(Try::ended(name, agreed(target, &options).await.err()));
        }
        let curve = needed_curve(look);
        let mut groups = Vec::new();
        for group in &options.groups {
            groups.push(of_group(*group, curve, target, options).await);
        }
        Self {
            versions,
            groups,
            resumption: resumption(target, options).await,
        }
    }
}

/// The group alone. Under TLS 1.2 the list of groups also says which curves a certificate may have ([RFC 8422 §5.1.1]), so
/// there that of the certificate is offered behind it.
///
/// [RFC 8422 §5.1.1]: https://www.rfc-editor.org/rfc/rfc8422#section-5.1.1
async fn of_group(
    group: NamedGroup,
    curve: Option<NamedGroup>,
    target: &Target,
    options: &ClientTlsOptions,
) -> Try {
    let mut groups = vec![group];
    groups.extend(curve.filter(|curve| *curve != group));
    let options = ClientTlsOptions {
        groups,
        ..options.clone()
    };
    let name = iana::named_group(group);
    let error = match agreed(target, &options).await {
        Ok(agreed) if agreed.named_group == Some(group) => None,
        Ok(agreed) => {
            let taken = agreed.named_group_name().unwrap_or("none");
            Some(anyhow::anyhow!(
                "the server took {taken}, which its certificate needs"
            ))
        }
        Err(error) => Some(error),
    };
    Try::ended(&name, error)
}

/// The curve of the certificate, where it has to be offered.
fn needed_curve(look: &Look) -> Option<NamedGroup> {
    let agreed = look.info().or(look.report.agreed.as_ref())?;
    if agreed.version != ProtocolVersion::TLSv1_2 {
        return None;
    }
    let first = Certificate::from_der(look.report.presented.first()?).ok()?;
    match first.public_key().ok()?.algorithm() {
        KeyAlgorithm::P256 => Some(NamedGroup::secp256r1),
        KeyAlgorithm::P384 => Some(NamedGroup::secp384r1),
        KeyAlgorithm::P521 => Some(NamedGroup::secp521r1),
        _ => None,
    }
}

/// What was agreed on, also where the handshake failed later: a server that wants a certificate of its clients has chosen
/// version and group by then.
async fn agreed(target: &Target, options: &ClientTlsOptions) -> anyhow::Result<TlsInfo> {
    let look = target.look(options).await?;
    match (look.agreed, look.report.agreed) {
        (Ok(agreed), _) | (Err(_), Some(agreed)) => Ok(agreed),
        (Err(error), None) => Err(error.into()),
    }
}

async fn resumption(target: &Target, options: &ClientTlsOptions) -> Try {
    let twice = async {
        let tls = danger::accept_any_certificate(options)?;
        target.look_with(&tls).await?.agreed?;
        let second = target.look_with(&tls).await?.agreed?;
        anyhow::Ok(second.resumed)
    };
    let error = match twice.await {
        Ok(true) => None,
        Ok(false) => Some(anyhow::anyhow!("the second handshake was a full one")),
        Err(error) => Some(error),
    };
    Try::ended("resumption", error)
}

impl Try {
    fn ended(name: &str, error: Option<anyhow::Error>) -> Self {
        Self {
            name: name.to_owned(),
            works: error.is_none(),
            error: error.map(|error| format!("{error:#}")),
        }
    }
}
