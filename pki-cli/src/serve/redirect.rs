//! Plain HTTP: every request is sent on to HTTPS.

use std::convert::Infallible;

use http::header::{CACHE_CONTROL, HOST, LOCATION};
use http::{HeaderValue, Request, StatusCode};
use wharf_http::{HttpService, Incoming, service_fn};

use super::whole;

/// 308 to the same host, path and query on `port`. The method is kept; 301 would turn a POST into a GET.
///
/// Strict-Transport-Security is not sent: it would bind every other server on `localhost` to HTTPS too, whatever its port.
pub(crate) fn to_https(port: u16) -> impl HttpService {
    service_fn(move |request: Request<Incoming>| async move {
        let location = location(&request, port);
        let content = format!(
            "this server speaks HTTPS: {}\n",
            location.to_str().unwrap_or_default()
        );
        let mut response = whole(
            StatusCode::PERMANENT_REDIRECT,
            "text/plain; charset=utf-8",
            content,
        );
        let fields = response.headers_mut();
        fields.insert(LOCATION, location);
        // A browser may keep a 308 for ever, and tomorrow another program listens on these ports.
        fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok::<_, Infallible>(response)
    })
}

fn location<B>(request: &Request<B>, port: u16) -> HeaderValue {
    // The server has checked the form of Host; HTTP/1.0 may come without.
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let host = without_port(host.filter(|host| !host.is_empty()).unwrap_or("localhost"));
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let path = if path.starts_with('/') { path } else { "/" };
    let location = match port {
        443 => format!("https://{host}{path}"),
        port => format!("https://{host}:{port}{path}"),
    };
    HeaderValue::try_from(location).unwrap_or(HeaderValue::from_static("https://localhost/"))
}

fn without_port(host: &str) -> &str {
    match host.rfind(':') {
        // The colons inside an IPv6 literal are not the port's.
        Some(colon) if !host.ends_with(']') => host.split_at(colon).0,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, target: &str, port: u16, expected: &str) {
        let request = Request::get(target).header(HOST, host).body(()).unwrap();
        assert_eq!(location(&request, port), expected);
    }

    #[test]
    fn host_path_and_query_are_kept() {
        check("a.test:8080", "/b?c=d", 8443, "https://a.test:8443/b?c=d");
        check("a.test", "/", 443, "https://a.test/");
        check("[::1]:8080", "/", 8443, "https://[::1]:8443/");
        check("[::1]", "/", 8443, "https://[::1]:8443/");
        check("", "/", 8443, "https://localhost:8443/");
        check("a.test", "*", 8443, "https://a.test:8443/");
    }
}
