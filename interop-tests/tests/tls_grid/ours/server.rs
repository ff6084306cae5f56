use std::fs;
use std::net::Ipv4Addr;

use tokio::net::TcpListener;
use wharf_interop_tests::tls::{Ask, ClientAuth, Resumption};
use wharf_tls::{ServerTls, ServerTlsOptions, TlsVersions, Trust};

use super::{Ours, Talk, alpn, answer, identity};

/// Our server, listening.
pub(crate) struct OurServer {
    listener: TcpListener,
    tls: ServerTls,
    ask: Ask,
    talk: Talk,
}

impl OurServer {
    pub(crate) async fn bind(ask: &Ask, versions: TlsVersions, talk: Talk) -> Self {
        let pair = ask.identity.as_ref().expect("a server has an identity");
        let options = ServerTlsOptions {
            alpn: alpn(ask),
            versions,
            client_auth: client_auth(ask),
            resumption: match ask.resumption {
                Resumption::Ticket => wharf_tls::Resumption::default(),
                Resumption::Stateful => wharf_tls::Resumption::sessions(),
            },
            ..ServerTlsOptions::default()
        };
        Self {
            listener: TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap(),
            tls: ServerTls::new(identity(pair), &options).unwrap(),
            ask: ask.clone(),
            talk,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    /// Serves one connection.
    pub(crate) async fn serve(&self) -> Ours {
        let (tcp, _) = self.listener.accept().await.unwrap();
        tcp.set_nodelay(true).unwrap();
        let mut ours = Ours::default();
        match self.tls.accept(tcp).await {
            Ok(mut stream) => {
                ours.info = Some(stream.info().clone());
                if self.ask.key_update
                    && let Err(error) = stream.request_key_update().await
                {
                    ours.fail(&error);
                    return ours;
                }
                if let Err(error) = answer(stream, &self.ask, self.talk, &mut ours).await {
                    ours.fail(&error);
                }
            }
            Err(failed) => ours.fail(&failed.error),
        }
        ours
    }
}

fn client_auth(ask: &Ask) -> wharf_tls::ClientAuth {
    let trust = || {
        let pem = fs::read(ask.trust.as_ref().expect("whom to trust")).unwrap();
        Trust::from_pem(&pem).unwrap()
    };
    match ask.client_auth {
        ClientAuth::Off => wharf_tls::ClientAuth::Off,
        ClientAuth::Optional => wharf_tls::ClientAuth::Optional(trust()),
        ClientAuth::Required => wharf_tls::ClientAuth::Required(trust()),
    }
}
