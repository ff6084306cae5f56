use std::fmt;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::ContentCodingError;
use super::stage::{Codec, Progress};

type State = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// br ([RFC 7932]).
///
/// [RFC 7932]: https://www.rfc-editor.org/rfc/rfc7932
pub(super) struct Brotli {
    state: Box<State>,
    is_complete: bool,
}

impl Brotli {
    pub(super) fn new() -> Self {
        // Strict: not the larger windows that came after the RFC, up to 1 GiB.
        let state = State::new_strict(
            StandardAlloc::default(),
            StandardAlloc::default(),
            StandardAlloc::default(),
        );
        Self {
            state: Box::new(state),
            is_complete: false,
        }
    }
}

impl Codec for Brotli {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Progress, ContentCodingError> {
        let coding = self.name();
        let mut progress = Progress {
            read: 0,
            written: 0,
        };
        if self.is_complete {
            return match input {
                [] => Ok(progress),
                _ => Err(ContentCodingError::Trailing { coding }),
            };
        }
        let result = BrotliDecompressStream(
            &mut input.len(),
            &mut progress.read,
            input,
            &mut output.len(),
            &mut progress.written,
            output,
            &mut 0,
            &mut self.state,
        );
        match result {
            BrotliResult::ResultFailure => return Err(ContentCodingError::Corrupt { coding }),
            BrotliResult::ResultSuccess => self.is_complete = true,
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
        }
        Ok(progress)
    }

    fn is_complete(&self) -> bool {
        self.is_complete
    }

    fn name(&self) -> &'static str {
        "br"
    }
}

impl fmt::Debug for Brotli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Brotli")
            .field("is_complete", &self.is_complete)
            .finish_non_exhaustive()
    }
}
