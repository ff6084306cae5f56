//! A protocol as a picture: who takes part stands at the top, time goes down, and each message is an arrow that opens to its
//! bytes. It knows no protocol, and no coordinates: the browser lays it out.
//!
//! | file | what it holds |
//! |---|---|
//! | `model.rs` | [`Lifelines`]: lanes, and what happens between them |
//! | `html.rs` | the picture |
//! | `text.rs` | the same for a terminal |
//! | `hex.rs` | bytes, annotated |
//! | `style.css` | how it looks: light, dark, small, on paper |

mod hex;
mod html;
mod model;
mod text;

use hex::rows;
pub(crate) use html::draw;
pub(crate) use model::{Annotation, Event, Lane, Lifelines, Mark, Message, Step};
pub(crate) use text::{Bytes, tell};
