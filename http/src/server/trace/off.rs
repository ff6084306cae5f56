//! Nothing, without the feature `tracing`.

use http::{Request, StatusCode};
use wharf_net::ConnInfo;

use crate::CloseReason;
use crate::h1::ProtocolError;

#[derive(Clone, Debug)]
pub(in crate::server) struct ConnectionSpan;

#[derive(Debug)]
pub(in crate::server) struct RequestSpan;

impl ConnectionSpan {
    pub(in crate::server) fn new(_: Option<&ConnInfo>) -> Self {
        Self
    }

    pub(in crate::server) fn request<B>(&self, _: &Request<B>) -> RequestSpan {
        RequestSpan
    }

    pub(in crate::server) fn refused(&self, _: &ProtocolError) {}

    pub(in crate::server) fn closed(&self, _: &CloseReason) {}
}

impl RequestSpan {
    pub(in crate::server) fn none() -> Self {
        Self
    }

    pub(in crate::server) fn within<T>(&self, act: impl FnOnce() -> T) -> T {
        act()
    }

    pub(in crate::server) fn answered(&self, _: StatusCode) {}
}
