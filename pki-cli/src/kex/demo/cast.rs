//! A CA for the moment, and the certificates of both sides. Nothing of it is written anywhere.

use anyhow::Context;
use rustls_pki_types::ServerName;
use time::OffsetDateTime;
use wharf_pki::crl::{CrlParams, RevokedCertificate, SerialNumber};
use wharf_pki::kex::{
    Authentication, Credentials, ExchangeKey, ExchangePublicKey, Group, PeerTrust,
};
use wharf_pki::validity::DAY;
use wharf_pki::verify::VerifyOptions;
use wharf_pki::{Authority, CaSubject, Certificate, Crl, EndEntity, Key, KeyType, Profile};

use super::Scenario;
use super::attack::Attack;
use crate::clock;

const SERVER: &str = "server.test";
const CLIENT: &str = "client.test";

/// Who plays.
pub(super) struct Cast {
    ca: Authority,
    server: Identity,
    client: Identity,
    crls: Vec<Crl>,
    now: OffsetDateTime,
}

/// A certificate, and the text of its key: a key cannot be cloned, and some exchanges are played twice.
struct Identity {
    certificate: Certificate,
    key: zeroize::Zeroizing<String>,
}

impl Identity {
    fn issue(
        ca: &Authority,
        profile: Profile,
        name: &str,
        key_type: KeyType,
        at: OffsetDateTime,
    ) -> anyhow::Result<Self> {
        let key = Key::generate(key_type)?;
        let request = EndEntity {
            names: vec![name.parse()?],
            profile,
            lifetime: 30 * DAY,
            ..EndEntity::default()
        };
        Ok(Self {
            certificate: ca.issue(&request, &key, at)?.certificate,
            key: key.to_pem(),
        })
    }
}

impl Cast {
    pub(super) fn new(scenario: &Scenario) -> anyhow::Result<Self> {
        let now = clock::now();
        let ca = authority("Demo CA", now)?;
        let is_rsa = scenario.group == Group::RsaOaep;
        let key_type = if is_rsa {
            KeyType::Rsa2048
        } else {
            KeyType::P256
        };
        let issue =
            |ca: &Authority, at| Identity::issue(ca, Profile::server(), SERVER, key_type, at);
        let server = match scenario.attack {
            Some(Attack::WrongCa) => issue(&authority("Demo CA of somebody else", now)?, now)?,
            Some(Attack::ExpiredPeer) => issue(&ca, now - 60 * DAY)?,
            _ => issue(&ca, now)?,
        };
        let crls = match scenario.attack {
            Some(Attack::RevokedPeer) => vec![revoked(&ca, &server.certificate, now)?],
            _ => Vec::new(),
        };
        Ok(Self {
            client: Identity::issue(&ca, Profile::client(), CLIENT, KeyType::P256, now)?,
            ca,
            server,
            crls,
            now,
        })
    }

    pub(super) fn client(&self, scenario: &Scenario) -> anyhow::Result<Authentication> {
        let name = ServerName::try_from(SERVER).context("a name")?;
        self.authentication(&self.client, Some(name), scenario)
    }

    pub(super) fn server(&self, scenario: &Scenario) -> anyhow::Result<Authentication> {
        self.authentication(&self.server, None, scenario)
    }

    fn authentication(
        &self,
        own: &Identity,
        name: Option<ServerName<'static>>,
        scenario: &Scenario,
    ) -> anyhow::Result<Authentication> {
        if !scenario.is_authenticated {
            return Ok(Authentication::None);
        }
        // The CRL covers what is below the CA, and only the client looks into it.
        let crls = if name.is_some() {
            self.crls.clone()
        } else {
            Vec::new()
        };
        Ok(Authentication::Certificates(Box::new(Credentials {
            chain: vec![own.certificate.clone()],
            key: Key::from_pem(&own.key)?,
            trust: PeerTrust {
                anchors: vec![self.ca.certificate().clone()],
                crls,
                name,
                now: self.now,
                options: VerifyOptions::default(),
            },
        })))
    }

    /// The server's RSA key, if it has one.
    pub(super) fn transport_key(&self) -> anyhow::Result<Option<ExchangeKey>> {
        let key = ExchangeKey::try_from(Key::from_pem(&self.server.key)?)?;
        Ok(Some(key).filter(|key| key.group() == Group::RsaOaep))
    }

    /// The same as its certificate has it.
    pub(super) fn transport_public(&self) -> anyhow::Result<Option<ExchangePublicKey>> {
        Ok(self.transport_key()?.map(|key| key.public().clone()))
    }
}

/// Old enough to have issued what has expired.
fn authority(name: &str, now: OffsetDateTime) -> anyhow::Result<Authority> {
    let key = Key::generate(KeyType::P256)?;
    let since = now - 100 * DAY;
    Ok(Authority::root(
        key,
        &CaSubject::new(name),
        3650 * DAY,
        1,
        since,
    )?)
}

fn revoked(ca: &Authority, certificate: &Certificate, now: OffsetDateTime) -> anyhow::Result<Crl> {
    Ok(ca.sign_crl(&CrlParams {
        number: 1,
        this_update: now,
        next_update: now + DAY,
        entries: vec![RevokedCertificate {
            serial: SerialNumber::of(certificate)?,
            revoked_at: now,
            reason: None,
            invalidity_date: None,
        }],
        distribution_point: None,
    })?)
}
