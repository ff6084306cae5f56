//! The transcript: all handshake messages so far, without the records around them ([RFC 8446 §4.4.1]).
//!
//! [RFC 8446 §4.4.1]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.1

use aws_lc_rs::digest;

use super::Suite;

/// The type of the message that stands for the first ClientHello, once there is a second.
const MESSAGE_HASH: u8 = 254;

/// Messages, and their hash once the server has said which.
pub(super) enum Transcript {
    /// The hash is not known yet.
    Messages(Vec<u8>),
    Hash(digest::Context),
}

impl Default for Transcript {
    fn default() -> Self {
        Self::Messages(Vec::new())
    }
}

impl Transcript {
    pub(super) fn add(&mut self, message: &[u8]) {
        match self {
            Self::Messages(messages) => messages.extend_from_slice(message),
            Self::Hash(context) => context.update(message),
        }
    }

    /// Puts a hash in place of the first ClientHello, so that a server need not remember it between the two.
    pub(super) fn retry(&mut self, suite: Suite) {
        let first = self.hash(suite);
        let length = u8::try_from(first.len()).unwrap_or(u8::MAX);
        *self = Self::default();
        self.add(&[MESSAGE_HASH, 0, 0, length]);
        self.add(&first);
    }

    pub(super) fn hash(&mut self, suite: Suite) -> Vec<u8> {
        if let Self::Messages(messages) = self {
            let mut context = digest::Context::new(suite.digest());
            context.update(messages);
            *self = Self::Hash(context);
        }
        match self {
            Self::Hash(context) => context.clone().finish().as_ref().to_vec(),
            Self::Messages(_) => Vec::new(),
        }
    }
}
