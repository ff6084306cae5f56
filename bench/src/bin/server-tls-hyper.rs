//! hyper on tokio-rustls with rustls's defaults: sessions are kept by the server.

#![forbid(unsafe_code)]

fn main() -> anyhow::Result<()> {
    wharf_bench::tls::hyper::serve(None)
}
