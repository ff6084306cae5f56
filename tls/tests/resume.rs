//! What is resumed after a reload, and what is not.

use std::sync::Arc;

use rustls::server::WebPkiClientVerifier;
use rustls::{ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use wharf_tls::{
    ClientAuth, CrlPolicy, CrlVerdict, Resumption, ServerTls, ServerTlsOptions, Sessions,
    SessionsOptions, TicketKey, TicketKeys, TicketOptions, Trust, provider,
};

#[expect(dead_code, reason = "each test file uses its part of it")]
mod authority;

use authority::{Authority, Issued, crl};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS13, &rustls::version::TLS12];

/// Everybody there is: a CA for servers, one for clients, another for clients, and a client of the first.
struct World {
    servers: Authority,
    clients: Authority,
    others: Authority,
    client: Issued,
}

impl World {
    fn new() -> Self {
        let clients = Authority::root("clients");
        Self {
            servers: Authority::root("servers"),
            client: clients.client("client"),
            clients,
            others: Authority::root("others"),
        }
    }

    fn trust(&self) -> Trust {
        self.clients.trust()
    }

    /// A server as it is after a reload: a certificate of its own, and `resumption` from before.
    fn server(&self, resumption: &Resumption, client_auth: ClientAuth) -> ServerTls {
        let options = ServerTlsOptions {
            client_auth,
            resumption: resumption.clone(),
            ..ServerTlsOptions::default()
        };
        ServerTls::new(self.servers.leaf().identity(), &options).unwrap()
    }

    /// A client that has not been here yet.
    fn connector(&self, version: &'static SupportedProtocolVersion) -> TlsConnector {
        self.connector_of(&self.client, version)
    }

    fn connector_of(
        &self,
        client: &Issued,
        version: &'static SupportedProtocolVersion,
    ) -> TlsConnector {
        let config = self.servers.client_config(Some(client), &[version]);
        TlsConnector::from(Arc::new(config))
    }
}

/// What became of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Full,
    Resumed,
    Refused,
}

use Outcome::{Full, Refused, Resumed};

/// A connection, up to the point where the client has its tickets.
async fn visit(server: &ServerTls, client: &TlsConnector) -> Outcome {
    let (near, far) = duplex(256 * 1024);
    let name = ServerName::try_from("localhost").unwrap();
    let serve = async {
        let Ok(mut stream) = server.accept(far).await else {
            return Refused;
        };
        stream.write_all(b"x").await.unwrap();
        stream.shutdown().await.unwrap();
        if stream.info().resumed { Resumed } else { Full }
    };
    let connect = async {
        // A client of TLS 1.3 learns that it was refused only when it reads.
        if let Ok(mut stream) = client.connect(name, near).await {
            let _ = stream.read_u8().await;
        }
    };
    tokio::join!(serve, connect).0
}

/// Both ways to resume.
fn both() -> [(&'static str, Resumption); 2] {
    [
        ("tickets", Resumption::default()),
        ("sessions", Resumption::sessions()),
    ]
}

/// A name, the client authentication after the reload, and what becomes of a client that was here before.
type Row = (&'static str, ClientAuth, Outcome);

fn reloads(world: &World) -> Vec<Row> {
    let trust = world.trust();
    let both_cas = |order: [&Authority; 2]| Trust::from_der(order.map(Authority::der).to_vec());
    let with_crl = |number, revoked: &[u64]| {
        trust
            .with_crls(vec![crl(&world.clients.crl(number, revoked))])
            .unwrap()
    };
    let removed = world.others.trust();
    let added = both_cas([&world.clients, &world.others]).unwrap();
    let twice = both_cas([&world.clients, &world.clients]).unwrap();
    let lenient = trust.with_crl_policy(CrlPolicy {
        unknown: CrlVerdict::Accept,
        ..CrlPolicy::default()
    });
    let required = ClientAuth::Required;
    vec![
        (
            "nothing but the leaf changed",
            required(trust.clone()),
            Resumed,
        ),
        ("a trust anchor is listed twice", required(twice), Resumed),
        ("the client's CA was removed", required(removed), Refused),
        ("a CA was added", required(added), Full),
        ("a CRL was added", required(with_crl(1, &[])), Full),
        (
            "the client was revoked",
            required(with_crl(1, &[world.client.serial])),
            Refused,
        ),
        ("the policy changed", required(lenient), Full),
        (
            "certificates became optional",
            ClientAuth::Optional(trust),
            Full,
        ),
        (
            "certificates are not asked for any more",
            ClientAuth::Off,
            Full,
        ),
    ]
}

#[tokio::test]
async fn a_change_of_trust_ends_every_session_and_a_change_of_leaf_none() {
    let world = World::new();
    for version in VERSIONS {
        for (name, client_auth, expected) in reloads(&world) {
            for (way, resumption) in both() {
                let row = format!("{:?}, {way}: {name}", version.version);
                let before = world.server(&resumption, ClientAuth::Required(world.trust()));
                let after = world.server(&resumption, client_auth.clone());
                let client = world.connector(version);
                assert_eq!(visit(&before, &client).await, Full, "{row}");
                assert_eq!(visit(&before, &client).await, Resumed, "{row}");
                assert_eq!(visit(&after, &client).await, expected, "{row}");
            }
        }
    }
}

#[tokio::test]
async fn a_newer_crl_ends_every_session() {
    let world = World::new();
    let under = |number, revoked: &[u64]| {
        let crl = crl(&world.clients.crl(number, revoked));
        ClientAuth::Required(world.trust().with_crls(vec![crl]).unwrap())
    };
    for version in VERSIONS {
        for (_, resumption) in both() {
            let client = world.connector(version);
            let before = world.server(&resumption, under(1, &[]));
            assert_eq!(visit(&before, &client).await, Full);
            assert_eq!(visit(&before, &client).await, Resumed);
            let after = world.server(&resumption, under(2, &[world.client.serial]));
            assert_eq!(visit(&after, &client).await, Refused);
        }
    }
}

/// The twin of the tests above: rustls by itself lets the client in, so they can fail.
#[tokio::test]
async fn without_the_binding_a_client_of_a_removed_ca_resumes() {
    let world = World::new();
    let ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().unwrap();
    let acceptor = |ca: &Authority| {
        let roots = Arc::new(ca.roots());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
        let identity = world.servers.leaf();
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&VERSIONS)
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(identity.chain.clone(), identity.private_key())
            .unwrap();
        config.ticketer = Arc::clone(&ticketer);
        TlsAcceptor::from(Arc::new(config))
    };
    let client = world.connector(&rustls::version::TLS13);
    let visit = async |server: TlsAcceptor| {
        let (near, far) = duplex(64 * 1024);
        let name = ServerName::try_from("localhost").unwrap();
        let serve = async {
            let mut stream = server.accept(far).await.unwrap();
            stream.write_all(b"x").await.unwrap();
            stream.shutdown().await.unwrap();
            stream.get_ref().1.handshake_kind()
        };
        let connect = async {
            let mut stream = client.connect(name, near).await.unwrap();
            stream.read_u8().await.unwrap();
        };
        tokio::join!(serve, connect).0
    };
    let before = visit(acceptor(&world.clients)).await;
    assert_eq!(before, Some(rustls::HandshakeKind::Full));
    let after = visit(acceptor(&world.others)).await;
    assert_eq!(after, Some(rustls::HandshakeKind::Resumed));
}

#[tokio::test]
async fn nothing_is_resumed_when_resumption_is_off() {
    let world = World::new();
    let none = TicketOptions {
        per_handshake: 0,
        ..TicketOptions::default()
    };
    let no_sessions = SessionsOptions {
        per_handshake: 0,
        ..SessionsOptions::default()
    };
    for version in VERSIONS {
        for off in [
            Resumption::Off,
            Resumption::Tickets(TicketKeys::generate(none.clone())),
            Resumption::Sessions(Sessions::new(no_sessions.clone())),
        ] {
            let client = world.connector(version);
            let with = world.server(&Resumption::default(), ClientAuth::Off);
            assert_eq!(visit(&with, &client).await, Full);
            let without = world.server(&off, ClientAuth::Off);
            for _ in 0..2 {
                assert_eq!(visit(&without, &client).await, Full, "{off:?}");
            }
        }
    }
}

fn key(seed: u8) -> TicketKey {
    let bytes: Vec<u8> = (0..80).map(|i| i ^ seed).collect();
    TicketKey::from_bytes(&bytes).unwrap()
}

/// Ticket keys as another process has them that read the same file.
fn host(seeds: &[u8]) -> (TicketKeys, Resumption) {
    let keys = seeds.iter().map(|seed| key(*seed)).collect();
    let keys = TicketKeys::shared(keys, TicketOptions::default()).unwrap();
    (keys.clone(), Resumption::Tickets(keys))
}

#[tokio::test]
async fn hosts_with_the_same_key_and_the_same_trust_resume_each_others_sessions() {
    let world = World::new();
    let here = world.server(&host(&[1]).1, ClientAuth::Required(world.trust()));
    for version in VERSIONS {
        let there = |seeds, client_auth| world.server(&host(seeds).1, client_auth);
        let same = there(&[1], ClientAuth::Required(world.trust()));
        let other_trust = there(&[1], ClientAuth::Optional(world.trust()));
        let other_key = there(&[2], ClientAuth::Required(world.trust()));
        for (server, expected) in [(same, Resumed), (other_trust, Full), (other_key, Full)] {
            let client = world.connector(version);
            assert_eq!(visit(&here, &client).await, Full);
            assert_eq!(visit(&server, &client).await, expected);
        }
    }
}

#[tokio::test]
async fn a_key_opens_tickets_while_it_is_listed() {
    let world = World::new();
    for version in VERSIONS {
        let (keys, resumption) = host(&[1]);
        let server = world.server(&resumption, ClientAuth::Off);
        let (early, late) = (world.connector(version), world.connector(version));
        assert_eq!(visit(&server, &early).await, Full);
        assert_eq!(visit(&server, &late).await, Full);
        keys.replace(vec![key(2), key(1)]).unwrap();
        assert_eq!(visit(&server, &early).await, Resumed);
        keys.replace(vec![key(2)]).unwrap();
        assert_eq!(visit(&server, &late).await, Full);
        assert_eq!(visit(&server, &late).await, Resumed);
    }
}

#[tokio::test]
async fn a_chain_that_fits_no_ticket_costs_the_resumption_and_no_more() {
    let world = World::new();
    let names: Vec<String> = (0..400)
        .map(|i| format!("{}.{i}.example", "x".repeat(40)))
        .collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let fat = world.clients.issue(&names);
    assert!(fat.chain[0].len() > 16 * 1024);
    for version in VERSIONS {
        for (way, resumption) in both() {
            let server = world.server(&resumption, ClientAuth::Required(world.trust()));
            let client = world.connector_of(&fat, version);
            assert_eq!(visit(&server, &client).await, Full);
            let expected = if way == "tickets" { Full } else { Resumed };
            assert_eq!(visit(&server, &client).await, expected, "{way}");
        }
    }
}

#[tokio::test]
async fn a_session_of_tls_1_3_is_kept_until_it_is_resumed() {
    let world = World::new();
    let sessions = Sessions::new(SessionsOptions::default());
    let resumption = Resumption::Sessions(sessions.clone());
    let client_auth = ClientAuth::Required(world.trust());
    let server = world.server(&resumption, client_auth.clone());
    let client = world.connector(&rustls::version::TLS13);
    assert_eq!(visit(&server, &client).await, Full);
    assert_eq!(sessions.usage().entries, 2);
    assert_eq!(visit(&server, &client).await, Resumed);
    // One was taken; a resumed handshake of rustls issues as many as a full one.
    assert_eq!(sessions.usage().entries, 3);
    sessions.retire(&client_auth.id());
    assert_eq!(sessions.usage().entries, 0);
    assert_eq!(visit(&server, &client).await, Full);
}
