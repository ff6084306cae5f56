//! One handshake, and what was seen of it.

use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite};
use wharf_net::{Conn, Dialer, Endpoint};
use wharf_tls::{ClientTls, ClientTlsOptions, Error, HandshakeReport, TlsInfo, TlsStream, danger};

/// How long the other side is given to end a connection. It has answered a handshake by then, so it is there.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Whom to look at.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) endpoint: Endpoint,
    /// The name that is asked for, and verified.
    pub(crate) name: String,
    dialer: Dialer,
}

/// What was seen.
#[derive(Debug)]
pub(crate) struct Look {
    /// The other end.
    pub(crate) peer: String,
    pub(crate) report: HandshakeReport,
    pub(crate) agreed: Result<TlsInfo, Error>,
    /// How long the handshake took.
    pub(crate) took: Duration,
}

impl Target {
    /// A name of its own is for servers of many names.
    pub(crate) fn new(endpoint: Endpoint, name: Option<String>) -> anyhow::Result<Self> {
        let name = match (name, &endpoint) {
            (Some(name), _) => name,
            (None, Endpoint::Host { name, .. }) => name.clone(),
            (None, Endpoint::Inet(address)) => address.ip().to_string(),
            (None, _) => anyhow::bail!("{endpoint} has no name to ask for: say one with --name"),
        };
        Ok(Self {
            endpoint,
            name,
            dialer: Dialer::default(),
        })
    }

    /// A connection, and nothing said on it.
    pub(crate) async fn dial(&self) -> anyhow::Result<Conn> {
        Ok(self.dialer.dial(&self.endpoint).await?)
    }

    /// One handshake with options of its own.
    pub(crate) async fn look(&self, options: &ClientTlsOptions) -> anyhow::Result<Look> {
        // It is a look: who it is, is verified afterwards, and no secret is told.
        let tls = danger::accept_any_certificate(options)?;
        self.look_with(&tls).await
    }

    /// The same with a client that may have sessions from before.
    pub(crate) async fn look_with(&self, tls: &ClientTls) -> anyhow::Result<Look> {
        let conn = self.dial().await?;
        let peer = conn.info().peer.to_string();
        let begun = Instant::now();
        let (connected, report) = tls.connect_reported(&self.name, conn).await;
        let took = begun.elapsed();
        let agreed = ended(connected).await;
        Ok(Look {
            peer,
            report,
            agreed,
            took,
        })
    }
}

/// Ends a connection in peace, and tells what was agreed on.
pub(crate) async fn ended<IO>(connected: Result<TlsStream<IO>, Error>) -> Result<TlsInfo, Error>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = connected?;
    // Tickets come before the end, and so does the refusal of a client certificate. How it ends says nothing of the handshake.
    let _ = stream.close(CLOSE_WITHIN).await;
    Ok(stream.info().clone())
}

impl Look {
    /// What was agreed on, in a handshake that failed as far as it got.
    pub(crate) fn info(&self) -> Option<&TlsInfo> {
        self.agreed.as_ref().ok()
    }

    /// Why it failed.
    pub(crate) fn failure(self) -> anyhow::Error {
        match self.agreed {
            Ok(_) => anyhow::anyhow!("the handshake did not fail"),
            Err(error) => error.into(),
        }
    }
}
