//! Wharf over TLS with the site of `http`, one thread, for the clients of `client`. It can be told to resume no session,
//! and tells each client whether one was.

#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::path::Path;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use wharf_bench::client::scenarios::{FULL, HANDSHAKE_PATH, RESUMED};
use wharf_bench::client::start::{NO_TICKETS, TICKETS};
use wharf_bench::connections::raise_descriptor_limit;
use wharf_bench::content::Content;
use wharf_bench::server::{announce, run};
use wharf_bench::tls::files::read_pair;
use wharf_bench::web::service;
use wharf_bench::web::wharf::config;
use wharf_http::{Incoming, Server, TlsInfo, service_fn};
use wharf_net::{Bind, Drain, Listener};
use wharf_tls::{Identity, Resumption, ServerTls, ServerTlsOptions};

fn main() -> anyhow::Result<()> {
    raise_descriptor_limit()?;
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, tickets] = &args[..] else {
        anyhow::bail!("a folder is needed, and {TICKETS} or {NO_TICKETS}");
    };
    let mut options = ServerTlsOptions::default();
    match &**tickets {
        TICKETS => {}
        NO_TICKETS => options.resumption = Resumption::Off,
        other => anyhow::bail!("{other} is neither {TICKETS} nor {NO_TICKETS}"),
    }
    let (chain, key) = read_pair(Path::new(folder))?;
    let tls = ServerTls::new(Identity::from_pem(&chain, &key)?, &options)?;
    run(async {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(&address.into(), &Bind::default()).await?;
        announce(listener.local_addr());
        let server = Server::new(service_fn(answer)).config(config()).tls(tls);
        server.serve(listener, Drain::new()).await?;
        Ok(())
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Content>, Infallible> {
    if request.uri().path() != HANDSHAKE_PATH {
        return service::answer(request).await;
    }
    let handshake = match request.extensions().get::<TlsInfo>() {
        Some(tls) if tls.resumed => RESUMED,
        _ => FULL,
    };
    Ok(Content::Text(Bytes::from_static(handshake.as_bytes())).response(StatusCode::OK))
}
