//! Wharf, one thread, every limit and deadline at its default.

#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::io;

use wharf_bench::server::{announce, hello, run};
use wharf_http::{Incoming, Server, service_fn};
use wharf_net::{Bind, Drain, Listener};

fn main() -> io::Result<()> {
    run(async {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(&address.into(), &Bind::default())
            .await
            .map_err(io::Error::other)?;
        announce(listener.local_addr());
        let app = service_fn(|_: http::Request<Incoming>| async { Ok::<_, Infallible>(hello()) });
        Server::new(app)
            .serve(listener, Drain::new())
            .await
            .map(drop)
    })
}
