//! Another server for this hello: settings that are looked up while the client waits.

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
    /// server that it names performs the handshake, by its own settings but for three things that are under way by then:
    /// the deadline, the bound on handshakes and the counts are those of this handle. So are the protocols offered, if it
    /// has its own. A selector of the other server is not asked.
    ///
    /// ```
    /// # use wharf_tls::{ClientHello, ServerTls};
    /// # async fn lookup(name: Option<String>) -> Result<ServerTls, std::io::Error> { Err(std::io::ErrorKind::NotFound.into()) }
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
