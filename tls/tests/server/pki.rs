//! Certificates of every kind that the tests need, and the two ends of a connection.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SanType, SerialNumber, SignatureAlgorithm,
};
use rustls::client::{ClientSessionMemoryCache, Resumption};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::TlsConnector;
use wharf_tls::{Error, Identity, ServerTls, TlsInfo, provider};

const DAY: Duration = Duration::from_secs(86_400);

/// A root that issues end entities.
pub(crate) struct Ca {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: String,
}

/// A certificate with its key.
pub(crate) struct Issued {
    pub(crate) pem: String,
    pub(crate) key: String,
    pub(crate) serial: u64,
}

impl Ca {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = base(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).unwrap();
        Self {
            der: certificate.der().clone(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A server's, for DNS names, wildcards included.
    pub(crate) fn server(&self, names: &[&str]) -> Issued {
        self.issue(names, &rcgen::PKCS_ECDSA_P256_SHA256, |_| {})
    }

    pub(crate) fn client(&self, name: &str) -> Issued {
        self.issue(&[], &rcgen::PKCS_ECDSA_P256_SHA256, |params| {
            params.distinguished_name.push(DnType::CommonName, name);
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            let uri = format!("spiffe://example.test/{name}");
            params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
        })
    }

    pub(crate) fn issue(
        &self,
        names: &[&str],
        algorithm: &'static SignatureAlgorithm,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Issued {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let mut params = base("end entity");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let dns = |name: &&str| SanType::DnsName((*name).try_into().unwrap());
        params.subject_alt_names = names.iter().map(dns).collect();
        let serial = u64::from_be_bytes(key.public_key_raw()[8..16].try_into().unwrap()) >> 1;
        params.serial_number = Some(SerialNumber::from(serial));
        change(&mut params);
        Issued {
            pem: params.signed_by(&key, &self.issuer).unwrap().pem(),
            key: key.serialize_pem(),
            serial,
        }
    }

    /// A CRL with these serial numbers, good for a day.
    pub(crate) fn crl(&self, number: u64, revoked: &[u64]) -> String {
        let now = SystemTime::now();
        let revoked = revoked
            .iter()
            .map(|serial| RevokedCertParams {
                serial_number: SerialNumber::from(*serial),
                revocation_time: now.into(),
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            })
            .collect();
        CertificateRevocationListParams {
            this_update: (now - DAY).into(),
            next_update: (now + DAY).into(),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked,
            key_identifier_method: KeyIdMethod::Sha256,
        }
        .signed_by(&self.issuer)
        .unwrap()
        .pem()
        .unwrap()
    }
}

impl Issued {
    pub(crate) fn identity(&self) -> Identity {
        Identity::from_pem(self.pem.as_bytes(), self.key.as_bytes()).unwrap()
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        use rustls_pki_types::pem::PemObject;
        CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()
    }
}

fn base(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = SystemTime::now();
    params.not_before = (now - DAY).into();
    params.not_after = (now + 90 * DAY).into();
    params
}

/// A client that remembers its sessions.
#[derive(Clone)]
pub(crate) struct Client(TlsConnector);

impl Client {
    pub(crate) fn new(trusts: &Ca, shows: Option<&Issued>) -> Self {
        Self::with(trusts, shows, |_| {})
    }

    /// One that shows a chain of about so many bytes: its certificate, and that of its CA over and over.
    pub(crate) fn with_padding(trusts: &Ca, shows: &Issued, bytes: usize) -> Self {
        use rustls_pki_types::pem::PemObject;
        let mut chain = vec![shows.der()];
        chain.resize(bytes / (trusts.der.len() + 5), trusts.der.clone());
        let key = PrivateKeyDer::from_pem_slice(shows.key.as_bytes()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(trusts.der.clone()).unwrap();
        Self::with(trusts, None, |config| {
            *config = ClientConfig::builder_with_provider(provider())
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_client_auth_cert(chain, key)
                .unwrap();
        })
    }

    pub(crate) fn with(
        trusts: &Ca,
        shows: Option<&Issued>,
        change: impl FnOnce(&mut ClientConfig),
    ) -> Self {
        use rustls_pki_types::pem::PemObject;
        let mut roots = RootCertStore::empty();
        roots.add(trusts.der.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match shows {
            None => config.with_no_client_auth(),
            Some(shows) => {
                let key = PrivateKeyDer::from_pem_slice(shows.key.as_bytes()).unwrap();
                config
                    .with_client_auth_cert(vec![shows.der()], key)
                    .unwrap()
            }
        };
        config.resumption = Resumption::store(Arc::new(ClientSessionMemoryCache::new(32)));
        change(&mut config);
        Self(TlsConnector::from(Arc::new(config)))
    }

    /// Connects to `localhost`, and has a byte echoed. `None` for the client if it was refused.
    pub(crate) async fn visit(&self, tls: &ServerTls) -> Visit {
        self.visit_as(tls, "localhost").await
    }

    pub(crate) async fn visit_as(&self, tls: &ServerTls, name: &'static str) -> Visit {
        let (near, far) = duplex(64 * 1024);
        let serve = async {
            let mut stream = tls.accept(far).await.map_err(|failed| failed.error)?;
            let info = stream.info().clone();
            let byte = stream.read_u8().await.expect("the client sends a byte");
            stream.write_u8(byte).await.unwrap();
            stream.shutdown().await.unwrap();
            Ok(info)
        };
        let (server, client) = tokio::join!(serve, self.ask(near, name));
        Visit { server, client }
    }

    async fn ask(&self, io: DuplexStream, name: &'static str) -> std::io::Result<Seen> {
        let name = name.try_into().unwrap();
        let mut stream = self.0.connect(name, io).await?;
        stream.write_u8(7).await?;
        stream.flush().await?;
        assert_eq!(stream.read_u8().await?, 7);
        // To the end, so that tickets that came behind are taken in.
        stream.read_to_end(&mut Vec::new()).await?;
        let (_, tls) = stream.get_ref();
        Ok(Seen {
            certificate: tls.peer_certificates().unwrap()[0].clone(),
        })
    }
}

/// What came of a connection, at both ends.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) server: Result<TlsInfo, Error>,
    pub(crate) client: std::io::Result<Seen>,
}

/// What a client got to see.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) certificate: CertificateDer<'static>,
}

impl Visit {
    #[track_caller]
    pub(crate) fn info(self) -> TlsInfo {
        self.client.expect("the client is served");
        self.server.expect("the server serves")
    }

    #[track_caller]
    pub(crate) fn certificate(self) -> CertificateDer<'static> {
        self.server.expect("the server serves");
        self.client.expect("the client is served").certificate
    }

    /// The server's error. The client has one too.
    #[track_caller]
    pub(crate) fn refusal(self) -> Error {
        self.client.expect_err("the client is refused");
        self.server.expect_err("the server refuses")
    }
}
