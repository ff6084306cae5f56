use super::encoding::{Encoding, Kind};
use super::legacy::Legacy;

/// The longest mark: that of UTF-8.
const MARK_BYTES_MAX: usize = 3;

/// Looks for a byte order mark at the very start of the bytes.
#[derive(Debug)]
pub(super) struct Start {
    /// The marks that count here. None of them is the beginning of another.
    marks: Vec<(&'static [u8], Encoding)>,
    /// The bytes so far, all of which could still be the beginning of a mark: at most two.
    held: Vec<u8>,
}

/// What the first bytes turned out to be.
#[derive(Debug)]
pub(super) enum Look<'a> {
    /// Too few bytes to tell; all of them are held.
    Undecided,
    /// A mark of `mark_bytes` bytes, and what follows it in this chunk.
    Mark {
        encoding: Encoding,
        mark_bytes: usize,
        rest: &'a [u8],
    },
    /// No mark: what is held is text, and so is the whole chunk.
    Absent,
}

impl Start {
    /// Looks for the mark of one encoding. There is none but in UTF-8 and UTF-16.
    pub(super) fn of(encoding: Encoding) -> Self {
        let mut start = Self::of_any();
        start.marks.retain(|(_, marked)| *marked == encoding);
        start
    }

    /// Looks for any mark.
    pub(super) fn of_any() -> Self {
        let utf_8: (&[u8], _) = (b"\xEF\xBB\xBF", Encoding::UTF_8);
        let legacy = Legacy::marks().map(|(mark, legacy)| (mark, Encoding(Kind::Legacy(legacy))));
        Self {
            marks: std::iter::once(utf_8).chain(legacy).collect(),
            held: Vec::new(),
        }
    }

    pub(super) fn look<'a>(&mut self, chunk: &'a [u8]) -> Look<'a> {
        let mut head = self.held.clone();
        head.extend(chunk.iter().take(MARK_BYTES_MAX - self.held.len()));
        for &(mark, encoding) in &self.marks {
            if head.starts_with(mark) {
                return Look::Mark {
                    encoding,
                    mark_bytes: mark.len(),
                    rest: chunk
                        .get(mark.len() - self.held.len()..)
                        .unwrap_or_default(),
                };
            }
        }
        if self.marks.iter().any(|(mark, _)| mark.starts_with(&head)) {
            self.held = head;
            return Look::Undecided;
        }
        Look::Absent
    }

    /// The bytes that were held and are text after all.
    pub(super) fn into_held(self) -> Vec<u8> {
        self.held
    }
}
