use std::cell::Cell;
use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes, BytesMut};

/// Up to this size content is copied behind its head, so that both leave in one write of one piece. A write of several
/// pieces costs the kernel about as much as copying this many bytes.
const COPY_MAX: usize = 4 * 1024;

/// Up to this size a buffer is kept for later.
const SPARE_MAX: usize = 64 * 1024;

thread_local! {
    /// The buffer of whoever rested last. Most connections rest most of the time, and begin again with a response of the
    /// size that they had before.
    static SPARE: Cell<BytesMut> = Cell::default();
}

/// Bytes on their way to the peer.
///
/// Heads, framing and small content are copied into one buffer, one behind the other. Large pieces of content are kept
/// as they are, each with its place between those bytes. Any number of them can wait; whoever appends bounds it by
/// [`len`](Self::len).
#[derive(Debug, Default)]
pub struct OutBuf {
    /// What was copied.
    copied: BytesMut,
    /// What was not.
    large: VecDeque<Large>,
    /// How much of `copied` comes before the last large piece.
    placed: usize,
    /// How much the large pieces are together.
    large_bytes: usize,
}

#[derive(Debug)]
struct Large {
    /// How much of what was copied comes between the large piece before it and this one.
    before: usize,
    /// Never empty.
    content: Bytes,
}

impl OutBuf {
    /// Nothing waits to be written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes wait to be written.
    pub fn len(&self) -> usize {
        self.copied.len() + self.large_bytes
    }

    /// Lists the first pieces to write, in their order, in as many of `slices` as there are pieces, and returns how
    /// many that is. None of them is empty.
    ///
    /// ```
    /// # use std::io::{IoSlice, Write};
    /// # fn send(out: &mut wharf_http::h1::OutBuf, mut stream: impl Write) -> std::io::Result<()> {
    /// while !out.is_empty() {
    ///     let mut slices = [IoSlice::new(&[]); 16];
    ///     let count = out.fill(&mut slices);
    ///     let written = stream.write_vectored(&slices[..count])?;
    ///     out.advance(written);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn fill<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let (mut placed, behind) = self.split_copied();
        let among = self.large.iter().flat_map(|piece| {
            let (before, rest) = placed.split_at_checked(piece.before).unwrap_or_default();
            placed = rest;
            [before, &piece.content]
        });
        let pieces = among.chain([behind]).filter(|piece| !piece.is_empty());
        let mut count = 0;
        for (slice, piece) in slices.iter_mut().zip(pieces) {
            *slice = IoSlice::new(piece);
            count += 1;
        }
        count
    }

    /// What was copied, cut where the last large piece comes between.
    fn split_copied(&self) -> (&[u8], &[u8]) {
        let copied = self.copied.split_at_checked(self.placed);
        copied.unwrap_or_default()
    }

    /// The first piece, for a transport that takes one at a time. Empty if nothing waits.
    pub fn first_piece(&self) -> &[u8] {
        match self.large.front() {
            None => &self.copied,
            Some(first) if first.before == 0 => &first.content,
            Some(first) => self.copied.get(..first.before).unwrap_or_default(),
        }
    }

    /// Whether a large piece waits, so that there is more than one to write.
    pub fn has_large_piece(&self) -> bool {
        !self.large.is_empty()
    }

    /// Forgets the first `written` bytes.
    pub fn advance(&mut self, mut written: usize) {
        while let Some(first) = self.large.front_mut() {
            let n = first.before.min(written);
            self.copied.advance(n);
            self.placed -= n;
            first.before -= n;
            written -= n;

            let n = first.content.len().min(written);
            self.large_bytes -= n;
            written -= n;
            if n < first.content.len() {
                first.content.advance(n);
                return;
            }
            self.large.pop_front();
        }
        self.copied.advance(written.min(self.copied.len()));
    }

    /// Gives the memory back that it keeps for what comes next, if nothing waits: for a connection that is going to
    /// rest.
    pub fn rest(&mut self) {
        if self.is_empty() {
            let Self { mut copied, .. } = std::mem::take(self);
            copied.clear();
            // What it was moved on by is room again, and seen.
            let _ = copied.try_reclaim(copied.capacity() + 1);
            if (1..=SPARE_MAX).contains(&copied.capacity()) {
                SPARE.set(copied);
            }
        }
    }

    /// Takes back what was appended behind the first `length` bytes.
    pub fn truncate(&mut self, length: usize) {
        loop {
            let excess = self.len().saturating_sub(length);
            let behind = self.copied.len() - self.placed;
            self.copied.truncate(self.copied.len() - behind.min(excess));
            let excess = excess.saturating_sub(behind);
            let Some(last) = self.large.back_mut().filter(|_| excess > 0) else {
                return;
            };
            let n = last.content.len().min(excess);
            self.large_bytes -= n;
            if n < last.content.len() {
                last.content.truncate(last.content.len() - n);
                return;
            }
            self.placed -= last.before;
            self.large.pop_back();
        }
    }

    /// Where heads and framing are appended.
    pub(super) fn tail(&mut self) -> &mut BytesMut {
        if self.copied.capacity() == 0 {
            self.copied = SPARE.take();
        }
        &mut self.copied
    }

    pub(super) fn put_content(&mut self, content: Bytes) {
        if content.len() <= COPY_MAX {
            self.tail().extend_from_slice(&content);
        } else {
            self.large_bytes += content.len();
            self.large.push_back(Large {
                before: self.copied.len() - self.placed,
                content,
            });
            self.placed = self.copied.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn large(byte: u8) -> Bytes {
        vec![byte; COPY_MAX + 1].into()
    }

    /// Two large pieces with copied bytes around them, two behind each other, and all of it in one.
    fn mixed() -> (OutBuf, Vec<u8>) {
        let mut out = OutBuf::default();
        out.tail().extend_from_slice(b"head");
        out.put_content(large(b'x'));
        out.tail().extend_from_slice(b"middle");
        out.put_content(large(b'y'));
        out.put_content(large(b'z'));
        out.put_content(Bytes::from_static(b"small"));
        out.tail().extend_from_slice(b"tail");
        let parts: [&[u8]; 6] = [
            b"head",
            &large(b'x'),
            b"middle",
            &large(b'y'),
            &large(b'z'),
            b"smalltail",
        ];
        (out, parts.concat())
    }

    /// What is listed when so many pieces are asked for.
    fn listed(out: &OutBuf, count: usize) -> Vec<u8> {
        let mut slices = vec![IoSlice::new(&[]); count];
        let count = out.fill(&mut slices);
        assert!(slices[..count].iter().all(|slice| !slice.is_empty()));
        let listed = slices[..count].iter().flat_map(|slice| slice.iter());
        listed.copied().collect()
    }

    #[test]
    fn bytes_leave_in_their_order_whatever_is_written_at_a_time() {
        for step in [1, 3, 1000, COPY_MAX + 7, usize::MAX] {
            for count in [0, 1, 2, 3, 64] {
                let (mut out, whole) = mixed();
                let mut sent = Vec::new();
                while !out.is_empty() {
                    assert_eq!(out.len(), whole.len() - sent.len());
                    let mut pieces = match count {
                        0 => out.first_piece().to_vec(),
                        _ => listed(&out, count),
                    };
                    pieces.truncate(step);
                    out.advance(pieces.len());
                    sent.extend(pieces);
                }
                assert!(sent == whole, "{step} bytes of {count} pieces at a time");
                assert_eq!((out.placed, out.large_bytes), (0, 0));
            }
        }
    }

    #[test]
    fn what_comes_behind_a_part_that_has_left_is_in_its_place() {
        let (_, whole) = mixed();
        for written in [0, 2, 4, 7, COPY_MAX + 5, COPY_MAX + 8, whole.len() - 1] {
            let (mut out, _) = mixed();
            out.advance(written);
            out.tail().extend_from_slice(b"more");
            out.put_content(large(b'l'));
            let expected = [&whole[written..], b"more", &large(b'l')].concat();
            assert!(listed(&out, 64) == expected, "behind {written} bytes");
        }
    }

    #[test]
    fn what_is_taken_back_does_not_leave() {
        const LARGE: usize = COPY_MAX + 1;
        let (_, whole) = mixed();
        let ends = [
            0,
            4,
            4 + LARGE,
            10 + LARGE,
            10 + 2 * LARGE,
            10 + 3 * LARGE,
            whole.len(),
        ];
        let around = |end: usize| end.saturating_sub(1)..=end + 1;
        for written in [0, 3, 5, LARGE + 7] {
            let left = &whole[written..];
            for length in ends.into_iter().flat_map(around) {
                let length = length.saturating_sub(written);
                let (mut out, _) = mixed();
                out.advance(written);
                out.truncate(length);
                let left = &left[..length.min(left.len())];
                assert_eq!(out.len(), left.len());
                assert!(listed(&out, 64) == left, "{length} behind {written}");
                // What is appended next comes behind it.
                out.put_content(large(b'l'));
                assert!(listed(&out, 64) == [left, &large(b'l')].concat());
            }
        }
    }

    #[test]
    fn what_has_left_is_let_go() {
        let alive: std::sync::Arc<[u8]> = vec![0; COPY_MAX + 1].into();
        let mut out = OutBuf::default();
        out.put_content(Bytes::from_owner(alive.clone()));
        out.put_content(large(b'x'));
        out.advance(COPY_MAX);
        assert_eq!(std::sync::Arc::strong_count(&alive), 2);
        out.advance(1);
        assert_eq!(std::sync::Arc::strong_count(&alive), 1);
    }

    #[test]
    fn at_rest_it_holds_nothing() {
        let (mut out, whole) = mixed();
        out.advance(whole.len() - 1);
        out.rest();
        assert_eq!(out.first_piece(), b"l");
        out.advance(1);
        out.rest();
        assert_eq!((out.copied.capacity(), out.large.capacity()), (0, 0));
    }

    #[test]
    fn large_content_is_not_copied() {
        let (first, second) = (large(b'x'), large(b'y'));
        let mut out = OutBuf::default();
        out.put_content(first.clone());
        out.put_content(second.clone());
        let mut slices = [IoSlice::new(&[]); 3];
        assert_eq!(out.fill(&mut slices), 2);
        assert_eq!(slices[0].as_ptr(), first.as_ptr());
        assert_eq!(slices[1].as_ptr(), second.as_ptr());
        assert_eq!(out.first_piece().as_ptr(), first.as_ptr());
    }
}
