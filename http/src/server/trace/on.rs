//! Spans and events of the `tracing` crate, with the feature `tracing`.

use http::{Request, StatusCode};
use tracing::field::Empty;
use tracing::{Span, debug, debug_span, info_span};
use wharf_net::ConnInfo;

use crate::CloseReason;
use crate::h1::ProtocolError;

/// `http.connection`, with the number and the peer of the connection.
#[derive(Clone, Debug)]
pub(in crate::server) struct ConnectionSpan(Span);

/// `http.request`, within it, with method, path and version; and the status, once there is one.
#[derive(Debug)]
pub(in crate::server) struct RequestSpan(Span);

impl ConnectionSpan {
    pub(in crate::server) fn new(info: Option<&ConnInfo>) -> Self {
        let span = debug_span!("http.connection", id = Empty, peer = Empty);
        if let Some(info) = info {
            span.record("id", info.id);
            span.record("peer", tracing::field::display(&info.peer));
        }
        Self(span)
    }

    /// The query is left out: it is where secrets are put.
    pub(in crate::server) fn request<B>(&self, request: &Request<B>) -> RequestSpan {
        RequestSpan(info_span!(
            parent: &self.0,
            "http.request",
            method = %request.method(),
            path = request.uri().path(),
            version = ?request.version(),
            status = Empty,
        ))
    }

    pub(in crate::server) fn refused(&self, error: &ProtocolError) {
        debug!(parent: &self.0, rule = error.name(), "refused: {error}");
    }

    pub(in crate::server) fn closed(&self, reason: &CloseReason) {
        debug!(parent: &self.0, reason = reason.name(), "closed");
    }
}

impl RequestSpan {
    /// That of no request.
    pub(in crate::server) fn none() -> Self {
        Self(Span::none())
    }

    /// Does something in the name of the request.
    pub(in crate::server) fn within<T>(&self, act: impl FnOnce() -> T) -> T {
        self.0.in_scope(act)
    }

    pub(in crate::server) fn answered(&self, status: StatusCode) {
        self.0.record("status", status.as_u16());
    }
}
