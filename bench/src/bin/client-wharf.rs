//! Our client, on one thread, every option at its default.

#![forbid(unsafe_code)]

use std::fs;

use bytes::Bytes;
use http::Uri;
use wharf_bench::client::drive::{Client, Threads, run};
use wharf_bench::client::exchange;
use wharf_bench::client::order::Order;
use wharf_bench::content::Content;
use wharf_http::ClientConfig;
use wharf_tls::{ClientTls, ClientTlsOptions, Roots, Trust};

fn main() -> anyhow::Result<()> {
    let order = Order::from_args()?;
    let mut config = ClientConfig::default();
    if let Some(trusted) = &order.trusted {
        let trust = Trust::from_pem(&fs::read(trusted)?)?;
        config.tls = Some(ClientTls::new(&ClientTlsOptions {
            roots: Roots::Own(trust),
            ..ClientTlsOptions::default()
        })?);
    }
    let client = wharf_http::Client::new(config);
    run(&order, Threads::One, Wharf { client })
}

#[derive(Clone)]
struct Wharf {
    client: wharf_http::Client,
}

impl Client for Wharf {
    type Target = Uri;

    async fn get(&mut self, target: &Uri, last: bool) -> anyhow::Result<Bytes> {
        let request = exchange::get(target, last)?;
        exchange::text(self.client.send(request).await?).await
    }

    async fn download(&mut self, target: &Uri) -> anyhow::Result<u64> {
        let request = exchange::get(target, false)?;
        exchange::length(self.client.send(request).await?).await
    }

    async fn upload(&mut self, target: &Uri, content: Content) -> anyhow::Result<Bytes> {
        let request = exchange::post(target, content)?;
        exchange::text(self.client.send(request).await?).await
    }
}
