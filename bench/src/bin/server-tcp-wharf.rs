//! Wharf's accept loop, with its limits and its drain, and the same work as the others on each connection.

#![forbid(unsafe_code)]

use std::io;

use wharf_bench::connections::raise_descriptor_limit;
use wharf_bench::server::{announce, answer, run};
use wharf_net::{Bind, Drain, Listener, serve};

fn main() -> io::Result<()> {
    raise_descriptor_limit().map_err(io::Error::other)?;
    run(async {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(&address.into(), &Bind::default())
            .await
            .map_err(io::Error::other)?;
        announce(listener.local_addr());
        serve(listener, Drain::new(), |conn| async {
            let _ = answer(conn).await;
        })
        .await
        .map(drop)
    })
}
