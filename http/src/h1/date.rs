use std::time::{Duration, UNIX_EPOCH};

/// A moment as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`, the IMF-fixdate of [RFC 9110 §5.6.7].
///
/// [RFC 9110 §5.6.7]: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpDate([u8; 29]);

impl HttpDate {
    /// The moment so many seconds after 1970 began. The form ends with the year 9999, and so does this.
    pub fn from_unix_seconds(seconds: u64) -> Self {
        const LAST: u64 = 253_402_300_799;
        let text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds.min(LAST)));
        let mut bytes = [b' '; 29];
        for (byte, written) in bytes.iter_mut().zip(text.bytes()) {
            *byte = written;
        }
        Self(bytes)
    }

    /// The 29 bytes.
    pub fn as_bytes(&self) -> &[u8; 29] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_imf_fixdate() {
        for (seconds, expected) in [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            let date = HttpDate::from_unix_seconds(seconds);
            assert_eq!(std::str::from_utf8(date.as_bytes()).unwrap(), expected);
        }
    }
}
