use std::fs;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use wharf_interop_tests::tls::{Ask, Dial};
use wharf_tls::{ClientTls, ClientTlsOptions, Roots, TlsVersions, Trust};

use super::{Ours, alpn, close, identity, receive, send};

/// Our client. Its connections share their sessions.
pub(crate) struct OurClient {
    tls: ClientTls,
    ask: Ask,
}

impl OurClient {
    pub(crate) fn new(ask: &Ask, versions: TlsVersions) -> Self {
        let trust = ask.trust.as_ref().expect("a client has a trust anchor");
        let trust = Trust::from_pem(&fs::read(trust).unwrap()).unwrap();
        let options = ClientTlsOptions {
            roots: Roots::Own(trust),
            identity: ask.identity.as_ref().map(identity),
            alpn: alpn(ask),
            versions,
            ..ClientTlsOptions::default()
        };
        Self {
            tls: ClientTls::new(&options).unwrap(),
            ask: ask.clone(),
        }
    }

    /// Makes one connection.
    pub(crate) async fn connect(&self, dial: &Dial) -> Ours {
        let mut ours = Ours::default();
        // On a loopback this does not wait.
        let tcp = dial().unwrap();
        tcp.set_nonblocking(true).unwrap();
        let tcp = TcpStream::from_std(tcp).unwrap();
        tcp.set_nodelay(true).unwrap();
        match self.tls.connect(self.ask.name, tcp).await {
            Ok(mut stream) => {
                ours.info = Some(stream.info().clone());
                if self.ask.key_update
                    && let Err(error) = stream.request_key_update().await
                {
                    ours.fail(&error);
                    return ours;
                }
                if let Err(error) = ask_for(stream, &self.ask, &mut ours).await {
                    ours.fail(&error);
                }
            }
            Err(error) => ours.fail(&error),
        }
        ours
    }
}

async fn ask_for<IO: AsyncRead + AsyncWrite + Unpin>(
    mut stream: IO,
    ask: &Ask,
    ours: &mut Ours,
) -> io::Result<()> {
    send(&mut stream, ask).await?;
    if receive(&mut stream, ask, ours).await? == 0 {
        return Err(io::Error::other("it closed without an answer"));
    }
    close(&mut stream, ask, ours).await
}
