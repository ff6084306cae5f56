use std::ops::Range;

use crate::ui::page::Fact;

/// What happens between two or more, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lifelines {
    /// Who takes part, from left to right. At most three have a place.
    pub(crate) lanes: Vec<Lane>,
    /// What happens.
    pub(crate) events: Vec<Event>,
}

/// One who takes part.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) name: String,
    /// What is known of it: an address, a program.
    pub(crate) detail: String,
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A heading: another part of the protocol begins.
    Phase(String),
    Message(Box<Message>),
    Step(Step),
}

/// What is sent from one lane to another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    /// The lane that sends it.
    pub(crate) from: usize,
    /// The lane that it is for.
    pub(crate) to: usize,
    /// When, if that is known.
    pub(crate) at: String,
    pub(crate) title: String,
    /// What it says, in a line.
    pub(crate) summary: String,
    /// Why there is such a message.
    pub(crate) why: String,
    /// Whether nobody on the way can read it.
    pub(crate) is_sealed: bool,
    pub(crate) marks: Vec<Mark>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) bytes: Vec<u8>,
    /// What the bytes are. Where there is none, they are shown without words.
    pub(crate) annotations: Vec<Annotation>,
}

/// Something that those who take part do for themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    /// Who does it; everybody if it is empty.
    pub(crate) lanes: Vec<usize>,
    pub(crate) title: String,
    pub(crate) why: String,
    pub(crate) marks: Vec<Mark>,
    /// Names and values.
    pub(crate) values: Vec<(String, String)>,
}

/// A verdict beside a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Good(String),
    Bad(String),
    Plain(String),
}

impl Mark {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Good(text) | Self::Bad(text) | Self::Plain(text) => text,
        }
    }
}

/// What some of the bytes are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Annotation {
    pub(crate) range: Range<usize>,
    /// How deep it stands within others, from 0.
    pub(crate) depth: usize,
    pub(crate) name: String,
    /// What it means; empty for bytes that mean nothing by themselves.
    pub(crate) value: String,
}
