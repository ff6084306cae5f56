//! reqwest on one thread, HTTP/1.1 only.

#![forbid(unsafe_code)]

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH};
use http_body::Body as _;
use reqwest::{Body, Url};
use wharf_bench::client::drive::{Client, Threads, run};
use wharf_bench::client::exchange::is_ok;
use wharf_bench::client::order::Order;
use wharf_bench::client::trust;
use wharf_bench::content::Content;

fn main() -> anyhow::Result<()> {
    let order = Order::from_args()?;
    let mut builder = reqwest::Client::builder().http1_only().no_proxy();
    if let Some(trusted) = &order.trusted {
        builder = builder.tls_backend_preconfigured(trust::config(trusted)?);
    }
    let client = Reqwest {
        client: builder.build()?,
    };
    run(&order, Threads::One, client)
}

#[derive(Clone)]
struct Reqwest {
    client: reqwest::Client,
}

impl Client for Reqwest {
    type Target = Url;

    async fn get(&mut self, target: &Url, last: bool) -> anyhow::Result<Bytes> {
        let mut request = self.client.get(target.clone());
        if last {
            request = request.header(CONNECTION, "close");
        }
        let response = request.send().await?;
        is_ok(response.status())?;
        Ok(response.bytes().await?)
    }

    async fn download(&mut self, target: &Url) -> anyhow::Result<u64> {
        let mut response = self.client.get(target.clone()).send().await?;
        is_ok(response.status())?;
        let mut bytes = 0;
        while let Some(piece) = response.chunk().await? {
            bytes += piece.len() as u64;
        }
        Ok(bytes)
    }

    async fn upload(&mut self, target: &Url, content: Content) -> anyhow::Result<Bytes> {
        let mut request = self.client.post(target.clone());
        // A body that it has wrapped does not tell its length.
        if let Some(length) = content.size_hint().exact() {
            request = request.header(CONTENT_LENGTH, length);
        }
        let response = request.body(Body::wrap(content)).send().await?;
        is_ok(response.status())?;
        Ok(response.bytes().await?)
    }
}
