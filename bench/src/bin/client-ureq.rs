//! ureq: every call blocks its thread.

#![forbid(unsafe_code)]

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use http::Uri;
use http::header::{CONNECTION, CONTENT_LENGTH};
use http_body::Body as _;
use rustls::crypto::aws_lc_rs;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, SendBody};
use wharf_bench::client::drive::{Client, Threads, run};
use wharf_bench::client::exchange::is_ok;
use wharf_bench::client::order::Order;
use wharf_bench::content::{Content, Zeros};
use wharf_bench::transfer::READ_BYTES;

/// As many as a scenario has tasks; its default is 3.
const IDLE_MAX: usize = 64;

fn main() -> anyhow::Result<()> {
    let order = Order::from_args()?;
    let mut builder = Agent::config_builder()
        .proxy(None)
        .max_idle_connections(IDLE_MAX)
        .max_idle_connections_per_host(IDLE_MAX);
    if let Some(trusted) = &order.trusted {
        builder = builder.tls_config(tls(trusted)?);
    }
    let client = Ureq {
        agent: builder.build().new_agent(),
    };
    run(&order, Threads::Each, client)
}

fn tls(trusted: &Path) -> anyhow::Result<TlsConfig> {
    let root = Certificate::from_pem(&std::fs::read(trusted)?)?;
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&[root]))
        // No promise of its to keep this, but the only way to a provider other than the process's.
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .build())
}

#[derive(Clone)]
struct Ureq {
    agent: Agent,
}

impl Client for Ureq {
    type Target = Uri;

    async fn get(&mut self, target: &Uri, last: bool) -> anyhow::Result<Bytes> {
        let mut request = self.agent.get(target);
        if last {
            request = request.header(CONNECTION, "close");
        }
        let mut response = request.call()?;
        is_ok(response.status())?;
        Ok(response.body_mut().read_to_vec()?.into())
    }

    async fn download(&mut self, target: &Uri) -> anyhow::Result<u64> {
        let response = self.agent.get(target).call()?;
        is_ok(response.status())?;
        let mut reader = response.into_body().into_reader();
        let mut buffer = vec![0; READ_BYTES];
        let mut bytes = 0;
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(bytes),
                read => bytes += read as u64,
            }
        }
    }

    async fn upload(&mut self, target: &Uri, content: Content) -> anyhow::Result<Bytes> {
        let mut request = self.agent.post(target);
        if let Some(length) = content.size_hint().exact() {
            request = request.header(CONTENT_LENGTH, length);
        }
        let zeros = match content {
            Content::Sized(zeros) | Content::Unsized(zeros) => zeros,
            Content::Text(_) => return None.context("a text is no upload"),
        };
        let reader = Pieces { zeros, piece: &[] };
        let mut response = request.send(SendBody::from_owned_reader(reader))?;
        is_ok(response.status())?;
        Ok(response.body_mut().read_to_vec()?.into())
    }
}

/// Zeros for those who read.
struct Pieces {
    zeros: Zeros,
    piece: &'static [u8],
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() {
            self.piece = self.zeros.next().unwrap_or_default();
        }
        self.piece.read(buffer)
    }
}
