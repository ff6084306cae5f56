use flate2::{Decompress, FlushDecompress, Status};

use super::ContentCodingError;
use super::stage::{Codec, Progress};

/// gzip, and deflate in both of its forms.
#[derive(Debug)]
pub(super) struct Inflate {
    format: Format,
    /// The member that is being read.
    member: Option<Decompress>,
    /// A member was read to its end.
    has_one: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// Members one behind the other, each with a checksum ([RFC 1952 §2.2]).
    ///
    /// [RFC 1952 §2.2]: https://www.rfc-editor.org/rfc/rfc1952#section-2.2
    Gzip,
    /// The zlib format, or what is in it without its head and checksum.
    Deflate,
}

/// The base-two logarithm of the window: 32 KiB, the largest there is.
const WINDOW_BITS: u8 = 15;

/// The first byte of a gzip member (ID1, [RFC 1952 §2.3.1]).
///
/// [RFC 1952 §2.3.1]: https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1
const GZIP_ID1: u8 = 0x1f;

impl Inflate {
    pub(super) fn gzip() -> Self {
        Self::new(Format::Gzip)
    }

    pub(super) fn deflate() -> Self {
        Self::new(Format::Deflate)
    }

    fn new(format: Format) -> Self {
        Self {
            format,
            member: None,
            has_one: false,
        }
    }

    fn begin(&self, first: u8) -> Result<Decompress, ContentCodingError> {
        let is_gzip = self.format == Format::Gzip;
        if self.has_one && !(is_gzip && first == GZIP_ID1) {
            let coding = self.name();
            return Err(ContentCodingError::Trailing { coding });
        }
        if is_gzip {
            return Ok(Decompress::new_gzip(WINDOW_BITS));
        }
        // The low half of zlib's first byte is 8, for deflate (CM, RFC 1950 §2.2). A bare deflate that begins so would be a
        // stored block with bits in its padding, which no encoder sets.
        let has_zlib_head = first & 0x0f == 8;
        Ok(Decompress::new(has_zlib_head))
    }
}

impl Codec for Inflate {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Progress, ContentCodingError> {
        let coding = self.name();
        let mut member = match (self.member.take(), input.first()) {
            (Some(member), _) => member,
            (None, Some(first)) => self.begin(*first)?,
            (None, None) => {
                return Ok(Progress {
                    read: 0,
                    written: 0,
                });
            }
        };
        let before = (member.total_in(), member.total_out());
        let status = member
            .decompress(input, output, FlushDecompress::None)
            .map_err(|_| ContentCodingError::Corrupt { coding })?;
        let progress = Progress {
            read: difference(member.total_in(), before.0),
            written: difference(member.total_out(), before.1),
        };
        if status == Status::StreamEnd {
            self.has_one = true;
        } else {
            self.member = Some(member);
        }
        Ok(progress)
    }

    fn is_complete(&self) -> bool {
        self.has_one && self.member.is_none()
    }

    fn name(&self) -> &'static str {
        match self.format {
            Format::Gzip => "gzip",
            Format::Deflate => "deflate",
        }
    }
}

/// Within the length of a slice.
fn difference(after: u64, before: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or_default()
}
