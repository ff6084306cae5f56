//! The four forms of a request-target.
//!
//! ```text
//! request-target = origin-form / absolute-form / authority-form / asterisk-form      RFC 9112 §3.2
//! origin-form    = absolute-path [ "?" query ]
//! absolute-form  = absolute-URI
//! authority-form = uri-host ":" port
//! asterisk-form  = "*"
//! ```
//!
//! A server reads them, a client writes them; both by the same rules.

use bytes::{BufMut, Bytes, BytesMut};
use http::uri::{Scheme, Uri};
use http::{HeaderValue, Method};

use super::ProtocolError;
use super::grammar::{is_host, is_port};

/// Who is at the other end of a client's connection: it decides the form of the request-target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The origin server, or a tunnel to it: origin-form ([RFC 9112 §3.2.1]).
    ///
    /// [RFC 9112 §3.2.1]: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.1
    Origin,
    /// A proxy: absolute-form ([RFC 9112 §3.2.2]).
    ///
    /// [RFC 9112 §3.2.2]: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
    Proxy,
}

/// Reads a request-target and checks that its form goes with the method.
pub(super) fn parse(target: Bytes, method: &Method) -> Result<Uri, ProtocolError> {
    // `http::Uri` drops a fragment and takes raw non-ASCII: neither may be in a request-target.
    if !target.iter().all(is_target_byte) {
        return Err(ProtocolError::InvalidTarget);
    }
    let form = Form::of(&target, method)?;
    let length = target.len();
    let uri = Uri::from_maybe_shared(target).map_err(|_| ProtocolError::InvalidTarget)?;
    let authority = uri
        .authority()
        .map_or(&b""[..], |authority| authority.as_str().as_bytes());
    let is_valid = match form {
        // `//host/path` is an origin-form whose path begins with an empty segment; `http::Uri` agrees.
        Form::Origin | Form::Asterisk => uri.authority().is_none(),
        Form::Absolute => has_http_scheme(&uri) && names_host(authority),
        // `http::Uri` finds the authority of an absolute-form too.
        Form::Authority => {
            authority.len() == length && names_host(authority) && has_port(authority)
        }
    };
    if is_valid {
        Ok(uri)
    } else {
        Err(ProtocolError::InvalidTarget)
    }
}

/// Writes the request-target in the form that goes with the method and the recipient.
///
/// # Errors
///
/// [`ProtocolError::InvalidTarget`] if that form cannot be made of `uri`, or it holds a byte that may not be there. A space
/// or a line end inside the target would let whoever chose it write the rest of the head.
pub(super) fn put(
    method: &Method,
    uri: &Uri,
    peer: Peer,
    out: &mut BytesMut,
) -> Result<(), ProtocolError> {
    let authority = uri.authority().map(|authority| authority.as_str());
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    match (method, authority, path) {
        (&Method::CONNECT, Some(authority), _) if uri.scheme().is_none() && path.is_empty() => {
            if !has_port(authority.as_bytes()) {
                return Err(ProtocolError::InvalidTarget);
            }
            put_authority(authority, out)
        }
        (&Method::CONNECT, _, _) => Err(ProtocolError::InvalidTarget),
        // RFC 9112 §3.2.4: the last proxy makes `*` of an absolute-form without a path.
        (&Method::OPTIONS, Some(authority), "*") if peer == Peer::Proxy => {
            put_scheme(uri, out)?;
            put_authority(authority, out)
        }
        (&Method::OPTIONS, _, "*") => {
            out.put_slice(b"*");
            Ok(())
        }
        (_, Some(authority), path) if peer == Peer::Proxy => {
            put_scheme(uri, out)?;
            put_authority(authority, out)?;
            put_path(path, out)
        }
        (_, None, _) if peer == Peer::Proxy => Err(ProtocolError::InvalidTarget),
        (_, _, path) => put_path(path, out),
    }
}

fn put_scheme(uri: &Uri, out: &mut BytesMut) -> Result<(), ProtocolError> {
    if !has_http_scheme(uri) {
        return Err(ProtocolError::InvalidTarget);
    }
    out.put_slice(uri.scheme_str().unwrap_or_default().as_bytes());
    out.put_slice(b"://");
    Ok(())
}

fn put_authority(authority: &str, out: &mut BytesMut) -> Result<(), ProtocolError> {
    if !names_host(authority.as_bytes()) {
        return Err(ProtocolError::InvalidTarget);
    }
    out.put_slice(authority.as_bytes());
    Ok(())
}

fn put_path(path: &str, out: &mut BytesMut) -> Result<(), ProtocolError> {
    let path = path.as_bytes();
    match path.first() {
        Some(b'/') => {}
        // An empty path is sent as `/` (RFC 9112 §3.2.1).
        Some(b'?') => out.put_slice(b"/"),
        _ => return Err(ProtocolError::InvalidTarget),
    }
    if !path.iter().all(is_target_byte) {
        return Err(ProtocolError::InvalidTarget);
    }
    out.put_slice(path);
    Ok(())
}

/// What may be in a request-target: printable ASCII but for the space and `#`.
fn is_target_byte(byte: &u8) -> bool {
    matches!(byte, b'!' | b'"' | b'$'..=b'~')
}

fn has_http_scheme(uri: &Uri) -> bool {
    [&Scheme::HTTP, &Scheme::HTTPS]
        .into_iter()
        .any(|s| uri.scheme() == Some(s))
}

/// Whether an authority is a host, not an empty one, and perhaps a port. A userinfo part is an old phishing device;
/// RFC 9110 §4.2.4 asks to treat it as an error. `is_host` does.
pub(super) fn names_host(authority: &[u8]) -> bool {
    !authority.is_empty() && !authority.starts_with(b":") && is_host(authority)
}

fn has_port(authority: &[u8]) -> bool {
    let port = authority
        .iter()
        .rposition(|byte| *byte == b':')
        .and_then(|at| authority.get(at..));
    port.is_some_and(is_port)
}

/// What `Host` has to say for an absolute-form: the authority of the target, whatever the client sent ([RFC 9112
/// §3.2.2]).
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

    type Put = Result<String, ProtocolError>;

    fn put_to(peer: Peer, method: &Method, uri: Uri) -> Put {
        let mut out = BytesMut::new();
        put(method, &uri, peer, &mut out)?;
        Ok(String::from_utf8(out.to_vec()).unwrap())
    }

    #[track_caller]
    fn check_put(peer: Peer, method: &Method, uri: &'static str, expected: &str) {
        let target = put_to(peer, method, Uri::from_static(uri));
        assert_eq!(target, Ok(expected.to_owned()), "{peer:?} {method} {uri}");
    }

    #[test]
    fn an_origin_server_is_sent_a_path_and_a_proxy_the_whole_uri() {
        for (uri, origin, proxy) in [
            ("http://a.test/b?c", "/b?c", "http://a.test/b?c"),
            ("http://a.test", "/", "http://a.test/"),
            ("http://a.test?c", "/?c", "http://a.test/?c"),
            ("https://[::1]:8443/", "/", "https://[::1]:8443/"),
            ("http://a.test//b/../c", "//b/../c", "http://a.test//b/../c"),
        ] {
            check_put(Peer::Origin, &Method::GET, uri, origin);
            check_put(Peer::Proxy, &Method::GET, uri, proxy);
            check_put(Peer::Origin, &Method::OPTIONS, uri, origin);
        }
        check_put(Peer::Origin, &Method::GET, "/b?c", "/b?c");
    }

    #[test]
    fn connect_is_sent_host_and_port() {
        for peer in [Peer::Origin, Peer::Proxy] {
            check_put(peer, &Method::CONNECT, "a.test:443", "a.test:443");
            check_put(peer, &Method::CONNECT, "[::1]:443", "[::1]:443");
            for uri in ["a.test", "/", "http://a.test:443/", "u@a.test:443"] {
                let refused = put_to(peer, &Method::CONNECT, Uri::from_static(uri));
                assert_eq!(refused, Err(ProtocolError::InvalidTarget), "{uri}");
            }
        }
    }

    #[test]
    fn options_can_ask_about_the_whole_server() {
        let of_a = || {
            let builder = Uri::builder().scheme("http").authority("a.test:81");
            builder.path_and_query("*").build().unwrap()
        };
        let options = |peer, uri| put_to(peer, &Method::OPTIONS, uri);
        assert_eq!(options(Peer::Origin, of_a()), Ok("*".into()));
        assert_eq!(options(Peer::Proxy, of_a()), Ok("http://a.test:81".into()));
        for peer in [Peer::Origin, Peer::Proxy] {
            assert_eq!(options(peer, Uri::from_static("*")), Ok("*".into()));
            let refused = put_to(peer, &Method::GET, of_a());
            assert_eq!(refused, Err(ProtocolError::InvalidTarget));
        }
    }

    #[test]
    fn a_uri_without_what_the_form_needs_is_refused() {
        for (peer, uri) in [
            (Peer::Proxy, "/b"),
            (Peer::Proxy, "a.test:80"),
            (Peer::Proxy, "ftp://a.test/"),
            (Peer::Proxy, "http://u:p@a.test/"),
            (Peer::Proxy, "http://:80/"),
            (Peer::Origin, "a.test:80"),
            (Peer::Origin, "*"),
        ] {
            let Ok(parsed) = uri.parse() else { continue };
            let refused = put_to(peer, &Method::GET, parsed);
            assert_eq!(refused, Err(ProtocolError::InvalidTarget), "{peer:?} {uri}");
        }
    }

    #[test]
    fn no_byte_that_ends_the_target_is_ever_written() {
        // `http::Uri` refuses most of these, but what it lets pass is for it to say.
        for byte in (0..=b' ').chain([b'#']).chain(0x7f..=0xff) {
            let path = format!("/a{}b", char::from(byte));
            let refused = put_path(&path, &mut BytesMut::new());
            assert_eq!(refused, Err(ProtocolError::InvalidTarget), "{byte:#x}");
            if let Ok(uri) = path.parse::<Uri>()
                && byte != b'#'
            {
                let refused = put_to(Peer::Origin, &Method::GET, uri);
                assert_eq!(refused, Err(ProtocolError::InvalidTarget), "{byte:#x}");
            }
        }
    }

    #[test]
    fn what_is_put_is_parsed_as_what_it_was() {
        for (peer, uri) in [
            (Peer::Origin, "/a/b?c=d&e=%20"),
            (Peer::Proxy, "https://a.test:8443/b?c"),
        ] {
            let target = put_to(peer, &Method::GET, Uri::from_static(uri)).unwrap();
            let parsed = parse(Bytes::from(target), &Method::GET);
            assert_eq!(parsed, Ok(Uri::from_static(uri)));
        }
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
