use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use quinn::rustls::RootCertStore;
use quinn::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use quinn::{ClientConfig, Endpoint, EndpointConfig, ServerConfig, TokioRuntime};
use wharf_dgram::{BatchOptions, Udp};

use super::{ANYWHERE, options, set_buffers};
use crate::server::{announce, run};

const NAME: &str = "bulk.example";
/// What is handed to quinn at once.
const WRITE_BYTES: usize = 64 * 1024;
/// A client that is gone does not keep the next one waiting.
const CLOSED: Duration = Duration::from_secs(5);

/// On whose socket quinn runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quic {
    /// `wharf_dgram::BatchUdp`.
    Wharf,
    /// quinn's own.
    Stock,
}

impl Quic {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Wharf, Self::Stock];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wharf => "quinn-on-wharf",
            Self::Stock => "quinn-stock",
        }
    }

    /// By its name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quic| quic.name() == name)
    }

    fn endpoint(self, server: Option<ServerConfig>) -> anyhow::Result<Endpoint> {
        let (config, runtime) = (EndpointConfig::default(), Arc::new(TokioRuntime));
        Ok(match self {
            Self::Wharf => {
                let socket =
                    Udp::bind(ANYWHERE, &options())?.into_batch(&BatchOptions::default())?;
                Endpoint::new_with_abstract_socket(config, server, Arc::new(socket), runtime)?
            }
            Self::Stock => {
                let socket = std::net::UdpSocket::bind(ANYWHERE)?;
                set_buffers(&socket)?;
                Endpoint::new(config, server, socket, runtime)?
            }
        })
    }

    /// Writes its certificate to a file, says on a line where it listens, and then reads whatever it is sent, for ever.
    ///
    /// # Errors
    ///
    /// When that fails.
    pub fn receive(self, certificate: &Path) -> anyhow::Result<()> {
        let made = rcgen::generate_simple_self_signed([NAME.to_owned()])?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        std::fs::write(certificate, made.cert.der())?;
        let config = ServerConfig::with_single_cert(vec![made.cert.der().clone()], key)?;
        run(async {
            let endpoint = self.endpoint(Some(config))?;
            announce(endpoint.local_addr()?);
            while let Some(incoming) = endpoint.accept().await {
                let connection = incoming.await?;
                let (mut send, mut recv) = connection.accept_bi().await?;
                let mut bytes = 0;
                while let Some(chunk) = recv.read_chunk(usize::MAX, true).await? {
                    bytes += chunk.bytes.len() as u64;
                }
                send.write_all(&bytes.to_be_bytes()).await?;
                send.finish()?;
                let _ = tokio::time::timeout(CLOSED, connection.closed()).await;
            }
            Ok(())
        })
    }

    /// Sends so many MiB to a server with this certificate, and waits until it has said how many bytes these were.
    ///
    /// # Errors
    ///
    /// When it says something else.
    pub fn send(self, to: SocketAddr, certificate: &Path, mib: u64) -> anyhow::Result<()> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(std::fs::read(certificate)?))?;
        let config = ClientConfig::with_root_certificates(Arc::new(roots))?;
        run(async {
            let mut endpoint = self.endpoint(None)?;
            endpoint.set_default_client_config(config);
            let connection = endpoint.connect(to, NAME)?.await?;
            let (mut send, mut recv) = connection.open_bi().await?;
            let piece = vec![7; WRITE_BYTES];
            for _ in 0..(mib << 20) / WRITE_BYTES as u64 {
                send.write_all(&piece).await?;
            }
            send.finish()?;
            let told = recv.read_to_end(8).await?;
            let told: [u8; 8] = told[..].try_into().context("the server told no number")?;
            ensure!(u64::from_be_bytes(told) == mib << 20, "bytes are missing");
            connection.close(0_u32.into(), b"");
            endpoint.wait_idle().await;
            Ok(())
        })
    }
}
