//! The URL, as a person writes it.

use std::net::IpAddr;

use http::Uri;

use super::failure::{Class, Failure};

/// Ports on which even this machine is taken to speak HTTPS; the second is that of `wharf serve`.
const HTTPS_PORTS: [u16; 2] = [443, 8443];

/// Reads a URL. Without a scheme it is one of https, which nobody on the way can read; on this machine, where nobody is on
/// the way and few servers have a certificate, of http.
pub(super) fn parse(text: &str) -> Result<Uri, Failure> {
    let uri = match scheme(text) {
        Some(_) => read(text)?,
        None => {
            let secure = read(&format!("https://{text}"))?;
            let is_https = !is_local(&secure)
                || secure
                    .port_u16()
                    .is_some_and(|port| HTTPS_PORTS.contains(&port));
            if is_https {
                secure
            } else {
                read(&format!("http://{text}"))?
            }
        }
    };
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err(refused("there are credentials in the URL")
            .hint("give them with -u NAME:PASSWORD or -u @FILE"));
    }
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(refused("only http and https URLs can be fetched"));
    }
    Ok(uri)
}

fn read(text: &str) -> Result<Uri, Failure> {
    text.parse().map_err(|error| {
        let failure = Failure::new(Class::Url, anyhow::Error::new(error).context(format!("cannot read the URL {text:?}")));
        if text.contains(|c: char| !c.is_ascii_graphic()) {
            failure.hint("blanks and letters beyond ASCII are written as %20 and its like, names of hosts as xn--…")
        } else {
            failure
        }
    })
}

fn refused(message: &'static str) -> Failure {
    Failure::new(Class::Url, anyhow::Error::msg(message))
}

/// ```text
/// scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )                                   RFC 3986 §3.1
/// ```
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    scheme.chars().all(is_letter).then_some(scheme)
}

fn is_local(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let host = bare.unwrap_or(host).to_ascii_lowercase();
    let name = host.strip_suffix('.').unwrap_or(&host);
    let ip: Option<IpAddr> = name.parse().ok();
    name == "localhost"
        || name.ends_with(".localhost")
        || ip.is_some_and(|ip| ip.to_canonical().is_loopback())
}

/// The last part of the path, as the name of a file.
pub(super) fn file_name(uri: &Uri) -> Option<&str> {
    let name = uri.path().rsplit('/').next()?;
    (!matches!(name, "" | "." | "..")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_scheme_it_is_https_except_on_this_machine() {
        for (text, expected) in [
            ("example.com", "https://example.com/"),
            (
                "example.com:80/a?b=c://d",
                "https://example.com:80/a?b=c://d",
            ),
            ("localhost", "http://localhost/"),
            ("LocalHost:8080/x", "http://LocalHost:8080/x"),
            ("localhost:8443", "https://localhost:8443/"),
            ("127.0.0.2:443", "https://127.0.0.2:443/"),
            ("a.localhost", "http://a.localhost/"),
            ("notlocalhost", "https://notlocalhost/"),
            ("[::1]:81", "http://[::1]:81/"),
            ("192.0.2.1", "https://192.0.2.1/"),
            ("http://localhost:8443", "http://localhost:8443/"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_fetched_is_refused() {
        for text in [
            "",
            "ftp://a.example/",
            "a b",
            "https://",
            "http://u:p@a.example/",
            "u@a.example",
        ] {
            let failure = parse(text).expect_err(text);
            assert_eq!(failure.code(), 3, "{text}");
        }
    }

    #[test]
    fn a_file_is_named_by_the_last_part_of_the_path() {
        let name = |text: &str| file_name(&text.parse().unwrap()).map(ToOwned::to_owned);
        assert_eq!(
            name("http://a.example/b/c.txt?d=/e").as_deref(),
            Some("c.txt")
        );
        assert_eq!(name("http://a.example/b%2Fc").as_deref(), Some("b%2Fc"));
        for text in [
            "http://a.example",
            "http://a.example/b/",
            "http://a.example/b/..",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }
}
