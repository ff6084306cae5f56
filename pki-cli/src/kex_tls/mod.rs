//! A real TLS 1.3 handshake, watched: what was on the wire, what it means, and whether it holds when computed again.
//!
//! | file | what it holds |
//! |---|---|
//! | `wire.rs` | a stream that records |
//! | `watch.rs` | the handshake, and all that was seen of it |
//! | `values.rs` | numbers as names |
//! | `words.rs` | each message in words: what it says, and why there is one |
//! | `keys.rs` | the key schedule in words, secrets hidden or not |
//! | `story.rs` | all of it in order, as lifelines |
//! | `text.rs`, `page.rs`, `json.rs` | the story for a terminal, for a browser, for programs |

pub(crate) mod json;
mod keys;
pub(crate) mod page;
mod story;
pub(crate) mod text;
mod values;
mod watch;
mod wire;
mod words;

pub(crate) use keys::Reveal;
pub(crate) use story::Story;
pub(crate) use watch::{Watched, watch};
