//! Cookies, with the feature `cookies`.
//!
//! | file | what it holds |
//! |---|---|
//! | `jar.rs` | `CookieJar` |
//! | `file.rs` | the lines in which a jar is saved |
//! | `on.rs`, `off.rs` | what a request takes along, with the feature and without |

mod file;
mod jar;

use http::header::{COOKIE, HeaderMap, HeaderValue};
use http::{Uri, request};

pub use jar::{CookieJar, CookieOptions};

use super::ClientConfig;

/// What a request takes along, from origin to origin.
pub(super) struct Carried<'a> {
    jar: Option<&'a CookieJar>,
    /// What the caller wrote by hand.
    own: Vec<HeaderValue>,
}

impl<'a> Carried<'a> {
    pub(super) fn by(config: &'a ClientConfig, fields: &HeaderMap) -> Self {
        let jar = config.cookies.as_ref();
        let own = fields.get_all(COOKIE).into_iter().cloned();
        Self {
            own: own.filter(|_| jar.is_some()).collect(),
            jar,
        }
    }

    /// Puts the cookies for the URI of a request into its fields.
    pub(super) fn fill(&self, head: &mut request::Parts) {
        let Some(jar) = self.jar else { return };
        // Those of another URI may be there.
        head.headers.remove(COOKIE);
        for own in &self.own {
            head.headers.append(COOKIE, own.clone());
        }
        jar.fill(&head.uri, &mut head.headers);
    }

    /// Keeps what a response sets.
    pub(super) fn store(&self, uri: &Uri, fields: &HeaderMap) {
        if let Some(jar) = self.jar {
            jar.store(uri, fields);
        }
    }

    /// The next request is for another origin, which what was written by hand is not for.
    pub(super) fn leave(self) -> Self {
        Self {
            own: Vec::new(),
            ..self
        }
    }
}
