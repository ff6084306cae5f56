//! Key exchange: keys, the protocol in both roles, what is hostile, and the recording that is computed again.

mod attacks;
mod exchange;
mod fuzz;
mod hostile;
mod keys;
mod messages;
mod replay;
mod vectors;

use std::sync::OnceLock;

use rustls_pki_types::ServerName;
use time::OffsetDateTime;
use wharf_pki::kex::{
    Authentication, ClientConfig, Credentials, ExchangeKey, ExchangePublicKey, Group, KexFault,
    Party, PeerTrust, ServerConfig,
};
use wharf_pki::validity::DAY;
use wharf_pki::verify::VerifyOptions;
use wharf_pki::{Authority, CaSubject, Certificate, Crl, EndEntity, Key, KeyType, Profile};

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap()
}

fn authority() -> Authority {
    let key = Key::generate(KeyType::P256).unwrap();
    Authority::root(key, &CaSubject::new("root"), 3650 * DAY, 1, now()).unwrap()
}

/// A certificate for 30 days, and its key.
fn issue(ca: &Authority, profile: Profile, key_type: KeyType) -> (Certificate, Key) {
    let key = Key::generate(key_type).unwrap();
    let request = EndEntity {
        names: vec!["a.test".parse().unwrap()],
        profile,
        lifetime: 30 * DAY,
        ..EndEntity::default()
    };
    let issued = ca.issue(&request, &key, now()).unwrap();
    (issued.certificate, key)
}

/// A CA, and a server and a client with certificates of it. Keys are kept as text: they cannot be cloned.
struct World {
    ca: Authority,
    server: (Certificate, String),
    client: (Certificate, String),
    rsa: String,
}

/// Made once: RSA takes its time.
fn world() -> &'static World {
    static MADE: OnceLock<World> = OnceLock::new();
    MADE.get_or_init(|| {
        let ca = authority();
        let text = |(certificate, key): (Certificate, Key)| (certificate, key.to_pem().to_string());
        World {
            server: text(issue(&ca, Profile::server(), KeyType::P256)),
            client: text(issue(&ca, Profile::client(), KeyType::P256)),
            rsa: Key::generate(KeyType::Rsa2048)
                .unwrap()
                .to_pem()
                .to_string(),
            ca,
        }
    })
}

impl World {
    fn trust(&self) -> PeerTrust {
        PeerTrust {
            anchors: vec![self.ca.certificate().clone()],
            crls: Vec::<Crl>::new(),
            name: None,
            now: now(),
            options: VerifyOptions::default(),
        }
    }

    fn credentials(&self, (certificate, key): &(Certificate, String)) -> Credentials {
        Credentials {
            chain: vec![certificate.clone()],
            key: Key::from_pem(key).unwrap(),
            trust: self.trust(),
        }
    }

    fn client_credentials(&self) -> Credentials {
        let mut credentials = self.credentials(&self.client);
        credentials.trust.name = Some(ServerName::try_from("a.test").unwrap());
        credentials
    }

    fn rsa(&self) -> ExchangeKey {
        ExchangeKey::from_pem(&self.rsa, None).unwrap()
    }

    fn client_config(&self, groups: &[Group], auth: Auth) -> ClientConfig {
        ClientConfig {
            groups: groups.to_vec(),
            authentication: auth.of(|| self.client_credentials()),
            server_key: Some(self.rsa().public().clone()),
            message: b"ahoy".to_vec(),
        }
    }

    fn client(&self, groups: &[Group], auth: Auth) -> Party {
        Party::client(self.client_config(groups, auth)).unwrap()
    }

    fn server_config(&self, groups: &[Group], auth: Auth) -> ServerConfig {
        ServerConfig {
            groups: groups.to_vec(),
            authentication: auth.of(|| self.credentials(&self.server)),
            key: Some(self.rsa()),
            message: b"aye".to_vec(),
        }
    }

    fn server(&self, groups: &[Group], auth: Auth) -> Party {
        Party::server(self.server_config(groups, auth))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Auth {
    Certificates,
    Nobody,
}

impl Auth {
    fn of(self, credentials: impl FnOnce() -> Credentials) -> Authentication {
        match self {
            Self::Certificates => Authentication::Certificates(Box::new(credentials())),
            Self::Nobody => Authentication::None,
        }
    }
}

/// Carries bytes both ways until both are done, or one refuses. `wire` sees each piece, and may change it.
fn carry(
    client: &mut Party,
    server: &mut Party,
    mut wire: impl FnMut(Vec<u8>) -> Vec<u8>,
) -> Result<(), KexFault> {
    loop {
        let to_server = client.take_output();
        let is_silent = to_server.is_empty();
        if !is_silent {
            server.receive(&wire(to_server))?;
        }
        let to_client = server.take_output();
        if to_client.is_empty() && is_silent {
            server.end()?;
            return client.end();
        }
        if !to_client.is_empty() {
            client.receive(&wire(to_client))?;
        }
    }
}

/// Public keys of RSA for tests of the client alone.
fn rsa_public() -> ExchangePublicKey {
    world().rsa().public().clone()
}

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}
