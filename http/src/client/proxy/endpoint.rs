use std::fmt;
use std::str::FromStr;

use http::HeaderValue;
use wharf_net::Endpoint;

use super::{Credentials, ProxySyntaxError};

/// A proxy: where it is, what it speaks, and who we are to it.
///
/// | text | proxy | default port |
/// |---|---|---|
/// | `HOST:PORT`, `HOST`, `http://…` | HTTP | 80 |
/// | `https://…` | HTTP over TLS: the way to the proxy is encrypted too ([`ClientConfig::proxy_tls`](crate::ClientConfig::proxy_tls)) | 443 |
/// | `socks5://…`, `socks://…` | SOCKS 5; names are resolved here, and it is asked for an address | 1080 |
/// | `socks5h://…` | SOCKS 5; the proxy resolves names | 1080 |
///
/// Before the host may be `USER:PASSWORD@`, percent-encoded. They are sent to the proxy as they are: other than to an
/// `https` proxy, whoever is on the way can read them.
///
/// curl takes 1080 for the default port of an HTTP proxy too; the ports here are those of the schemes, as in Go.
///
/// Neither `Debug` nor `Display` shows the user name or the password.
///
/// ```
/// use wharf_http::Proxy;
///
/// let proxy: Proxy = "http://alice:s%33cret@proxy.example:3128".parse()?;
/// assert_eq!(proxy.to_string(), "http://proxy.example:3128");
/// assert_eq!(proxy.authorization().unwrap(), "Basic YWxpY2U6czNjcmV0");
/// # Ok::<(), wharf_http::ProxySyntaxError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Proxy {
    kind: ProxyKind,
    endpoint: Endpoint,
    credentials: Option<Credentials>,
}

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyKind {
    /// HTTP: requests for `http` in absolute-form, a tunnel by CONNECT for all else.
    Http,
    /// The same over TLS, as [`ClientConfig::proxy_tls`](crate::ClientConfig::proxy_tls) has it.
    Https,
    /// SOCKS 5 ([RFC 1928]). Names are resolved on this side.
    ///
    /// [RFC 1928]: https://www.rfc-editor.org/rfc/rfc1928
    Socks5,
    /// SOCKS 5. Names are resolved by the proxy.
    Socks5h,
}

impl ProxyKind {
    /// The scheme of its URI.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    fn of_scheme(scheme: &str) -> Option<Self> {
        // GNOME writes it into `all_proxy`, and means SOCKS of any version. curl takes it for version 4.
        if scheme.eq_ignore_ascii_case("socks") {
            return Some(Self::Socks5);
        }
        [Self::Http, Self::Https, Self::Socks5, Self::Socks5h]
            .into_iter()
            .find(|kind| kind.scheme().eq_ignore_ascii_case(scheme))
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Socks5 | Self::Socks5h => 1080,
        }
    }

    pub(in crate::client) fn is_socks(self) -> bool {
        matches!(self, Self::Socks5 | Self::Socks5h)
    }
}

impl Proxy {
    /// What it speaks.
    pub fn kind(&self) -> ProxyKind {
        self.kind
    }

    /// Where it is: a host name or an IP address, with its port.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The host alone, without brackets: the name that a TLS certificate has to be for.
    pub fn host(&self) -> String {
        match &self.endpoint {
            Endpoint::Inet(address) => address.ip().to_string(),
            Endpoint::Host { name, .. } => name.clone(),
            other => other.to_string(),
        }
    }

    /// Who we are to it.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// The same proxy for somebody else.
    ///
    /// # Errors
    ///
    /// When it speaks SOCKS, and one of the two is empty or longer than 255 bytes ([RFC 1929 §2]).
    ///
    /// [RFC 1929 §2]: https://www.rfc-editor.org/rfc/rfc1929#section-2
    pub fn with_credentials(self, credentials: Credentials) -> Result<Self, ProxySyntaxError> {
        let fits = |secret: &[u8]| (1..=255).contains(&secret.len());
        if self.kind.is_socks() && !(fits(credentials.user()) && fits(credentials.password())) {
            return Err(ProxySyntaxError::CredentialsLength);
        }
        Ok(Self {
            credentials: Some(credentials),
            ..self
        })
    }

    /// What to say in `Proxy-Authorization` to an HTTP proxy, if it has to be told who we are. The value is marked as
    /// sensitive.
    pub fn authorization(&self) -> Option<HeaderValue> {
        let credentials = self.credentials.as_ref();
        credentials
            .filter(|_| !self.kind.is_socks())
            .map(Credentials::basic)
    }
}

impl FromStr for Proxy {
    type Err = ProxySyntaxError;

    fn from_str(text: &str) -> Result<Self, ProxySyntaxError> {
        let (kind, rest) = match text.split_once("://") {
            None => (ProxyKind::Http, text),
            Some((scheme, rest)) => {
                let kind = ProxyKind::of_scheme(scheme);
                (kind.ok_or_else(|| unknown_scheme(scheme))?, rest)
            }
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err(ProxySyntaxError::BehindAuthority);
        }
        // The last one: an `@` in a password should be escaped, but no host has one.
        let (userinfo, address) = match authority.rsplit_once('@') {
            None => (None, authority),
            Some((userinfo, address)) => (Some(userinfo), address),
        };
        let proxy = Self {
            kind,
            endpoint: endpoint(address, kind).ok_or(ProxySyntaxError::Address)?,
            credentials: None,
        };
        match userinfo {
            None | Some("") => Ok(proxy),
            Some(userinfo) => proxy.with_credentials(Credentials::parse(userinfo)?),
        }
    }
}

/// ```text
/// scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )                               RFC 3986 §3.1
/// ```
///
/// Anything else before `://` may be a password, and is not repeated.
fn unknown_scheme(scheme: &str) -> ProxySyntaxError {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if !scheme.is_empty() && scheme.len() <= 16 && scheme.bytes().all(is_allowed) {
        let scheme = scheme.to_ascii_lowercase();
        ProxySyntaxError::Scheme { scheme }
    } else {
        ProxySyntaxError::Address
    }
}

/// A host and perhaps a port. An empty one is the default one, as in any URI ([RFC 3986 §3.2.3]).
///
/// [RFC 3986 §3.2.3]: https://www.rfc-editor.org/rfc/rfc3986#section-3.2.3
fn endpoint(address: &str, kind: ProxyKind) -> Option<Endpoint> {
    let has_port = match address.strip_prefix('[') {
        Some(_) => !address.ends_with(']'),
        None => address.contains(':'),
    };
    let default = kind.default_port();
    let text = match address.strip_suffix(':') {
        Some(host) => format!("{host}:{default}"),
        None if has_port => address.to_owned(),
        None => format!("{address}:{default}"),
    };
    match text.parse().ok()? {
        // To `Endpoint`, `unix:80` and `fd:80` are something else than a host and a port.
        endpoint @ (Endpoint::Inet(_) | Endpoint::Host { .. }) => {
            endpoint.port().filter(|port| *port != 0)?;
            Some(endpoint)
        }
        _ => None,
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.kind.scheme(), self.endpoint)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let userinfo = self.credentials.as_ref().map_or("", |_| "[redacted]@");
        let scheme = self.kind.scheme();
        write!(f, "Proxy({scheme}://{userinfo}{})", self.endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let proxy: Proxy = text.parse().unwrap();
        assert_eq!(format!("{proxy:?}"), format!("Proxy({expected})"), "{text}");
        let again: Proxy = proxy.to_string().parse().unwrap();
        assert_eq!((again.kind, &again.endpoint), (proxy.kind, &proxy.endpoint));
    }

    #[track_caller]
    fn refuse(text: &str, expected: ProxySyntaxError) {
        assert_eq!(text.parse::<Proxy>(), Err(expected), "{text}");
    }

    /// The first of these are those of `golang.org/x/net/http/httpproxy`.
    #[test]
    fn each_form_of_a_proxy_is_read() {
        check("127.0.0.1:8080", "http://127.0.0.1:8080");
        check(
            "cache.corp.example.com:1234",
            "http://cache.corp.example.com:1234",
        );
        check("cache.corp.example.com", "http://cache.corp.example.com:80");
        check("localhost", "http://localhost:80");
        check(
            "https://cache.corp.example.com",
            "https://cache.corp.example.com:443",
        );
        check("http://127.0.0.1:8080", "http://127.0.0.1:8080");
        check("https://127.0.0.1:8080", "https://127.0.0.1:8080");
        check("socks5://127.0.0.1", "socks5://127.0.0.1:1080");
        check("socks5h://proxy", "socks5h://proxy:1080");
        check("socks://proxy/", "socks5://proxy:1080");
        check("HTTP://Proxy:3128/", "http://Proxy:3128");
        check("http://proxy:", "http://proxy:80");
        check("[::1]", "http://[::1]:80");
        check("socks5://[2001:db8::7]:9050", "socks5://[2001:db8::7]:9050");
        check("https://[::1]:", "https://[::1]:443");
        check("user:pass@proxy", "http://[redacted]@proxy:80");
        check("http://user@proxy:1", "http://[redacted]@proxy:1");
        check("http://@proxy:1", "http://proxy:1");
    }

    #[test]
    fn the_last_at_sign_ends_the_password() {
        let proxy: Proxy = "http://user:p@ss@proxy".parse().unwrap();
        assert_eq!(proxy.endpoint().to_string(), "proxy:80");
        assert_eq!(proxy.credentials().unwrap().password(), b"p@ss");
    }

    #[test]
    fn the_host_is_what_a_certificate_is_for() {
        for (text, host) in [
            ("https://proxy.example:8443", "proxy.example"),
            ("https://192.0.2.7", "192.0.2.7"),
            ("https://[2001:db8::7]:8443", "2001:db8::7"),
        ] {
            assert_eq!(text.parse::<Proxy>().unwrap().host(), host);
        }
    }

    #[test]
    fn other_schemes_are_refused_by_name() {
        for scheme in ["socks4", "socks4a", "quic", "http+unix"] {
            let expected = ProxySyntaxError::Scheme {
                scheme: scheme.into(),
            };
            refuse(&format!("{scheme}://proxy"), expected);
        }
    }

    #[test]
    fn what_is_no_host_and_port_is_refused() {
        for text in [
            "",
            "http://",
            "http://:80",
            "://proxy",
            "http://proxy:0",
            "http://proxy:65536",
            "http://proxy:+80",
            "http://::1",
            "http://[::1",
            "http://[::1]80",
            "http://a b",
            "http:///proxy",
            "unix:80",
            "fd:3",
            "http://192.0.2.256",
        ] {
            let error = text.parse::<Proxy>().unwrap_err();
            let is_expected = matches!(
                error,
                ProxySyntaxError::Address | ProxySyntaxError::BehindAuthority
            );
            assert!(is_expected, "{text}: {error}");
        }
        for text in ["http://proxy/path", "proxy?", "proxy#", "http://proxy//"] {
            refuse(text, ProxySyntaxError::BehindAuthority);
        }
    }

    #[test]
    fn credentials_for_socks_fit_into_its_fields() {
        let long = "x".repeat(255);
        check(
            &format!("socks5://{long}:{long}@proxy"),
            "socks5://[redacted]@proxy:1080",
        );
        for userinfo in ["user", "user:", ":pass", &format!("{long}x:pass")] {
            let text = format!("socks5h://{userinfo}@proxy");
            refuse(&text, ProxySyntaxError::CredentialsLength);
            check(
                &format!("http://{userinfo}@proxy"),
                "http://[redacted]@proxy:80",
            );
        }
    }

    #[test]
    fn only_http_has_a_field_for_credentials() {
        let authorization = |text: &str| text.parse::<Proxy>().unwrap().authorization();
        assert_eq!(authorization("http://a:b@proxy").unwrap(), "Basic YTpi");
        assert_eq!(authorization("https://a:b@proxy").unwrap(), "Basic YTpi");
        assert_eq!(authorization("http://proxy"), None);
        assert_eq!(authorization("socks5://a:b@proxy"), None);
    }

    #[test]
    fn no_error_repeats_a_password() {
        for text in [
            "http://user:hunter2",
            "user:hunter2",
            "http://user:hunter2@",
            "http://user:hunter2@proxy:x",
            "http://user:hunter2/x@proxy",
            "http://user:hunter2%@proxy",
            "http://user:hunter2%0a@proxy",
            "user:hunter2@http://proxy",
            "user:hunter2://proxy",
            "socks5://:hunter2@proxy",
        ] {
            let error = text.parse::<Proxy>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
