//! Wharf over TLS, one thread, every option at its default but these: idle connections and request heads have an hour,
//! content no bound.

#![forbid(unsafe_code)]

use wharf_bench::connections::raise_descriptor_limit;
use wharf_bench::server::{announce, run};
use wharf_bench::tls::files::read_pair;
use wharf_bench::tls::service::{Site, answer};
use wharf_bench::web::wharf::config;
use wharf_http::{Incoming, Server, service_fn};
use wharf_net::{Bind, Drain, Listener};
use wharf_tls::{Identity, ServerTls, ServerTlsOptions};

fn main() -> anyhow::Result<()> {
    raise_descriptor_limit()?;
    let Site { folder, bulk_bytes } = Site::from_args()?;
    let (chain, key) = read_pair(&folder)?;
    let identity = Identity::from_pem(&chain, &key)?;
    let tls = ServerTls::new(identity, &ServerTlsOptions::default())?;
    run(async {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(&address.into(), &Bind::default()).await?;
        announce(listener.local_addr());
        let app = service_fn(move |request: http::Request<Incoming>| answer(request, bulk_bytes));
        let server = Server::new(app).config(config()).tls(tls);
        server.serve(listener, Drain::new()).await?;
        Ok(())
    })
}
