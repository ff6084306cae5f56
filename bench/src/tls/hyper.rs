//! hyper on tokio-rustls, as the documentation of both sets it up.

use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ProducesTickets;
use tokio_rustls::TlsAcceptor;

use super::files::read_pair;
use super::service::{Site, answer};
use crate::connections::raise_descriptor_limit;
use crate::server::{accept_all, run};

/// Runs the server. Without a ticketer rustls keeps 256 sessions itself, and its tickets are their names.
pub fn serve(ticketer: Option<Arc<dyn ProducesTickets>>) -> anyhow::Result<()> {
    raise_descriptor_limit()?;
    let Site { folder, bulk_bytes } = Site::from_args()?;
    let (chain, key) = read_pair(&folder)?;
    let chain = CertificateDer::pem_slice_iter(&chain).collect::<Result<_, _>>()?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_slice(&key)?)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if let Some(ticketer) = ticketer {
        config.ticketer = ticketer;
    }
    let acceptor = TlsAcceptor::from(Arc::new(config));
    run(async {
        accept_all(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                // A client that goes away is how every run of the load ends.
                let _ = http1::Builder::new()
                    .serve_connection(
                        TokioIo::new(stream),
                        service_fn(|request| answer(request, bulk_bytes)),
                    )
                    .await;
            }
        })
        .await?;
        Ok(())
    })
}
