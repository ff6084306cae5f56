use std::ffi::{OsStr, OsString};
use std::str::FromStr;

use super::{Bypass, Proxies, ProxySyntaxError};

impl Proxies {
    /// What the variables of an environment say, given as pairs of name and value.
    ///
    /// | variables | field |
    /// |---|---|
    /// | `http_proxy`, `HTTP_PROXY` | [`http`](Self::http) |
    /// | `https_proxy`, `HTTPS_PROXY` | [`https`](Self::https) |
    /// | `all_proxy`, `ALL_PROXY` | [`all`](Self::all) |
    /// | `no_proxy`, `NO_PROXY` | [`bypass`](Self::bypass) |
    ///
    /// The first of each row comes before the second; an empty one counts as one that is not there. Both as in curl; Go
    /// looks at upper case first, and knows no `ALL_PROXY`.
    ///
    /// Requests to this host ([`Bypass::loopback`]) go directly whatever the variables say, as in Go, which leaves out
    /// only the names below `localhost`: the proxy of an environment is some other host, to which they all mean itself.
    /// Replace [`bypass`](Self::bypass) where that is wrong.
    ///
    /// `HTTP_PROXY` is left out if there is a `REQUEST_METHOD`. A CGI program has one, and gets the `Proxy` field of
    /// whoever sent it a request as `HTTP_PROXY` (CVE-2016-5385, "httpoxy").
    ///
    /// ```
    /// use wharf_http::Proxies;
    ///
    /// let vars = [("https_proxy", "http://proxy.example:3128"), ("NO_PROXY", "corp.example, 10.0.0.0/8")];
    /// let proxies = Proxies::from_vars(vars)?;
    /// assert!(proxies.for_uri(&"https://example.org/".parse().unwrap()).is_some());
    /// assert!(proxies.for_uri(&"https://10.1.2.3/".parse().unwrap()).is_none());
    /// # Ok::<(), wharf_http::ProxyVarError>(())
    /// ```
    ///
    /// A library does not read the environment, so a program says that it wants to be told where to connect by it:
    /// `Proxies::from_vars(std::env::vars_os())`. (`std::env::vars()` works too, and panics where any variable at all is
    /// not Unicode.)
    ///
    /// # Errors
    ///
    /// The variable that cannot be used, and why. It is better not to begin than to connect past a proxy that was meant.
    pub fn from_vars<N, V>(vars: impl IntoIterator<Item = (N, V)>) -> Result<Self, ProxyVarError>
    where
        N: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        let vars = Vars::of(vars);
        let http = if vars.value(REQUEST_METHOD).is_some() {
            &["http_proxy"][..]
        } else {
            &["http_proxy", "HTTP_PROXY"]
        };
        let bypass: Option<Bypass> = vars.parse(&["no_proxy", "NO_PROXY"])?;
        Ok(Self {
            http: vars.parse(http)?,
            https: vars.parse(&["https_proxy", "HTTPS_PROXY"])?,
            all: vars.parse(&["all_proxy", "ALL_PROXY"])?,
            bypass: Bypass::loopback().and(bypass.unwrap_or_default()),
        })
    }
}

const REQUEST_METHOD: &str = "REQUEST_METHOD";

/// Each variable that is looked at.
const NAMES: [&str; 9] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    REQUEST_METHOD,
];

/// Those that are there, even if empty.
struct Vars(Vec<(&'static str, OsString)>);

impl Vars {
    fn of<N: AsRef<OsStr>, V: AsRef<OsStr>>(vars: impl IntoIterator<Item = (N, V)>) -> Self {
        let known = vars.into_iter().filter_map(|(name, value)| {
            let name = NAMES.into_iter().find(|known| name.as_ref() == *known)?;
            Some((name, value.as_ref().to_owned()))
        });
        Self(known.collect())
    }

    fn value(&self, name: &str) -> Option<&OsStr> {
        let mut vars = self.0.iter();
        vars.find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_os_str())
    }

    /// The first of `names` that is not empty. White space around a value is left by shells and files of settings.
    fn parse<T>(&self, names: &[&'static str]) -> Result<Option<T>, ProxyVarError>
    where
        T: FromStr<Err = ProxySyntaxError>,
    {
        for variable in names {
            let Some(value) = self.value(variable) else {
                continue;
            };
            let text = value.to_str().ok_or(ProxySyntaxError::NotUnicode);
            let parsed = match text.map(str::trim) {
                Ok("") => continue,
                Ok(text) => text.parse(),
                Err(error) => Err(error),
            };
            return parsed
                .map(Some)
                .map_err(|error| ProxyVarError { variable, error });
        }
        Ok(None)
    }
}

/// A variable of the environment that does not say what it should. Its value is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the variable {variable} cannot be used")]
pub struct ProxyVarError {
    variable: &'static str,
    #[source]
    error: ProxySyntaxError,
}

impl ProxyVarError {
    /// Its name.
    pub fn variable(&self) -> &'static str {
        self.variable
    }

    /// What is wrong with its value.
    pub fn syntax(&self) -> &ProxySyntaxError {
        &self.error
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[track_caller]
    fn check(vars: &[(&str, &str)], uri: &str, expected: Option<&str>) {
        let proxies = Proxies::from_vars(vars.iter().copied()).unwrap();
        let proxy = proxies.for_uri(&uri.parse().unwrap());
        let printed = proxy.map(ToString::to_string);
        assert_eq!(printed.as_deref(), expected, "{vars:?} and {uri}");
    }

    /// The rows of `golang.org/x/net/http/httpproxy` that are about more than one rule.
    #[test]
    fn each_variable_is_for_its_scheme() {
        let both = [
            ("HTTP_PROXY", "http.proxy.tld"),
            ("HTTPS_PROXY", "https://secure.proxy.tld"),
        ];
        check(
            &both,
            "http://insecure.tld/",
            Some("http://http.proxy.tld:80"),
        );
        check(
            &both,
            "https://secure.tld/",
            Some("https://secure.proxy.tld:443"),
        );
        check(&both[..1], "https://secure.tld/", None);
        check(&both[..1], "ftp://insecure.tld/", None);
        check(&[], "http://example.com/", None);
        let all = [("ALL_PROXY", "socks5://all"), ("https_proxy", "s")];
        check(&all, "http://example.com/", Some("socks5://all:1080"));
        check(&all, "https://example.com/", Some("http://s:80"));
    }

    #[test]
    fn lower_case_comes_first_and_empty_is_absent() {
        for name in ["http_proxy", "all_proxy"] {
            let upper = name.to_uppercase();
            let uri = "http://example.com/";
            check(
                &[(&upper, "upper"), (name, "lower")],
                uri,
                Some("http://lower:80"),
            );
            check(
                &[(name, "lower"), (&upper, "upper")],
                uri,
                Some("http://lower:80"),
            );
            check(
                &[(name, ""), (&upper, " upper ")],
                uri,
                Some("http://upper:80"),
            );
            check(&[(name, " "), (&upper, "")], uri, None);
            // Nobody reads it any more.
            check(
                &[(name, "lower"), (&upper, "not a host")],
                uri,
                Some("http://lower:80"),
            );
        }
        let vars = [("all_proxy", "p"), ("no_proxy", "a"), ("NO_PROXY", "b")];
        check(&vars, "http://a/", None);
        check(&vars, "http://b/", Some("http://p:80"));
        check(&[("Http_Proxy", "p")], "http://example.com/", None);
    }

    #[test]
    fn a_cgi_program_takes_no_proxy_from_its_client() {
        let uri = "http://example.com/";
        for method in ["GET", ""] {
            let cgi = ("REQUEST_METHOD", method);
            check(&[("HTTP_PROXY", "evil"), cgi], uri, None);
            check(&[cgi, ("HTTP_PROXY", "evil")], uri, None);
            check(&[cgi, ("HTTP_PROXY", "not a host")], uri, None);
            check(
                &[cgi, ("HTTP_PROXY", "evil"), ("ALL_PROXY", "p")],
                uri,
                Some("http://p:80"),
            );
            check(&[cgi, ("http_proxy", "p")], uri, Some("http://p:80"));
            check(
                &[cgi, ("HTTPS_PROXY", "p")],
                "https://example.com/",
                Some("http://p:80"),
            );
        }
    }

    #[test]
    fn this_host_is_never_reached_through_the_proxy_of_an_environment() {
        for host in [
            "localhost",
            "localhost:8080",
            "127.0.0.2",
            "[::1]:8443",
            "app.localhost",
        ] {
            for no_proxy in ["", "example.com"] {
                let vars = [("all_proxy", "p"), ("no_proxy", no_proxy)];
                check(&vars, &format!("http://{host}/"), None);
                check(&vars, &format!("https://{host}/"), None);
            }
        }
        check(&[("all_proxy", "p")], "http://[::2]/", Some("http://p:80"));
        check(
            &[("all_proxy", "p"), ("no_proxy", "*")],
            "http://[::2]/",
            None,
        );
    }

    #[test]
    fn an_error_names_the_variable_and_not_the_value() {
        for (variable, value) in [
            ("http_proxy", "http://user:hunter2"),
            ("HTTPS_PROXY", "socks4://user:hunter2@proxy"),
            ("ALL_PROXY", "http://user:hunter2%@proxy"),
            ("no_proxy", "http://user:hunter2@proxy"),
        ] {
            let error = Proxies::from_vars([(variable, value)]).unwrap_err();
            assert_eq!(error.variable(), variable);
            let printed = format!("{error} {error:?} {}", error.syntax());
            assert!(!printed.contains("hunter2"), "{printed}");
        }
        let error = Proxies::from_vars([("all_proxy", "socks4://proxy")]).unwrap_err();
        assert_eq!(error.to_string(), "the variable all_proxy cannot be used");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(
            cause,
            "\"socks4\" is no kind of proxy: it is http, https, socks5 or socks5h"
        );
    }

    #[test]
    fn only_variables_that_are_looked_at_have_to_be_unicode() {
        let latin = OsStr::from_bytes(b"\xe4");
        let name = OsStr::new("OTHER");
        assert_eq!(
            Proxies::from_vars([(name, latin)]),
            Proxies::from_vars([("OTHER", "")])
        );
        let error = Proxies::from_vars([(OsStr::new("NO_PROXY"), latin)]).unwrap_err();
        assert_eq!(error.syntax(), &ProxySyntaxError::NotUnicode);
    }
}
