//! The automaton: every transition of a connection, and nothing else.
//!
//! A connection has two halves, what is received and what is sent, and each goes through the same states. Which half of
//! which role may go first is for [`Conn`](super::Conn) and [`ClientConn`](super::ClientConn) to say; the halves do not
//! know their role.

/// Where one half is within the current exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// Before the head.
    Idle,
    /// Behind the head, before the end of the body.
    Body,
    /// Behind the end of the message.
    Done,
    /// A rule was broken: nothing that follows can be understood.
    Failed,
    /// What follows is another protocol.
    Switched,
}

/// What happens to one half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The head of an informational response.
    Informational,
    /// The head of a request or of a final response.
    Head,
    /// Content.
    Data,
    /// The end of the message.
    End,
    /// Both halves are done and the connection persists: the next exchange.
    Next,
    /// The head of a response that ends HTTP on the connection.
    Switch,
    /// The head has not left yet and is taken back.
    Withdraw,
    /// A rule was broken.
    Fail,
}

impl Half {
    /// The state after `event`; `None` if it is out of turn.
    pub(super) fn after(self, event: Event) -> Option<Self> {
        match (self, event) {
            (Self::Idle, Event::Informational) => Some(Self::Idle),
            (Self::Idle, Event::Head) => Some(Self::Body),
            (Self::Body, Event::Data) => Some(Self::Body),
            (Self::Body, Event::End) => Some(Self::Done),
            (Self::Done, Event::Next) => Some(Self::Idle),
            (Self::Idle, Event::Switch) => Some(Self::Switched),
            (Self::Body, Event::Withdraw) => Some(Self::Idle),
            (_, Event::Fail) => Some(Self::Failed),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_state_and_event_is_decided() {
        use Half::{Body, Done, Failed, Idle, Switched};
        let events = [
            Event::Informational,
            Event::Head,
            Event::Data,
            Event::End,
            Event::Next,
            Event::Withdraw,
            Event::Switch,
            Event::Fail,
        ];
        let table = [
            (
                Idle,
                [
                    Some(Idle),
                    Some(Body),
                    None,
                    None,
                    None,
                    None,
                    Some(Switched),
                    Some(Failed),
                ],
            ),
            (
                Body,
                [
                    None,
                    None,
                    Some(Body),
                    Some(Done),
                    None,
                    Some(Idle),
                    None,
                    Some(Failed),
                ],
            ),
            (
                Done,
                [None, None, None, None, Some(Idle), None, None, Some(Failed)],
            ),
            (
                Failed,
                [None, None, None, None, None, None, None, Some(Failed)],
            ),
            (
                Switched,
                [None, None, None, None, None, None, None, Some(Failed)],
            ),
        ];
        for (state, row) in table {
            for (event, expected) in events.into_iter().zip(row) {
                assert_eq!(state.after(event), expected, "{state:?} {event:?}");
            }
        }
    }
}
