use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

use http::uri::{Authority, Scheme};
use http::{Method, Uri};
use wharf_net::Endpoint;

use crate::error::Kind;

/// Whom a request is for: scheme, host and port ([RFC 9110 §4.3.1]). Two that mean the same are equal.
///
/// [RFC 9110 §4.3.1]: https://www.rfc-editor.org/rfc/rfc9110#section-4.3.1
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(super) is_https: bool,
    /// Without userinfo, in lower case, and without a port where it is that of the scheme.
    authority: Authority,
}

/// In one piece: the hash of an [`Authority`] is made byte by byte, for the sake of its case, and this is done for every
/// request.
impl Hash for Origin {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.authority.as_str().hash(state);
        self.is_https.hash(state);
    }
}

impl Origin {
    /// The origin in an absolute URI, or of the server that a CONNECT names.
    pub(super) fn of(method: &Method, uri: &Uri) -> Result<Self, Kind> {
        let is_https = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(_) => return Err(Kind::Uri("its scheme is neither http nor https")),
            // RFC 9110 §9.3.6: the target of CONNECT is nothing but an authority, and that of no other method is.
            None if *method == Method::CONNECT => false,
            None => return Err(Kind::Uri("it has no scheme and no host")),
        };
        if *method == Method::CONNECT && !(uri.scheme().is_none() && uri.port().is_some()) {
            return Err(Kind::Uri("the target of CONNECT is a host and a port"));
        }
        let Some(authority) = uri.authority() else {
            return Err(Kind::Uri("it has no host"));
        };
        let text = authority.as_str();
        let Written {
            host_length,
            has_userinfo,
            has_upper_case,
        } = Written::of(text);
        if has_userinfo {
            return Err(Kind::Uri("credentials belong into Authorization"));
        }
        let (host, port) = text.split_at_checked(host_length).unwrap_or((text, ""));
        if host.is_empty() {
            return Err(Kind::Uri("its host is empty"));
        }
        let keeps_port = match port.strip_prefix(':') {
            // `http` takes a colon with nothing behind it, or with what is no port.
            None | Some("") => false,
            Some(digits) => match digits.parse::<u16>() {
                Ok(number) => number != default_port(is_https),
                Err(_) => return Err(Kind::Uri("its port is not a number from 0 to 65535")),
            },
        };
        let normal = if keeps_port { text } else { host };
        let authority = if normal.len() == text.len() && !has_upper_case {
            authority.clone()
        } else {
            let normal = normal.to_ascii_lowercase().parse();
            normal.map_err(|_| Kind::Uri("its host is not valid"))?
        };
        Ok(Self {
            is_https,
            authority,
        })
    }

    /// The host, an IPv6 address without its brackets.
    pub(super) fn host(&self) -> &str {
        let host = self.authority.host();
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        bare.unwrap_or(host)
    }

    pub(super) fn port(&self) -> u16 {
        let port = self.authority.port_u16();
        port.unwrap_or_else(|| default_port(self.is_https))
    }

    /// The target of a CONNECT.
    pub(super) fn host_and_port(&self) -> String {
        format!("{}:{}", self.authority.host(), self.port())
    }

    /// The name in the server's certificate: a DNS name without the dot of its root, or an address.
    pub(super) fn server_name(&self) -> &str {
        let host = self.host();
        host.strip_suffix('.').unwrap_or(host)
    }

    /// Where it is dialed, if nothing else was said.
    pub(super) fn endpoint(&self) -> Endpoint {
        match self.host().parse::<IpAddr>() {
            Ok(ip) => Endpoint::Inet(SocketAddr::new(ip, self.port())),
            Err(_) => Endpoint::Host {
                name: self.host().to_owned(),
                port: self.port(),
            },
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How an authority is written, found in one pass over it: this is done for every request.
///
/// ```text
/// authority = [ userinfo "@" ] host [ ":" port ]                 RFC 3986 §3.2
/// IP-literal = "[" ( IPv6address / IPvFuture  ) "]"              RFC 3986 §3.2.2
/// ```
#[derive(Debug, PartialEq, Eq)]
struct Written {
    /// How much of it is the host, if there is no userinfo.
    host_length: usize,
    has_userinfo: bool,
    has_upper_case: bool,
}

impl Written {
    fn of(authority: &str) -> Self {
        let mut written = Self {
            host_length: authority.len(),
            has_userinfo: false,
            has_upper_case: false,
        };
        for (at, byte) in authority.bytes().enumerate() {
            match byte {
                b':' if written.host_length == authority.len() => written.host_length = at,
                // The colons before it were those of an IPv6 address.
                b']' => written.host_length = authority.len(),
                b'@' => written.has_userinfo = true,
                b'A'..=b'Z' => written.has_upper_case = true,
                _ => {}
            }
        }
        written
    }
}

fn default_port(is_https: bool) -> u16 {
    if is_https { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn origin(uri: &str) -> Origin {
        Origin::of(&Method::GET, &uri.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_same_origin_may_be_written_differently() {
        for (one, other) in [
            ("http://a.example/x", "http://A.Example:80/y?z"),
            ("https://a.example", "https://a.example:443/"),
            ("http://a.example/", "http://a.example:/"),
            ("http://[::1]/", "http://[::1]:80/"),
        ] {
            assert_eq!(origin(one), origin(other), "{one} {other}");
        }
    }

    #[test]
    fn origins_differ_by_scheme_host_and_port() {
        let all = [
            "http://a.example",
            "https://a.example",
            "http://b.example",
            "http://a.example:81",
            "https://a.example:80",
        ];
        for one in all {
            let same = all.iter().filter(|other| origin(one) == origin(other));
            assert_eq!(same.count(), 1, "{one}");
        }
    }

    #[test]
    fn it_is_dialed_at_its_address_and_port() {
        for (uri, endpoint) in [
            ("http://a.example", "a.example:80"),
            ("https://a.example", "a.example:443"),
            ("https://127.0.0.1:8443", "127.0.0.1:8443"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            assert_eq!(origin(uri).endpoint(), endpoint.parse().unwrap());
        }
        // Not what the syntax of endpoints makes of it.
        let unix = Endpoint::Host {
            name: "unix".to_owned(),
            port: 81,
        };
        assert_eq!(origin("http://unix:81").endpoint(), unix);
        assert_eq!(origin("https://a.example.").server_name(), "a.example");
        assert_eq!(origin("https://[::1]").server_name(), "::1");
    }

    #[test]
    fn a_uri_without_an_origin_is_refused() {
        for uri in [
            "/path",
            "ftp://a.example/",
            "http://user@a.example/",
            "http://user:pass@a.example/",
            "http://a.example:99999/",
            "http://:80/",
            "a.example:80",
        ] {
            check_refused(&Method::GET, uri);
        }
    }

    #[test]
    fn the_target_of_connect_is_a_host_and_a_port() {
        let uri = "A.example:443".parse().unwrap();
        let origin = Origin::of(&Method::CONNECT, &uri).unwrap();
        assert_eq!(origin.host_and_port(), "a.example:443");
        for uri in [
            "a.example",
            "a.example:",
            "http://a.example:80",
            "https://a.example:443/",
            "user@a.example:80",
            "/",
        ] {
            check_refused(&Method::CONNECT, uri);
        }
    }

    #[track_caller]
    fn check_refused(method: &Method, uri: &str) {
        let Ok(uri) = uri.parse() else { return };
        let refused = matches!(Origin::of(method, &uri), Err(Kind::Uri(_)));
        assert!(refused, "{method} {uri}");
    }
}
