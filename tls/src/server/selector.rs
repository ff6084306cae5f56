//! Another server for this hello: settings that are looked up while the client waits.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::ServerTls;
use crate::hello::ClientHello;

/// Why a selector has no server for a client. The client gets the alert `unrecognized_name`.
pub type SelectError = Box<dyn std::error::Error + Send + Sync>;

pub(super) type Selecting = Pin<Box<dyn Future<Output = Result<ServerTls, SelectError>> + Send>>;

/// What [`ServerTls::with_selector`] was given.
pub(super) trait Selector: Send + Sync {
    fn select(&self, hello: ClientHello) -> Selecting;
}

impl<F, Fut> Selector for F
where
    F: Fn(ClientHello) -> Fut + Send + Sync,
    Fut: Future<Output = Result<ServerTls, SelectError>> + Send + 'static,
{
    fn select(&self, hello: ClientHello) -> Selecting {
        Box::pin(self(hello))
    }
}

impl ServerTls {
    /// A handle that asks `select` before each handshake which server to be for this client, by anything in its hello: to
    /// fetch a certificate from elsewhere, or to have other client authentication for another name.
    ///
    /// The time that it takes is part of the handshake's deadline, and the future is dropped when that has come. The
    /// server that it names performs the handshake, with its own options, counts and bounds; a selector of that one is not
    /// asked. The protocols of this handle, if it has its own, are offered.
    ///
    /// ```
    /// # use wharf_tls::{ClientHello, ServerTls};
    /// # async fn lookup(name: Option<String>) -> Result<ServerTls, std::io::Error> { unimplemented!() }
    /// # fn example(tls: ServerTls) {
    /// let tls = tls.with_selector(|hello: ClientHello| async move {
    ///     Ok(lookup(hello.server_name).await?)
    /// });
    /// # }
    /// ```
    #[must_use]
    pub fn with_selector<F, Fut>(&self, select: F) -> Self
    where
        F: Fn(ClientHello) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Self, SelectError>> + Send + 'static,
    {
        Self {
            selector: Some(Arc::new(select)),
            ..self.clone()
        }
    }
}

impl fmt::Debug for dyn Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Selector")
    }
}
