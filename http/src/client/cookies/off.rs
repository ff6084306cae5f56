//! What a request takes along without the feature `cookies`: nothing but its fields.

use std::marker::PhantomData;

use http::{HeaderMap, Uri, request};

use super::ClientConfig;

pub(super) struct Carried<'a>(PhantomData<&'a ClientConfig>);

impl<'a> Carried<'a> {
    pub(super) fn by(_: &'a ClientConfig, _: &HeaderMap) -> Self {
        Self(PhantomData)
    }

    pub(super) fn fill(&self, _: &mut request::Parts) {}

    pub(super) fn store(&self, _: &Uri, _: &HeaderMap) {}

    pub(super) fn leave(self) -> Self {
        self
    }
}
