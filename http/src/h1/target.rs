//! The four forms of a request-target.
//!
//! ```text
//! request-target = origin-form / absolute-form / authority-form / asterisk-form      RFC 9112 §3.2
//! origin-form    = absolute-path [ "?" query ]
//! absolute-form  = absolute-URI
//! authority-form = uri-host ":" port
//! asterisk-form  = "*"
//! ```

use bytes::Bytes;
use http::uri::{Scheme, Uri};
use http::{HeaderValue, Method};

use super::ProtocolError;
use super::grammar::{is_host, is_port};

/// Reads a request-target and checks that its form goes with the method.
pub(super) fn parse(target: Bytes, method: &Method) -> Result<Uri, ProtocolError> {
    // `http::Uri` drops a fragment and takes raw non-ASCII: neither may be in a request-target.
    if !target
        .iter()
        .all(|byte| matches!(byte, b'!' | b'"' | b'$'..=b'~'))
    {
        return Err(ProtocolError::InvalidTarget);
    }
    let form = Form::of(&target, method)?;
    let length = target.len();
    let uri = Uri::from_maybe_shared(target).map_err(|_| ProtocolError::InvalidTarget)?;
    let authority = uri
        .authority()
        .map_or(&b""[..], |authority| authority.as_str().as_bytes());
    let scheme_is_http = [&Scheme::HTTP, &Scheme::HTTPS]
        .into_iter()
        .any(|s| uri.scheme() == Some(s));
    let is_valid = match form {
        // `//host/path` is an origin-form whose path begins with an empty segment; `http::Uri` agrees.
        Form::Origin | Form::Asterisk => uri.authority().is_none(),
        // A userinfo part is an old phishing device; RFC 9110 §4.2.4 asks to treat it as an error. `is_host` does.
        Form::Absolute => {
            scheme_is_http
                && !authority.is_empty()
                && !authority.starts_with(b":")
                && is_host(authority)
        }
        Form::Authority => {
            let port = authority
                .iter()
                .rposition(|byte| *byte == b':')
                .and_then(|at| authority.get(at..));
            // `http::Uri` finds the authority of an absolute-form too.
            let is_all = authority.len() == length;
            is_all
                && !authority.starts_with(b":")
                && is_host(authority)
                && port.is_some_and(is_port)
        }
    };
    if is_valid {
        Ok(uri)
    } else {
        Err(ProtocolError::InvalidTarget)
    }
}

/// What `Host` has to say for an absolute-form: the authority of the target, whatever the client sent ([RFC 9112 §3.2.2]).
///
/// [RFC 9112 §3.2.2]: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
pub(super) fn host_override(uri: &Uri) -> Option<HeaderValue> {
    uri.scheme()?;
    HeaderValue::from_str(uri.authority()?.as_str()).ok()
}

enum Form {
    Origin,
    Absolute,
    Authority,
    Asterisk,
}

impl Form {
    fn of(target: &[u8], method: &Method) -> Result<Self, ProtocolError> {
        match (target, method) {
            (_, &Method::CONNECT) => Ok(Self::Authority),
            (b"*", &Method::OPTIONS) => Ok(Self::Asterisk),
            (b"*", _) => Err(ProtocolError::InvalidTarget),
            ([b'/', ..], _) => Ok(Self::Origin),
            _ if memchr::memmem::find(target, b"://").is_some() => Ok(Self::Absolute),
            _ => Err(ProtocolError::InvalidTarget),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: &Method, target: &'static str, expected: Result<&str, ProtocolError>) {
        let parsed =
            parse(Bytes::from_static(target.as_bytes()), method).map(|uri| uri.to_string());
        assert_eq!(parsed, expected.map(str::to_owned), "{method} {target}");
    }

    #[test]
    fn each_form_is_accepted_with_its_methods() {
        check(&Method::GET, "/", Ok("/"));
        check(&Method::GET, "/a/b?c=d&e=%20", Ok("/a/b?c=d&e=%20"));
        check(&Method::GET, "//a/b", Ok("//a/b"));
        check(&Method::GET, "http://a.test/b", Ok("http://a.test/b"));
        check(
            &Method::GET,
            "https://a.test:8443/",
            Ok("https://a.test:8443/"),
        );
        check(&Method::OPTIONS, "*", Ok("*"));
        check(&Method::CONNECT, "a.test:443", Ok("a.test:443"));
        check(&Method::CONNECT, "[::1]:443", Ok("[::1]:443"));
    }

    #[test]
    fn forms_that_do_not_go_with_the_method_are_refused() {
        for target in ["*", "a.test:80", "a.test", "relative/path", "a:b"] {
            check(&Method::GET, target, Err(ProtocolError::InvalidTarget));
        }
        for target in [
            "/",
            "a.test",
            "a.test:",
            "a.test:x",
            ":80",
            "*",
            "http://a.test/",
            "http://a.test:80/",
            "http://a.test:80",
            "a.test:80/",
            "u@a.test:80",
        ] {
            check(&Method::CONNECT, target, Err(ProtocolError::InvalidTarget));
        }
    }

    #[test]
    fn what_no_target_may_contain_is_refused() {
        for target in [
            "/a#b",
            "/\u{e9}",
            "/a\x7f",
            "http://u@a.test/",
            "http:///a",
            "ftp://a.test/",
            "http://a,b/",
        ] {
            check(&Method::GET, target, Err(ProtocolError::InvalidTarget));
        }
    }
}
