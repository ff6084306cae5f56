use std::fmt::Debug;

use bytes::{Buf, Bytes, BytesMut};

use super::{ContentCodingError, Decoding};

/// The longest piece that is handed out, in bytes. It is what the codecs work on at a time anyway (the window of deflate),
/// and small enough to be passed on while the next is made.
pub(super) const PIECE_BYTES_MAX: usize = 32 << 10;

/// Below this, the rest of a buffer is not worth a call of the codec.
const ROOM_BYTES_MIN: usize = 4 << 10;

/// One coding, bytes to bytes.
pub(super) trait Codec: Debug + Send + Sync {
    /// Reads from `input` and writes to `output`, as much as goes. Called without input only if the last call has filled
    /// its output.
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Progress, ContentCodingError>;

    /// What was read so far may be all there is.
    fn is_complete(&self) -> bool;

    fn name(&self) -> &'static str;
}

/// How much of its input a codec has read, and how much of its output it has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) read: usize,
    pub(super) written: usize,
}

/// One coding of several, and where it is.
#[derive(Debug)]
pub(super) struct Stage {
    codec: Box<dyn Codec>,
    input: Bytes,
    room: BytesMut,
    /// The codec has filled what it was given, so it may hold more.
    is_full: bool,
    written: u64,
}

impl Stage {
    pub(super) fn new(codec: Box<dyn Codec>) -> Self {
        Self {
            codec,
            input: Bytes::new(),
            room: BytesMut::new(),
            is_full: false,
            written: 0,
        }
    }

    /// To be called when there is nothing more to [`pull`].
    pub(super) fn put(&mut self, input: Bytes) {
        debug_assert!(self.input.is_empty(), "one piece at a time");
        self.input = input;
    }

    pub(super) fn check_complete(&self) -> Result<(), ContentCodingError> {
        if self.codec.is_complete() {
            return Ok(());
        }
        Err(ContentCodingError::Truncated {
            coding: self.codec.name(),
        })
    }

    /// The next piece of what the input decodes to; `None` when that is used up.
    fn step(&mut self, bounds: &Bounds) -> Result<Option<Bytes>, ContentCodingError> {
        let mut filled = 0;
        while !self.input.is_empty() || self.is_full {
            if filled == 0 && self.room.len() < ROOM_BYTES_MIN {
                self.room = BytesMut::zeroed(PIECE_BYTES_MAX);
            }
            let (_, room) = self.room.split_at_mut(filled);
            if room.is_empty() {
                break;
            }
            let Progress { read, written } = self.codec.decode(&self.input, room)?;
            if read == 0 && written == 0 && !self.input.is_empty() {
                let coding = self.codec.name();
                return Err(ContentCodingError::Corrupt { coding });
            }
            self.is_full = written == room.len();
            self.input.advance(read);
            self.written += written as u64;
            bounds.check(self.written)?;
            filled += written;
        }
        Ok((filled > 0).then(|| self.room.split_to(filled).freeze()))
    }
}

/// The next piece that comes out of the last stage; `None` if the first needs more input.
pub(super) fn pull(
    stages: &mut [Stage],
    bounds: &Bounds,
) -> Result<Option<Bytes>, ContentCodingError> {
    let Some((last, before)) = stages.split_last_mut() else {
        return Ok(None);
    };
    loop {
        if let Some(piece) = last.step(bounds)? {
            return Ok(Some(piece));
        }
        match pull(before, bounds)? {
            Some(piece) => last.put(piece),
            None => return Ok(None),
        }
    }
}

/// What may come out of each stage. Also of those in the middle: they cost time even if nothing comes of it in the end.
#[derive(Debug)]
pub(super) struct Bounds {
    pub(super) rules: Decoding,
    /// How much was received.
    pub(super) received: u64,
}

impl Bounds {
    fn check(&self, written: u64) -> Result<(), ContentCodingError> {
        if let Some(limit) = self.rules.bytes_max
            && written > limit
        {
            return Err(ContentCodingError::TooLarge { limit });
        }
        if let Some(limit) = self.rules.ratio_max
            && written > self.rules.ratio_free_bytes
            && written > self.received.saturating_mul(limit.into())
        {
            return Err(ContentCodingError::RatioTooHigh { limit });
        }
        Ok(())
    }
}
