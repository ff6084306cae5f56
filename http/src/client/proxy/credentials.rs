use std::fmt;

use http::HeaderValue;
use zeroize::Zeroizing;

use super::ProxySyntaxError;

/// Who we are to a proxy: a user name and a password.
///
/// Both are bytes, since no RFC says how they are encoded. They are wiped when dropped and print as `[redacted]`. What is
/// written to the proxy is not wiped, and neither is the environment they may have come from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Credentials {
    user: Secret,
    password: Secret,
}

#[derive(Clone, PartialEq, Eq)]
struct Secret(Zeroizing<Vec<u8>>);

/// `Zeroizing` has none.
impl std::hash::Hash for Secret {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.as_slice().hash(state);
    }
}

impl Credentials {
    /// A user name and a password as they are, without any escapes.
    ///
    /// # Errors
    ///
    /// When there is a control character in one of them, or a colon in the user name ([RFC 7617 §2]).
    ///
    /// [RFC 7617 §2]: https://www.rfc-editor.org/rfc/rfc7617#section-2
    pub fn new(user: &str, password: &str) -> Result<Self, ProxySyntaxError> {
        let bytes = |text: &str| Zeroizing::new(text.as_bytes().to_vec());
        Self::of(bytes(user), bytes(password))
    }

    /// The userinfo of a URI, escapes and all ([RFC 3986 §3.2.1]).
    ///
    /// [RFC 3986 §3.2.1]: https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1
    pub(super) fn parse(userinfo: &str) -> Result<Self, ProxySyntaxError> {
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        let decode = |text| decode(text).ok_or(ProxySyntaxError::Escape);
        Self::of(decode(user)?, decode(password)?)
    }

    fn of(
        user: Zeroizing<Vec<u8>>,
        password: Zeroizing<Vec<u8>>,
    ) -> Result<Self, ProxySyntaxError> {
        let mut both = user.iter().chain(password.iter());
        if both.any(u8::is_ascii_control) {
            return Err(ProxySyntaxError::ControlCharacter);
        }
        if user.contains(&b':') {
            return Err(ProxySyntaxError::ColonInUser);
        }
        Ok(Self {
            user: Secret(user),
            password: Secret(password),
        })
    }

    pub(super) fn user(&self) -> &[u8] {
        &self.user.0
    }

    pub(super) fn password(&self) -> &[u8] {
        &self.password.0
    }

    /// What `Proxy-Authorization` says: the `Basic` scheme ([RFC 7617 §2]). It is marked as sensitive.
    ///
    /// [RFC 7617 §2]: https://www.rfc-editor.org/rfc/rfc7617#section-2
    pub fn basic(&self) -> HeaderValue {
        let plain = Zeroizing::new([self.user(), b":", self.password()].concat());
        let encoded = Zeroizing::new(data_encoding::BASE64.encode(&plain));
        let line = Zeroizing::new(["Basic ", &encoded].concat());
        let mut value = HeaderValue::from_str(&line).expect("base64 is visible ASCII");
        value.set_sensitive(true);
        value
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([redacted])")
    }
}

/// `percent_encoding` lets a stray percent sign stand for itself; a password that is not what was meant is better refused
/// here than by the proxy.
fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    // With room for all of it: a vector that grows leaves copies behind.
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            plain => plain,
        });
    }
    Some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(userinfo: &str, expected: Result<(&[u8], &[u8]), ProxySyntaxError>) {
        let parsed = Credentials::parse(userinfo);
        let both = parsed
            .as_ref()
            .map(|parsed| (parsed.user(), parsed.password()));
        assert_eq!(both, expected.as_ref().copied(), "{userinfo}");
    }

    #[test]
    fn escapes_are_taken_out_of_both() {
        check("user:pass", Ok((b"user", b"pass")));
        check("user", Ok((b"user", b"")));
        check("user:", Ok((b"user", b"")));
        check(":pass", Ok((b"", b"pass")));
        check("u%40corp:p%3A%2f%25", Ok((b"u@corp", b"p:/%")));
        check("user:a:b", Ok((b"user", b"a:b")));
        check("u+v:%E4%ff", Ok((b"u+v", b"\xe4\xff")));
        check("ü:é", Ok(("ü".as_bytes(), "é".as_bytes())));
    }

    #[test]
    fn what_neither_scheme_can_carry_is_refused() {
        for stray in ["user:%", "user:%4", "user:%zz", "%+1:", "user:a%"] {
            check(stray, Err(ProxySyntaxError::Escape));
        }
        for control in [
            "user:%0d%0aX-Injected: 1",
            "us%00er:",
            "user:a\tb",
            "user:%7f",
        ] {
            check(control, Err(ProxySyntaxError::ControlCharacter));
        }
        check("us%3Aer:pass", Err(ProxySyntaxError::ColonInUser));
        assert_eq!(
            Credentials::new("us:er", "pass"),
            Err(ProxySyntaxError::ColonInUser)
        );
    }

    /// The examples of RFC 7617 §2 and §2.1.
    #[test]
    fn the_field_is_that_of_the_rfc() {
        let check = |user, password, expected: &str| {
            let value = Credentials::new(user, password).unwrap().basic();
            assert_eq!(value, expected);
            assert!(value.is_sensitive());
        };
        check(
            "Aladdin",
            "open sesame",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        );
        check("test", "123\u{a3}", "Basic dGVzdDoxMjPCow==");
    }

    #[test]
    fn nothing_of_them_is_printed() {
        let credentials = Credentials::new("alice", "hunter2").unwrap();
        let printed = format!("{credentials:?} {:?}", credentials.basic());
        assert_eq!(printed, "Credentials([redacted]) Sensitive");
    }
}
