//! HKDF ([RFC 5869]) with the labels of TLS 1.3 ([RFC 8446 §7.1]).
//!
//! [RFC 5869]: https://www.rfc-editor.org/rfc/rfc5869
//! [RFC 8446 §7.1]: https://www.rfc-editor.org/rfc/rfc8446#section-7.1
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::{hkdf, hmac};
use zeroize::Zeroizing;

use super::{Secret, Suite};

/// [RFC 5869 §2.2]. aws-lc-rs does not tell what it extracts, so this is the HMAC that it is.
///
/// [RFC 5869 §2.2]: https://www.rfc-editor.org/rfc/rfc5869#section-2.2
pub(super) fn extract(suite: Suite, salt: &[u8], input: &[u8]) -> Secret {
    Secret::new(hmac::sign(&hmac::Key::new(suite.hmac(), salt), input).as_ref())
}

/// ```text
/// struct { uint16 length; opaque label<7..255> = "tls13 " + Label; opaque context<0..255>; } HkdfLabel;
/// ```
pub(super) fn hkdf_label(label: &str, context: &[u8], size: usize) -> Vec<u8> {
    const PREFIX: &str = "tls13 ";
    // Labels and hashes are all shorter than 255 bytes: they are those of this file.
    let short = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
    let size = u16::try_from(size).unwrap_or(u16::MAX);
    let mut info = size.to_be_bytes().to_vec();
    info.push(short(PREFIX.len() + label.len()));
    info.extend_from_slice(PREFIX.as_bytes());
    info.extend_from_slice(label.as_bytes());
    info.push(short(context.len()));
    info.extend_from_slice(context);
    info
}

/// [RFC 5869 §2.3].
///
/// [RFC 5869 §2.3]: https://www.rfc-editor.org/rfc/rfc5869#section-2.3
pub(super) fn expand(suite: Suite, secret: &Secret, info: &[u8], size: usize) -> Secret {
    /// HKDF wants to know how much to expand as the length of a key.
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let mut out = Zeroizing::new(vec![0; size]);
    let prk = hkdf::Prk::new_less_safe(suite.hkdf(), secret.as_bytes());
    let info = [info];
    // Nothing here is longer than a hash, and HKDF gives 255 of them.
    let filled = prk
        .expand(&info, Length(size))
        .and_then(|expanded| expanded.fill(&mut out));
    debug_assert!(filled.is_ok());
    Secret::new(&out)
}
