use std::fmt;

use zstd_safe::{DCtx, DParameter, ErrorCode, InBuffer, OutBuffer};

use super::ContentCodingError;
use super::stage::{Codec, Progress};

/// zstd ([RFC 8878]): frames one behind the other.
///
/// [RFC 8878]: https://www.rfc-editor.org/rfc/rfc8878
pub(super) struct Zstd {
    context: DCtx<'static>,
    /// How much of the frame was read, up to [`HEAD_BYTES_MAX`].
    head_bytes: usize,
    /// The last frame was read to its end, and all of it was handed out.
    is_complete: bool,
}

/// The longest Frame_Header with the magic number before it ([RFC 8878 §3.1.1]).
///
/// These bytes are read one by one. If libzstd is given a whole frame that fits into the output, it does without the window
/// and does not look at its size, so it would depend on the cuts between pieces whether a frame is refused.
///
/// [RFC 8878 §3.1.1]: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
const HEAD_BYTES_MAX: usize = 18;

/// The base-two logarithm of the largest window: 8 MiB, the most that [RFC 9659] allows as a content coding.
///
/// [RFC 9659]: https://www.rfc-editor.org/rfc/rfc9659
const WINDOW_LOG_MAX: u32 = 23;

/// libzstd's `ZSTD_error_frameParameter_windowTooLarge`; a result is its negative.
const WINDOW_TOO_LARGE: ErrorCode = ErrorCode::wrapping_neg(16);

impl Zstd {
    pub(super) fn new() -> Self {
        let mut context = DCtx::create();
        context
            .set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))
            .expect("libzstd takes 10 to 31 before a frame has begun");
        Self {
            context,
            head_bytes: 0,
            is_complete: false,
        }
    }

    fn error(&self, code: ErrorCode) -> ContentCodingError {
        let coding = self.name();
        match code {
            WINDOW_TOO_LARGE => ContentCodingError::WindowTooLarge { coding },
            _ if self.is_complete => ContentCodingError::Trailing { coding },
            _ => ContentCodingError::Corrupt { coding },
        }
    }
}

impl Codec for Zstd {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Progress, ContentCodingError> {
        let input = match input {
            [first, ..] if self.head_bytes < HEAD_BYTES_MAX => std::slice::from_ref(first),
            _ => input,
        };
        let mut source = InBuffer::around(input);
        let mut target = OutBuffer::around(output);
        // Between two frames libzstd would take any call for the beginning of the next.
        if !(self.is_complete && input.is_empty()) {
            let result = self.context.decompress_stream(&mut target, &mut source);
            let left = result.map_err(|code| self.error(code))?;
            self.is_complete = left == 0;
            self.head_bytes = match left {
                0 => 0,
                _ => HEAD_BYTES_MAX.min(self.head_bytes + source.pos()),
            };
        }
        Ok(Progress {
            read: source.pos(),
            written: target.pos(),
        })
    }

    fn is_complete(&self) -> bool {
        self.is_complete
    }

    fn name(&self) -> &'static str {
        "zstd"
    }
}

impl fmt::Debug for Zstd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zstd")
            .field("is_complete", &self.is_complete)
            .finish_non_exhaustive()
    }
}
