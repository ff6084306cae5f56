use std::net::IpAddr;
use std::str::FromStr;

use wharf_net::{IpNet, PrefixSet};

use super::ProxySyntaxError;

/// The hosts to which a request goes directly, past any proxy: what `NO_PROXY` says.
///
/// | entry | what it covers |
/// |---|---|
/// | `example.com`, `.example.com` | the name and all below it |
/// | `*.example.com` | all below the name |
/// | `192.0.2.7`, `2001:db8::7`, `[2001:db8::7]` | an address |
/// | `192.0.2.0/24`, `2001:db8::/32` | the addresses in a prefix; bits outside the length are ignored |
/// | `example.com:8443`, `192.0.2.7:80`, `[2001:db8::7]:80` | the same, on one port |
/// | `*` | everything |
///
/// Commas or white space come between entries. Names compare without case and without the dot at their end. Addresses and
/// prefixes are compared only with hosts that are written as an address: nothing is resolved, for where a proxy is needed
/// the names are often not known outside of it.
///
/// Others agree on little: a name with a leading dot covers the name itself for curl and Python, and not for Go; `*.` is
/// only known to Go (of these three); prefixes are known to Go and, since 7.86, curl, which takes a length of 0 for the whole address. Each
/// of them skips what it does not understand; here it is an error, since `10.1.*` means something to whoever wrote it.
///
/// ```
/// use wharf_http::Bypass;
///
/// let inside: Bypass = "corp.example, 10.0.0.0/8".parse()?;
/// assert!(inside.covers("git.corp.example", 443));
/// assert!(inside.covers("10.1.2.3", 80));
/// assert!(!inside.covers("example.org", 443));
/// # Ok::<(), wharf_http::ProxySyntaxError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bypass {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    All,
    /// A name without the dots around it, and all below it.
    Name(String),
    /// Only what is below.
    Below(String),
    Addresses(PrefixSet),
}

impl Bypass {
    /// This host: `127.0.0.0/8`, `::1`, `localhost` and, since all of them are this host ([RFC 6761 §6.3]), the names
    /// below `localhost`. To a proxy they mean itself.
    ///
    /// [RFC 6761 §6.3]: https://www.rfc-editor.org/rfc/rfc6761#section-6.3
    pub fn loopback() -> Self {
        "localhost 127.0.0.0/8 ::1"
            .parse()
            .expect("each of the three is an entry")
    }

    /// Whether a request to this host goes past the proxies. An IPv6 address may have its brackets.
    pub fn covers(&self, host: &str, port: u16) -> bool {
        let host = Host::of(host);
        self.entries
            .iter()
            .any(|entry| entry.port.is_none_or(|only| only == port) && entry.hosts.contain(&host))
    }

    /// Whether there is no entry: nothing goes past the proxies.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Both lists as one.
    pub fn and(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self
    }
}

/// Entries with commas or white space between them. No entry at all is fine: it is what an empty variable says.
impl FromStr for Bypass {
    type Err = ProxySyntaxError;

    fn from_str(text: &str) -> Result<Self, ProxySyntaxError> {
        let entries = text
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|entry| !entry.is_empty())
            .map(|entry| {
                Entry::parse(entry).ok_or_else(|| ProxySyntaxError::bypass_entry(entry, text))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::anywhere(Hosts::All));
        }
        if let Some((address, len)) = text.split_once('/') {
            return prefix(address, len).map(|prefix| Self::anywhere(Hosts::from(prefix)));
        }
        // Before the port is looked for: an IPv6 address may come without brackets.
        if let Some(address) = address(text) {
            return Some(Self::anywhere(Hosts::from(IpNet::from(address))));
        }
        let (host, port) = match text.rsplit_once(':') {
            None => (text, None),
            Some((host, digits)) => (host, Some(port(digits)?)),
        };
        let hosts = match address(host) {
            // Of `2001:db8::7:80` nobody could tell whether a port is in it.
            Some(IpAddr::V6(_)) if !host.starts_with('[') => return None,
            Some(address) => Hosts::from(IpNet::from(address)),
            None => name(host)?,
        };
        Some(Self { hosts, port })
    }

    fn anywhere(hosts: Hosts) -> Self {
        Self { hosts, port: None }
    }
}

/// An address, an IPv6 address also in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let inside = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match inside {
        Some(inside) => inside.parse().ok().map(IpAddr::V6),
        None => text.parse().ok(),
    }
}

/// `PrefixSet` refuses the text `10.1.2.3/8`. Here it is the whole of `10.0.0.0/8`, as for Go and curl: the list is written once
/// for all programs of a host.
fn prefix(address: &str, len: &str) -> Option<IpNet> {
    IpNet::new(address.parse().ok()?, digits(len)?).ok()
}

fn port(text: &str) -> Option<u16> {
    digits(text).filter(|port| *port != 0)
}

/// Digits only: `"+80".parse::<u16>()` would succeed.
fn digits<N: FromStr>(text: &str) -> Option<N> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

fn name(text: &str) -> Option<Hosts> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let hosts = match text.strip_prefix("*.") {
        Some(below) => Hosts::Below(below.to_ascii_lowercase()),
        None => Hosts::Name(text.strip_prefix('.').unwrap_or(text).to_ascii_lowercase()),
    };
    let (Hosts::Name(name) | Hosts::Below(name)) = &hosts else {
        return None;
    };
    is_host_name(name).then_some(hosts)
}

/// The characters that `Endpoint` has for a name too. Digits and dots alone were meant to be addresses: `10.0` or
/// `192.0.2.256`.
fn is_host_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_numeric = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    name.bytes().all(is_allowed)
        && !name.bytes().all(is_numeric)
        && name.split('.').all(|label| !label.is_empty())
}

/// What a request is for.
enum Host<'a> {
    Address(IpAddr),
    /// Without the dot at its end.
    Name(&'a str),
}

impl<'a> Host<'a> {
    fn of(text: &'a str) -> Self {
        match address(text) {
            Some(address) => Self::Address(address),
            None => Self::Name(text.strip_suffix('.').unwrap_or(text)),
        }
    }
}

impl From<IpNet> for Hosts {
    fn from(prefix: IpNet) -> Self {
        Self::Addresses([prefix].into_iter().collect())
    }
}

impl Hosts {
    fn contain(&self, host: &Host<'_>) -> bool {
        match (self, host) {
            (Self::All, _) => true,
            (Self::Addresses(addresses), Host::Address(address)) => addresses.contains(*address),
            (Self::Name(name), Host::Name(host)) => {
                host.eq_ignore_ascii_case(name) || is_below(host, name)
            }
            (Self::Below(name), Host::Name(host)) => is_below(host, name),
            (Self::Addresses(_), Host::Name(_))
            | (Self::Name(_) | Self::Below(_), Host::Address(_)) => false,
        }
    }
}

fn is_below(host: &str, name: &str) -> bool {
    let (host, name) = (host.as_bytes(), name.as_bytes());
    let Some(at) = host.len().checked_sub(name.len()) else {
        return false;
    };
    let (below, end) = host.split_at(at);
    end.eq_ignore_ascii_case(name) && matches!(below, [_, .., b'.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a list covers what an authority names, on port 80 if it names none.
    #[track_caller]
    fn check(list: &str, authority: &str, expected: bool) {
        let list: Bypass = list.parse().unwrap();
        let uri: http::Uri = format!("http://{authority}/").parse().unwrap();
        let covers = list.covers(uri.host().unwrap(), uri.port_u16().unwrap_or(80));
        assert_eq!(covers, expected, "{list:?} and {authority}");
    }

    /// The tables of `golang.org/x/net/http/httpproxy`, where each row says whether a proxy is used.
    #[test]
    fn go_and_we_agree_but_where_it_is_said() {
        const LIST: &str = "foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, 192.168.1.3:80, \
            10.0.0.0/30, 2001:db8::52:0:1, [2001:db8::52:0:2]:443, [2001:db8::52:0:3]:80, 2002:db8:a::45/64";
        let table = [
            ("[::2]", true),
            ("192.168.1.1", false),
            ("192.168.1.2", true),
            ("192.168.1.3", false),
            ("192.168.1.4", true),
            ("10.0.0.2", false),
            ("[2001:db8::52:0:1]", false),
            ("[2001:db8::52:0:2]", true),
            ("[2001:db8::52:0:3]", false),
            ("[2002:db8:a::123]", false),
            ("[fe80::424b:c8be:1643:a1b6]", true),
            // Go: true. The leading dot excludes the name itself there, and not for curl and Python.
            ("barbaz.net", false),
            ("www.barbaz.net", false),
            ("foobar.com", false),
            ("www.foobar.com", false),
            ("foofoobar.com", true),
            ("baz.com", true),
            ("localhost.net", true),
            ("local.localhost", true),
            ("barbarbaz.net", true),
            ("wildcard.io", true),
            ("nested.wildcard.io", false),
            ("awildcard.io", true),
        ];
        for (authority, is_proxied) in table {
            check(LIST, authority, !is_proxied);
            check("*", authority, true);
            check("x.example *", authority, true);
        }
        check("ample.com", "example.com", false);
        check("example.com", "foo.example.com", true);
        check(".foo.com", "example.com", false);
        check("xn--fsq092h.com", "www.xn--fsq092h.com", true);
    }

    /// The table of curl's `unit1614.c`.
    #[test]
    fn curl_and_we_agree_but_where_it_is_said() {
        let table = [
            (
                "www.example.com",
                "localhost,.example.com,.example.de",
                true,
            ),
            (
                "www.example.com.",
                "localhost,.example.com,.example.de",
                true,
            ),
            ("example.com", "localhost,.example.com,.example.de", true),
            ("example.com.", "localhost,.example.com,.example.de", true),
            (
                "www.example.com",
                "localhost,.example.com.,.example.de",
                true,
            ),
            (
                "www.example.com",
                "localhost,www.example.com.,.example.de",
                true,
            ),
            ("example.com", "localhost,example.com,.example.de", true),
            ("example.com.", "localhost,example.com,.example.de", true),
            // No in this table, which is that of 7.86. By 7.88 a name covers what is below, as `foreign.rs` sees.
            ("www.example.com", "localhost,example.com,.example.de", true),
            ("127.0.0.1", "127.0.0.1,localhost", true),
            ("127.0.0.1", "127.0.0.1,localhost,", true),
            ("127.0.0.1", "127.0.0.1/8,localhost,", true),
            ("127.0.0.1", "127.0.0.1/28,localhost,", true),
            ("127.0.0.1", "127.0.0.1/31,localhost,", true),
            ("127.0.0.1", "localhost,127.0.0.1", true),
            ("localhost", "localhost,127.0.0.1", true),
            ("localhost", "127.0.0.1,localhost", true),
            ("foobar", "barfoo", false),
            ("foobar", "foobar", true),
            ("192.168.0.1", "foobar", false),
            ("192.168.0.1", "192.168.0.0/16", true),
            ("192.168.0.1", "192.168.0.0/24", true),
            ("192.168.0.1", "192.168.0.0/32", false),
            ("192.168.0.1", "192.168.0.0", false),
            ("192.168.1.1", "192.168.0.0/24", false),
            ("192.168.1.1", "foo, bar, 192.168.0.0/24", false),
            ("192.168.1.1", "foo, bar, 192.168.0.0/16", true),
            ("[::1]", "foo, bar, 192.168.0.0/16", false),
            ("[::1]", "foo, bar, ::1/64", true),
            ("bar", "foo, bar, ::1/64", true),
            ("BAr", "foo, bar, ::1/64", true),
            ("BAr", "foo,,,,,              bar, ::1/64", true),
            ("www.example.com", "foo, .example.com", true),
            ("www.example.com", "www2.example.com, .example.net", false),
            ("example.com", ".example.com, .example.net", true),
            ("nonexample.com", ".example.com, .example.net", false),
            // Its tests of prefixes alone. In curl a length of 0 is that of the whole address.
            ("192.160.0.1", "10.0.0.1/0", true),
            ("192.160.0.1", "10.0.0.1/8", false),
            ("192.160.0.1", "192.160.0.1/20", true),
            ("[::1]", "0:0::1/128", true),
            (
                "[fe80::ab47:4396:55c9:8474]",
                "fe80::ab47:4396:55c9:8474/64",
                true,
            ),
        ];
        for (authority, list, expected) in table {
            check(list, authority, expected);
        }
    }

    #[test]
    fn a_port_narrows_an_entry_down() {
        for (list, host) in [
            ("example.com:8443", "example.com"),
            (".example.com:8443", "a.example.com"),
            ("*.example.com:8443", "a.example.com"),
            ("192.0.2.7:8443", "192.0.2.7"),
            ("[2001:db8::7]:8443", "[2001:db8::7]"),
        ] {
            check(list, &format!("{host}:8443"), true);
            check(list, host, false);
        }
        // What looks like a port may belong to the address.
        check("2001:db8::7:8443", "[2001:db8::7]:8443", false);
        check("2001:db8::7:8443", "[2001:db8::7:8443]", true);
    }

    #[test]
    fn an_ipv4_mapped_address_is_the_ipv4_address() {
        check("192.0.2.0/24", "[::ffff:192.0.2.7]", true);
        check("::ffff:192.0.2.7", "192.0.2.7", true);
        check("::ffff:192.0.2.0/120", "192.0.2.7", true);
        check("::/0", "192.0.2.7", false);
    }

    #[test]
    fn case_does_not_matter() {
        check("Example.COM", "eXample.com", true);
        check("*.Example.COM", "a.eXample.com.", true);
        check("*.example.com", "example.com", false);
        check("2001:DB8::7", "[2001:db8::7]", true);
    }

    #[test]
    fn nothing_before_a_dot_is_not_below_it() {
        for list in ["example.com", "*.example.com"] {
            check(list, ".example.com", false);
            check(list, "a.example.com", true);
        }
    }

    #[test]
    fn an_empty_list_covers_nothing() {
        for list in ["", " ", ",", " ,\t, "] {
            assert!(list.parse::<Bypass>().unwrap().is_empty());
            check(list, "example.com", false);
        }
    }

    #[test]
    fn loopback_is_this_host_and_nothing_else() {
        let loopback = Bypass::loopback();
        for host in [
            "localhost",
            "LOCALHOST.",
            "app.localhost",
            "127.0.0.1",
            "127.255.0.1",
            "[::1]",
            "::1",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(loopback.covers(host, 80), "{host}");
        }
        for host in ["localhost.example", "notlocalhost", "128.0.0.1", "[::2]"] {
            assert!(!loopback.covers(host, 80), "{host}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for entry in [
            ":1",
            ".",
            "*.",
            "..example.com",
            "a..b",
            "10.1.*",
            "10.1",
            "192.0.2.256",
            "192.0.2.0/33",
            "192.0.2.0/+8",
            "192.0.2.0/",
            "192.0.2.0/24:80",
            "[192.0.2.7]:80",
            "example.com:",
            "example.com:0",
            "example.com:65536",
            "http://example.com",
            "*:80",
            "b*d.example",
            "[::1",
            "fe80::1%eth0",
            "例え.example",
        ] {
            let list = format!("good.example, {entry}");
            assert_eq!(
                list.parse::<Bypass>(),
                Err(ProxySyntaxError::bypass_entry(entry, &list)),
                "{entry}"
            );
        }
        let error = "10.1.*".parse::<Bypass>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "'10.1.*' is neither a host name, an IP address, an address prefix nor *"
        );
    }

    #[test]
    fn a_proxy_in_the_wrong_variable_does_not_show_its_password() {
        for list in [
            "http://user:hunter2@proxy:3128",
            "a, http://user:hunter2,3@proxy",
        ] {
            let error = list.parse::<Bypass>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        let long = "x".repeat(10_000) + "*";
        let error = long.parse::<Bypass>().unwrap_err();
        assert!(error.to_string().len() < 200);
    }
}
