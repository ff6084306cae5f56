//! hyper-util's client with a pool, over tokio, on one thread; over TLS through hyper-rustls.

#![forbid(unsafe_code)]

use bytes::Bytes;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::TokioExecutor;
use wharf_bench::client::drive::{Client, Threads, run};
use wharf_bench::client::order::Order;
use wharf_bench::client::{exchange, trust};
use wharf_bench::content::Content;

fn main() -> anyhow::Result<()> {
    let order = Order::from_args()?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    match &order.trusted {
        None => run(&order, Threads::One, HyperUtil::new(connector)),
        Some(trusted) => {
            connector.enforce_http(false);
            let connector: HttpsConnector<_> = HttpsConnectorBuilder::new()
                .with_tls_config(trust::config(trusted)?)
                .https_only()
                .enable_http1()
                .wrap_connector(connector);
            run(&order, Threads::One, HyperUtil::new(connector))
        }
    }
}

#[derive(Clone)]
struct HyperUtil<C> {
    client: legacy::Client<C, Content>,
}

impl<C: Connect + Clone> HyperUtil<C> {
    fn new(connector: C) -> Self {
        let client = legacy::Client::builder(TokioExecutor::new()).build(connector);
        Self { client }
    }
}

impl<C> Client for HyperUtil<C>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    type Target = Uri;

    async fn get(&mut self, target: &Uri, last: bool) -> anyhow::Result<Bytes> {
        let request = exchange::get(target, last)?;
        exchange::text(self.client.request(request).await?).await
    }

    async fn download(&mut self, target: &Uri) -> anyhow::Result<u64> {
        let request = exchange::get(target, false)?;
        exchange::length(self.client.request(request).await?).await
    }

    async fn upload(&mut self, target: &Uri, content: Content) -> anyhow::Result<Bytes> {
        let request = exchange::post(target, content)?;
        exchange::text(self.client.request(request).await?).await
    }
}
