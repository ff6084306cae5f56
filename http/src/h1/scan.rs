use super::ProtocolError;

/// Finds the end of a section of lines, each ended by CRLF, the last one empty, in bytes that arrive in pieces.
///
/// Each byte is looked at once, so a peer that sends a head byte by byte costs time linear in its length.
#[derive(Debug, Default)]
pub(super) struct SectionScan {
    /// Everything before this has been looked at.
    looked: usize,
    /// Where the line under way begins.
    line: usize,
    /// Where the first line ends; 0 while it has not.
    first_line: usize,
}

impl SectionScan {
    /// The length of the section with its empty line, once that is there. `bytes` is what was there at the last call,
    /// and perhaps more.
    ///
    /// # Errors
    ///
    /// A bare LF is refused as soon as it is seen; [RFC 9112 §2.2] would allow to take it for a line end.
    ///
    /// [RFC 9112 §2.2]: https://www.rfc-editor.org/rfc/rfc9112#section-2.2
    pub(super) fn find_end(&mut self, bytes: &[u8]) -> Result<Option<usize>, ProtocolError> {
        while let Some(offset) = bytes
            .get(self.looked..)
            .and_then(|rest| memchr::memchr(b'\n', rest))
        {
            let after = self.looked + offset + 1;
            let line = bytes.get(self.line..after).unwrap_or_default();
            let [content @ .., b'\r', b'\n'] = line else {
                return Err(ProtocolError::BareLineFeed);
            };
            let is_last = content.is_empty();
            self.looked = after;
            self.line = after;
            if self.first_line == 0 {
                self.first_line = after;
            }
            if is_last {
                return Ok(Some(after));
            }
        }
        self.looked = bytes.len();
        Ok(None)
    }

    /// Whether the first line has been seen whole.
    pub(super) fn has_line(&self) -> bool {
        self.first_line > 0
    }

    /// The length of the first line with its end, once that has been seen; before that 0.
    pub(super) fn first_line(&self) -> usize {
        self.first_line
    }
}

/// At most `max` bytes from the front of `bytes`. What lies behind a limit is not looked at: it must not matter whether
/// it has arrived.
pub(super) fn within(bytes: &[u8], max: usize) -> &[u8] {
    bytes.get(..max).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Result<Option<usize>, ProtocolError>) {
        assert_eq!(SectionScan::default().find_end(bytes), expected);
        let mut scan = SectionScan::default();
        for end in 0..bytes.len() {
            match scan.find_end(&bytes[..end]) {
                Ok(None) => {}
                early => return assert_eq!(early, expected),
            }
        }
        assert_eq!(scan.find_end(bytes), expected);
    }

    #[test]
    fn the_end_is_an_empty_line_however_the_bytes_arrive() {
        check(b"a\r\nb\r\n\r\nnext", Ok(Some(8)));
        check(b"\r\nnext", Ok(Some(2)));
        check(b"a\r\nb\r\n", Ok(None));
        check(b"", Ok(None));
    }

    #[test]
    fn a_bare_line_feed_is_refused_wherever_it_stands() {
        for bytes in [&b"\n"[..], b"a\n", b"a\r\n\n", b"a\r\nb\n\r\n"] {
            check(bytes, Err(ProtocolError::BareLineFeed));
        }
    }
}
