use std::io::IoSlice;

use bytes::{Buf, Bytes, BytesMut};

/// Up to this size content is copied behind its head, so that both leave in one write of one piece. A write of several
/// pieces costs the kernel about as much as copying this many bytes.
const COPY_MAX: usize = 4 * 1024;

/// Bytes on their way to the peer.
///
/// Heads and framing are copied into one buffer; one large piece of content at a time is kept as it is, between what
/// was written before it and what comes behind it.
#[derive(Debug, Default)]
pub struct OutBuf {
    front: BytesMut,
    content: Bytes,
    back: BytesMut,
}

impl OutBuf {
    /// Nothing waits to be written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes wait to be written.
    pub fn len(&self) -> usize {
        self.front.len() + self.content.len() + self.back.len()
    }

    /// The pieces to write, in their order. Some may be empty.
    pub fn pieces(&self) -> [IoSlice<'_>; 3] {
        [
            IoSlice::new(&self.front),
            IoSlice::new(&self.content),
            IoSlice::new(&self.back),
        ]
    }

    /// The first piece that is not empty, for a transport that takes one at a time.
    pub fn first_piece(&self) -> &[u8] {
        if !self.front.is_empty() {
            &self.front
        } else if !self.content.is_empty() {
            &self.content
        } else {
            &self.back
        }
    }

    /// Whether a large piece waits. A second one behind it would be copied, so write this one first.
    pub fn has_large_piece(&self) -> bool {
        !self.content.is_empty()
    }

    /// Forgets the first `written` bytes.
    pub fn advance(&mut self, mut written: usize) {
        skip(&mut self.front, &mut written);
        skip(&mut self.content, &mut written);
        skip(&mut self.back, &mut written);
        if self.content.is_empty() {
            // What is empty still holds what it was a part of.
            self.content = Bytes::new();
        }
        if self.content.is_empty() && self.front.is_empty() {
            std::mem::swap(&mut self.front, &mut self.back);
        }
    }

    /// Gives the memory back that it keeps for what comes next, if nothing waits: for a connection that is going to
    /// rest.
    pub fn rest(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        }
    }

    /// Takes back what was appended behind the first `length` bytes.
    pub fn truncate(&mut self, length: usize) {
        let behind_front = length.saturating_sub(self.front.len());
        self.back
            .truncate(behind_front.saturating_sub(self.content.len()));
        self.content.truncate(behind_front);
        self.front.truncate(length);
    }

    /// Where heads and framing are appended.
    pub(super) fn tail(&mut self) -> &mut BytesMut {
        if self.content.is_empty() {
            &mut self.front
        } else {
            &mut self.back
        }
    }

    pub(super) fn put_content(&mut self, content: Bytes) {
        if content.len() <= COPY_MAX || !self.content.is_empty() {
            self.tail().extend_from_slice(&content);
        } else {
            self.content = content;
        }
    }
}

fn skip(piece: &mut impl Buf, written: &mut usize) {
    let n = piece.remaining().min(*written);
    piece.advance(n);
    *written -= n;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_in_their_order_whatever_is_written_at_a_time() {
        let large = vec![b'x'; COPY_MAX + 1];
        for step in [1, 3, 1000, usize::MAX] {
            let mut out = OutBuf::default();
            out.tail().extend_from_slice(b"head");
            out.put_content(Bytes::from(large.clone()));
            out.tail().extend_from_slice(b"middle");
            out.put_content(Bytes::from(large.clone()));
            out.put_content(Bytes::from_static(b"tail"));
            let expected = [&b"head"[..], &large, b"middle", &large, b"tail"].concat();
            assert_eq!(out.len(), expected.len());
            let mut sent = Vec::new();
            while !out.is_empty() {
                let piece = out.first_piece();
                let n = piece.len().min(step);
                sent.extend_from_slice(&piece[..n]);
                out.advance(n);
            }
            assert_eq!(sent, expected, "{step} bytes at a time");
        }
    }

    #[test]
    fn what_is_taken_back_does_not_leave() {
        let large = vec![b'x'; COPY_MAX + 1];
        let whole = [&b"head"[..], &large, b"tail"].concat();
        for length in [0, 2, 4, 5, COPY_MAX + 5, COPY_MAX + 6, COPY_MAX + 9] {
            let mut out = OutBuf::default();
            out.tail().extend_from_slice(b"head");
            out.put_content(Bytes::from(large.clone()));
            out.tail().extend_from_slice(b"tail");
            out.truncate(length);
            let left: Vec<u8> = out
                .pieces()
                .iter()
                .flat_map(|piece| piece.to_vec())
                .collect();
            assert_eq!(left, whole[..length]);
        }
    }

    #[test]
    fn what_has_left_is_let_go() {
        let alive: std::sync::Arc<[u8]> = vec![0; COPY_MAX + 1].into();
        let mut out = OutBuf::default();
        out.put_content(Bytes::from_owner(alive.clone()));
        out.advance(COPY_MAX);
        assert_eq!(std::sync::Arc::strong_count(&alive), 2);
        out.advance(1);
        assert_eq!(std::sync::Arc::strong_count(&alive), 1);
    }

    #[test]
    fn large_content_is_not_copied() {
        let large = Bytes::from(vec![0; COPY_MAX + 1]);
        let mut out = OutBuf::default();
        out.put_content(large.clone());
        assert_eq!(out.first_piece().as_ptr(), large.as_ptr());
    }
}
