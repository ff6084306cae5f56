//! hyper on tokio-rustls with rustls's `Ticketer`: sessions are kept by the client, in tickets.

#![forbid(unsafe_code)]

fn main() -> anyhow::Result<()> {
    let ticketer = rustls::crypto::aws_lc_rs::Ticketer::new()?;
    wharf_bench::tls::hyper::serve(Some(ticketer))
}
