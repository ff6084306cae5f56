/// Longer than any honest entry, and short enough for a line of a log.
const TEXT_CHARS_MAX: usize = 60;

/// A text that names no proxy, or nothing that a request can go past proxies to.
///
/// The text itself is not repeated, because a password may be anywhere in it: whoever forgets the `@` has written it
/// where the port belongs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxySyntaxError {
    /// A kind of proxy that is not known here.
    #[error("{scheme:?} is no kind of proxy: it is http, https, socks5 or socks5h")]
    Scheme {
        /// The scheme, in lower case.
        scheme: String,
    },
    /// There is something behind the port. A `/`, `?` or `#` in a password has to be escaped, since it ends the authority
    /// ([RFC 3986 §3.2]).
    ///
    /// [RFC 3986 §3.2]: https://www.rfc-editor.org/rfc/rfc3986#section-3.2
    #[error(
        "a proxy has no path, query or fragment; in a user name or password they are written %2F, %3F and %23"
    )]
    BehindAuthority,
    /// The host is neither a name nor an address, or the port is no number from 1 to 65535.
    #[error("a proxy is [SCHEME://][USER[:PASSWORD]@]HOST[:PORT], and an IPv6 address in brackets")]
    Address,
    /// A percent sign without two hexadecimal digits behind it.
    #[error(
        "a percent sign in the user name or password has no two hexadecimal digits behind it; by itself it is written %25"
    )]
    Escape,
    /// A control character in the user name or the password ([RFC 7617 §2]).
    ///
    /// [RFC 7617 §2]: https://www.rfc-editor.org/rfc/rfc7617#section-2
    #[error("a user name or password has no control characters")]
    ControlCharacter,
    /// A colon in the user name, where HTTP would begin the password ([RFC 7617 §2]).
    ///
    /// [RFC 7617 §2]: https://www.rfc-editor.org/rfc/rfc7617#section-2
    #[error("a user name has no colon")]
    ColonInUser,
    /// SOCKS has one byte for the length of each, and none of them may be empty ([RFC 1929 §2]).
    ///
    /// [RFC 1929 §2]: https://www.rfc-editor.org/rfc/rfc1929#section-2
    #[error("for SOCKS, a user name and a password have 1 to 255 bytes each")]
    CredentialsLength,
    /// An entry of a list of hosts is none of the forms that [`Bypass`](crate::Bypass) has.
    #[error("'{entry}' is neither a host name, an IP address, an address prefix nor *")]
    BypassEntry {
        /// The entry, escaped and cut, or `[redacted]` if there is an `@` in the list: it may be a proxy with its
        /// password, cut in pieces where that has a comma.
        entry: String,
    },
    /// Bytes that are not Unicode.
    #[error("not Unicode")]
    NotUnicode,
}

impl ProxySyntaxError {
    pub(super) fn bypass_entry(entry: &str, list: &str) -> Self {
        let entry = if list.contains('@') {
            "[redacted]".to_owned()
        } else {
            entry.escape_debug().take(TEXT_CHARS_MAX).collect()
        };
        Self::BypassEntry { entry }
    }
}
