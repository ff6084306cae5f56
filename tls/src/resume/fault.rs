use super::keys::TICKET_KEYS_MAX;

/// Why ticket keys are refused when they are loaded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ResumeFault {
    #[error("a ticket key has 48 or 80 bytes, not {length}")]
    KeyLength { length: usize },
    #[error("the ticket key is not random: all its bytes are the same")]
    KeyNotRandom,
    #[error("there is no ticket key")]
    NoKey,
    #[error("there are more than {TICKET_KEYS_MAX} ticket keys")]
    TooManyKeys,
}

impl ResumeFault {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::KeyLength { .. } | Self::KeyNotRandom => {
                Some("make one with `openssl rand 80 > ticket.key`")
            }
            Self::NoKey | Self::TooManyKeys => None,
        }
    }
}
