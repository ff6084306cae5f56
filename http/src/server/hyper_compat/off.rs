//! Nothing, without the feature `hyper-compat`.

use http::{Request, Response};

/// It does not exist.
pub(in crate::server) enum Bridge {}

impl Bridge {
    pub(in crate::server) async fn offer<B>(_: &mut Request<B>) -> Option<Self> {
        None
    }

    pub(in crate::server) fn join_behind<B>(self, _: &mut Response<B>) {
        match self {}
    }
}
