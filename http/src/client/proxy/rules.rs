use http::Uri;
use http::uri::Authority;

use super::{Bypass, Proxy};

/// Which proxy a request goes through. The default is none.
///
/// ```
/// use wharf_http::{Bypass, Proxies};
///
/// let proxies = Proxies {
///     all: Some("socks5h://127.0.0.1:9050".parse()?),
///     bypass: Bypass::loopback().and("corp.example".parse()?),
///     ..Proxies::default()
/// };
/// let proxy = proxies.for_uri(&"https://example.org/".parse().unwrap()).unwrap();
/// assert_eq!(proxy.to_string(), "socks5h://127.0.0.1:9050");
/// assert!(proxies.for_uri(&"http://git.corp.example/".parse().unwrap()).is_none());
/// # Ok::<(), wharf_http::ProxySyntaxError>(())
/// ```
///
/// Nothing here reads the environment. Who wants what it says hands it over:
///
/// ```
/// # fn example() -> Result<wharf_http::Proxies, wharf_http::ProxyVarError> {
/// let proxies = wharf_http::Proxies::from_vars(std::env::vars_os())?;
/// # Ok(proxies)
/// # }
/// # example().unwrap_or_default();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `http` requests. The default is `None`: that of `all`.
    pub http: Option<Proxy>,
    /// For `https` requests. The default is `None`: that of `all`.
    pub https: Option<Proxy>,
    /// For the requests that neither of the two is for. The default is `None`: they go directly.
    pub all: Option<Proxy>,
    /// Hosts to which a request goes directly. The default is empty: whoever names a proxy for all requests gets it for
    /// all, and a debugging proxy is of use for `localhost` too. What [`from_vars`](Self::from_vars) returns has
    /// [`Bypass::loopback`] in it.
    pub bypass: Bypass,
}

impl Proxies {
    /// The proxy for a request to this URI, `None` for none. A URI without a host, or of another scheme than `http` and
    /// `https`, has none.
    pub fn for_uri(&self, uri: &Uri) -> Option<&Proxy> {
        let (own, default_port) = match uri.scheme_str()? {
            "http" => (&self.http, 80),
            "https" => (&self.https, 443),
            _ => return None,
        };
        self.choose(own.as_ref(), uri.authority()?, default_port)
    }

    /// The proxy that is sent a CONNECT to this host and port: that of `https`, which says the same for itself.
    pub(in crate::client) fn for_connect(&self, target: &Authority) -> Option<&Proxy> {
        self.choose(self.https.as_ref(), target, 443)
    }

    fn choose<'a>(
        &'a self,
        own: Option<&'a Proxy>,
        authority: &Authority,
        default_port: u16,
    ) -> Option<&'a Proxy> {
        let proxy = own.or(self.all.as_ref())?;
        let port = authority.port_u16().unwrap_or(default_port);
        (!self.bypass.covers(authority.host(), port)).then_some(proxy)
    }
}

/// One proxy for everything.
impl From<Proxy> for Proxies {
    fn from(proxy: Proxy) -> Self {
        Self {
            all: Some(proxy),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(http: &str, https: &str, all: &str, bypass: &str) -> Proxies {
        let proxy = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        Proxies {
            http: proxy(http),
            https: proxy(https),
            all: proxy(all),
            bypass: bypass.parse().unwrap(),
        }
    }

    #[track_caller]
    fn check(proxies: &Proxies, uri: &str, expected: Option<&str>) {
        let proxy = proxies.for_uri(&uri.parse().unwrap());
        let host = proxy.map(Proxy::host);
        assert_eq!(host.as_deref(), expected, "{proxies:?} and {uri}");
    }

    #[test]
    fn each_scheme_has_its_proxy_and_the_rest_that_of_all() {
        for (http, https, all, for_http, for_https) in [
            ("", "", "", None, None),
            ("h", "", "", Some("h"), None),
            ("", "s", "", None, Some("s")),
            ("h", "s", "", Some("h"), Some("s")),
            ("", "", "a", Some("a"), Some("a")),
            ("h", "", "a", Some("h"), Some("a")),
            ("", "s", "a", Some("a"), Some("s")),
            ("h", "s", "a", Some("h"), Some("s")),
        ] {
            let proxies = proxies(http, https, all, "");
            check(&proxies, "http://example.com/", for_http);
            check(&proxies, "HTTP://example.com/", for_http);
            check(&proxies, "https://example.com/", for_https);
            check(&proxies, "ftp://example.com/", None);
            check(&proxies, "/path", None);
        }
    }

    #[test]
    fn what_is_bypassed_goes_directly_by_its_port() {
        let proxies = proxies("", "", "a", "one.example, two.example:443, [::1]:80");
        check(&proxies, "http://one.example:8080/", None);
        check(&proxies, "https://two.example/", None);
        check(&proxies, "https://two.example:443/", None);
        check(&proxies, "http://two.example/", Some("a"));
        check(&proxies, "http://[::1]/", None);
        check(&proxies, "https://[::1]/", Some("a"));
    }

    #[test]
    fn one_proxy_for_everything_is_for_this_host_too() {
        let proxies = Proxies::from("a".parse::<Proxy>().unwrap());
        check(&proxies, "http://localhost/", Some("a"));
        check(&proxies, "https://example.com/", Some("a"));
    }
}
