use zeroize::Zeroizing;

/// A password as octets.
///
/// PKCS#12 has its own form, a BMPString with a zero character behind it ([RFC 7292] appendix B.1). PBES2 and PBMAC1 take
/// UTF-8, as everywhere else. A character beyond the Basic Multilingual Plane, which BMPString has not, becomes two units of
/// UTF-16: that is what OpenSSL and Java do.
///
/// [RFC 7292]: https://www.rfc-editor.org/rfc/rfc7292
pub(crate) struct Secret<'a> {
    pub(super) utf8: &'a [u8],
    pub(super) bmp: Zeroizing<Vec<u8>>,
}

impl<'a> Secret<'a> {
    pub(super) fn new(password: &'a str) -> Self {
        // Room for all of it at once: a buffer that grows would leave copies behind.
        let mut bmp = Zeroizing::new(Vec::with_capacity(2 * password.len() + 2));
        for unit in password.encode_utf16().chain([0]) {
            bmp.extend_from_slice(&unit.to_be_bytes());
        }
        Self {
            utf8: password.as_bytes(),
            bmp,
        }
    }

    /// What a password may mean. No password is either an empty one or none at all, which has no zero character either.
    pub(crate) fn readings(password: &'a str) -> Vec<Self> {
        let mut readings = vec![Self::new(password)];
        if password.is_empty() {
            readings.push(Self {
                utf8: &[],
                bmp: Zeroizing::default(),
            });
        }
        readings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_ends_in_a_zero_character() {
        assert_eq!(
            *Secret::new("Beavis").bmp,
            b"\0B\0e\0a\0v\0i\0s\0\0".to_vec()
        );
        assert_eq!(*Secret::new("ü").bmp, [0x00, 0xfc, 0, 0]);
        assert_eq!(*Secret::new("🦀").bmp, [0xd8, 0x3e, 0xdd, 0x80, 0, 0]);
        assert_eq!(Secret::new("ü").utf8, [0xc3, 0xbc]);
    }

    #[test]
    fn no_password_is_read_both_ways() {
        let readings = Secret::readings("");
        let forms: Vec<&[u8]> = readings
            .iter()
            .map(|secret| secret.bmp.as_slice())
            .collect();
        assert_eq!(forms, [&[0, 0][..], &[]]);
        assert_eq!(Secret::readings("a").len(), 1);
    }
}
