//! A server that asks for a certificate.

use std::convert::Infallible;
use std::fs;
use std::thread;

use http::{Request, Response};
use time::OffsetDateTime;
use wharf_http::{Incoming, PeerIdentity, Server, service_fn};
use wharf_interop_tests::Home;
use wharf_net::{Bind, Drain, Listener};
use wharf_pki::{CaOptions, EndEntity, Key, KeyType, Profile};
use wharf_tls::{ClientAuth, Identity, ServerTls, ServerTlsOptions, Trust};

use crate::{fails, fetch};

pub(crate) struct Party {
    pub(crate) chain: String,
    pub(crate) key: String,
}

impl Party {
    /// Somebody with a certificate of the CA of this home.
    pub(crate) fn new(home: &Home, name: &str, profile: Profile) -> Self {
        let state = wharf_pki::Home::at(home.path());
        let now = OffsetDateTime::now_utc();
        let (ca, _) = state.load_or_create_ca(&CaOptions::default(), now).unwrap();
        let key = Key::generate(KeyType::P256).unwrap();
        let wanted = EndEntity {
            names: vec![name.parse().unwrap()],
            profile,
            ..EndEntity::default()
        };
        let issued = ca.intermediate().issue(&wanted, &key, now).unwrap();
        Self {
            chain: ca.chain_pem(&issued.certificate),
            key: key.to_pem().to_string(),
        }
    }

    /// Its certificate and key in one file, as `--cert` takes them.
    pub(crate) fn write(&self, home: &Home, name: &str) -> String {
        let path = home.beside(name);
        fs::write(&path, format!("{}{}", self.key, self.chain)).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// A server on some port that answers with the name in the client's certificate.
pub(crate) fn serve(party: &Party, root: &str) -> u16 {
    let identity = Identity::from_pem(party.chain.as_bytes(), party.key.as_bytes()).unwrap();
    let options = ServerTlsOptions {
        client_auth: ClientAuth::Required(Trust::from_pem(root.as_bytes()).unwrap()),
        ..ServerTlsOptions::default()
    };
    let tls = ServerTls::new(identity, &options).unwrap();
    let app = service_fn(|request: Request<Incoming>| async move {
        let peer = request.extensions().get::<PeerIdentity>();
        let names = peer.map(|peer| peer.dns_names().join(" "));
        Ok::<_, Infallible>(Response::new(names.unwrap_or_default()))
    });
    let (tell, port) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let endpoint = "127.0.0.1:0".parse().unwrap();
            let listener = Listener::bind(&endpoint, &Bind::default()).await.unwrap();
            tell.send(listener.local_addr().port().unwrap()).unwrap();
            let served = Server::new(app).tls(tls).serve(listener, Drain::new());
            served.await.unwrap();
        });
    });
    port.recv().unwrap()
}

#[test]
fn a_certificate_and_its_key_are_shown_to_a_server_that_asks() {
    let home = Home::new();
    let server = Party::new(&home, "localhost", Profile::server());
    let client = Party::new(&home, "client.test", Profile::client());
    let root = fs::read_to_string(home.root()).unwrap();
    let port = serve(&server, &root);
    let file = |name: &str, content: &str| {
        let path = home.beside(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (cert, key) = (file("a.crt", &client.chain), file("a.key", &client.key));
    let both = client.write(&home, "both.pem");
    let (url, root) = (format!("https://localhost:{port}/"), home.root());
    let trust = ["--cacert", root.to_str().unwrap(), &url];

    for identity in [&["--cert", &cert, "--key", &key][..], &["-E", &both]] {
        let ended = fetch(&[identity, &trust].concat()).success();
        assert!(ended.text().contains("client.test"), "{ended}");
    }
    let ended = fails(35, &trust);
    assert!(ended.stderr.contains("hint: "), "{ended}");
    assert!(ended.stderr.contains("--cert FILE"), "{ended}");
}
