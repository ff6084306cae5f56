//! Whether a response leads elsewhere, where to, and with which fields ([RFC 9110 §15.4]). No I/O: the client asks.
//!
//! | status | the next request |
//! |---|---|
//! | 301, 302 | POST becomes GET without content; every other method keeps both |
//! | 303 | GET without content, HEAD after HEAD |
//! | 307, 308 | the same method and content |
//! | 300, 304, 305, 306 | none: a choice of the user, an answer to a condition, deprecated, unused |
//!
//! A 3xx without `Location` is a response like any other, and so is one to CONNECT, which asked for no resource.
//!
//! [RFC 9110 §15.4]: https://www.rfc-editor.org/rfc/rfc9110#section-15.4

use http::header::{
    AUTHORIZATION, COOKIE, EXPECT, HOST, LOCATION, ORIGIN, PROXY_AUTHORIZATION, REFERER, TRAILER,
    TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use http::uri::Scheme;
use http::{HeaderMap, HeaderName, Method, StatusCode, Uri};

use super::location;

/// Which redirects a client follows.
///
/// ```
/// use wharf_http::Redirects;
///
/// let rules = Redirects { hops_max: 3, ..Redirects::default() };
/// ```
///
/// There is no field for what others make optional and nobody should want: a POST that stays a POST after 301 (curl's
/// `--post301`; a server that means it says 308), and credentials that go to other origins (curl's `--location-trusted`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirects {
    /// How many redirects are followed for one request; the next is an error.
    ///
    /// Others: Go and reqwest 10, ureq 10, browsers 20, curl 50 once asked to follow any. The default is 10.
    pub hops_max: usize,
    /// How often one request is made: the same method and URI within one chain.
    ///
    /// Twice is legitimate: a server that has set a cookie sends the client back to where it was. A third time nothing has
    /// changed that had not changed before, and the error says "loop" in place of "too many". Go, curl and reqwest know no
    /// such limit and always go on to the end. The default is 2.
    pub visits_max: usize,
    /// What becomes of a redirect from https to http.
    ///
    /// Go, curl and reqwest follow it, although anyone on the way can then read and change what was asked for safely;
    /// curl's `--proto-redir =https` and reqwest's `https_only` are there for that. The default is [`Downgrade::Refuse`].
    pub downgrade: Downgrade,
    /// What becomes of a redirect to another origin: another scheme, host or port.
    ///
    /// A client that follows can be sent to any address it can reach, also behind a firewall; one that asks only its own
    /// services, or is given URIs by others, may want to refuse. Go, curl and reqwest follow. The default is
    /// [`OtherOrigin::Follow`], without the fields that were for the first origin.
    pub other_origin: OtherOrigin,
}

impl Default for Redirects {
    fn default() -> Self {
        Self {
            hops_max: 10,
            visits_max: 2,
            downgrade: Downgrade::Refuse,
            other_origin: OtherOrigin::Follow,
        }
    }
}

/// What becomes of a redirect from https to http.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Downgrade {
    /// It is an error.
    Refuse,
    /// It is followed.
    Follow,
}

/// What becomes of a redirect to another scheme, host or port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherOrigin {
    /// It is an error.
    Refuse,
    /// It is followed, without credentials.
    Follow,
}

/// Why a redirect was not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectError {
    /// There were [`Redirects::hops_max`] before it.
    #[error("more than {limit} redirects")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// The same request was made [`Redirects::visits_max`] times.
    #[error("redirected in a loop")]
    Loop,
    /// From https to http ([`Redirects::downgrade`]).
    #[error("redirected from https to http")]
    Downgrade,
    /// To another scheme, host or port ([`Redirects::other_origin`]).
    #[error("redirected to another origin")]
    OtherOrigin,
    /// `Location` is not a reference that could be resolved.
    #[error("invalid Location")]
    InvalidLocation,
    /// `Location` leads to another scheme than http or https.
    #[error("redirected to a scheme that is neither http nor https")]
    NotHttp,
    /// `Location` has a user name in it.
    ///
    /// It would be the server that chooses whose credentials are sent where, and a name before `@` is an old means to
    /// deceive whoever reads a URI; [RFC 9110 §4.2.4] asks to treat it as an error. curl and Go send it as credentials.
    ///
    /// [RFC 9110 §4.2.4]: https://www.rfc-editor.org/rfc/rfc9110#section-4.2.4
    #[error("userinfo in Location")]
    Userinfo,
    /// There are several, and they differ. Two recipients would go different ways.
    #[error("several different Location fields")]
    SeveralLocations,
}

/// The request to make next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) method: Method,
    /// Absolute, without a fragment.
    pub(crate) uri: Uri,
    pub(crate) content: Content,
    pub(crate) origin: Origin,
}

/// What becomes of the content of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Keep,
    Drop,
}

/// Whose the next request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Same,
    Other,
}

/// Where the response to a request for `uri` leads; `None` if it is one to hand out. `history` are the requests before
/// this one in the same chain, in any order.
pub(crate) fn next_hop(
    rules: &Redirects,
    method: &Method,
    uri: &Uri,
    status: StatusCode,
    fields: &HeaderMap,
    history: &[(Method, Uri)],
) -> Result<Option<Hop>, RedirectError> {
    let Some((next_method, content)) = rewrite(method, status) else {
        return Ok(None);
    };
    let mut locations = fields.get_all(LOCATION).iter();
    let Some(first) = locations.next() else {
        return Ok(None);
    };
    if locations.any(|other| other != first) {
        return Err(RedirectError::SeveralLocations);
    }
    if history.len() >= rules.hops_max {
        return Err(RedirectError::TooMany {
            limit: rules.hops_max,
        });
    }
    let target = location::resolve(first.as_bytes(), uri)?;
    if uri.scheme() == Some(&Scheme::HTTPS)
        && target.scheme() == Some(&Scheme::HTTP)
        && rules.downgrade == Downgrade::Refuse
    {
        return Err(RedirectError::Downgrade);
    }
    let origin = compare(uri, &target);
    if origin == Origin::Other && rules.other_origin == OtherOrigin::Refuse {
        return Err(RedirectError::OtherOrigin);
    }
    let is_next = |(method, uri): &(&Method, &Uri)| **method == next_method && **uri == target;
    let made = history.iter().map(|(method, uri)| (method, uri));
    let visits = made.chain([(method, uri)]).filter(is_next).count();
    if visits >= rules.visits_max {
        return Err(RedirectError::Loop);
    }
    Ok(Some(Hop {
        method: next_method,
        uri: target,
        content,
        origin,
    }))
}

/// Takes out of a request's fields what does not go along. To be given what the hop before left: a field that is gone stays
/// gone, whereas Go sent it again at the next hop but one (CVE-2024-45336).
pub(crate) fn edit_fields(hop: &Hop, fields: &mut HeaderMap) {
    if hop.content == Content::Drop {
        drop_content_fields(fields);
    }
    if hop.origin == Origin::Other {
        // It named the host of the URI before; the next one is made of the next URI.
        fields.remove(HOST);
        for name in FOR_ONE_ORIGIN {
            fields.remove(name);
        }
    }
}

/// What was for the origin, or tells of it ([RFC 9110 §15.4], and what Go, curl and browsers take out). A port or a scheme
/// makes another origin, as for curl and browsers; Go would still trust a subdomain.
const FOR_ONE_ORIGIN: [HeaderName; 6] = [
    AUTHORIZATION,
    COOKIE,
    PROXY_AUTHORIZATION,
    WWW_AUTHENTICATE,
    ORIGIN,
    REFERER,
];

/// `Content-*`, and what describes a body in other words.
fn drop_content_fields(fields: &mut HeaderMap) {
    const OTHERS: [&str; 3] = ["digest", "last-modified", "repr-digest"];
    let described: Vec<HeaderName> = fields
        .keys()
        .filter(|name| name.as_str().starts_with("content-"))
        .cloned()
        .collect();
    for name in described {
        fields.remove(name);
    }
    for name in OTHERS {
        fields.remove(name);
    }
    for name in [TRANSFER_ENCODING, TRAILER, EXPECT] {
        fields.remove(name);
    }
}

fn rewrite(method: &Method, status: StatusCode) -> Option<(Method, Content)> {
    if method == Method::CONNECT {
        return None;
    }
    let get = (Method::GET, Content::Drop);
    match status {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND if method == Method::POST => Some(get),
        StatusCode::SEE_OTHER if method == Method::HEAD => Some((Method::HEAD, Content::Drop)),
        StatusCode::SEE_OTHER => Some(get),
        StatusCode::MOVED_PERMANENTLY
        | StatusCode::FOUND
        | StatusCode::TEMPORARY_REDIRECT
        | StatusCode::PERMANENT_REDIRECT => Some((method.clone(), Content::Keep)),
        _ => None,
    }
}

fn compare(one: &Uri, other: &Uri) -> Origin {
    let host = |uri: &Uri| uri.host().unwrap_or_default().to_ascii_lowercase();
    if one.scheme() == other.scheme() && port(one) == port(other) && host(one) == host(other) {
        Origin::Same
    } else {
        Origin::Other
    }
}

fn port(uri: &Uri) -> Option<u16> {
    let default = match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    };
    uri.port_u16().or(default)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn uri(uri: &str) -> Uri {
        uri.parse().unwrap()
    }

    fn fields(locations: &[&str]) -> HeaderMap {
        let mut fields = HeaderMap::new();
        for location in locations {
            fields.append(LOCATION, location.parse().unwrap());
        }
        fields
    }

    fn hop(rules: &Redirects, from: &str, to: &str) -> Result<Option<Hop>, RedirectError> {
        let fields = fields(&[to]);
        next_hop(
            rules,
            &Method::GET,
            &uri(from),
            StatusCode::FOUND,
            &fields,
            &[],
        )
    }

    #[test]
    fn method_and_content_follow_the_status() {
        use Content::{Drop, Keep};
        for (status, method, expected) in [
            (301, "GET", Some(("GET", Keep))),
            (301, "HEAD", Some(("HEAD", Keep))),
            (301, "POST", Some(("GET", Drop))),
            (301, "PUT", Some(("PUT", Keep))),
            (302, "GET", Some(("GET", Keep))),
            (302, "POST", Some(("GET", Drop))),
            (302, "DELETE", Some(("DELETE", Keep))),
            (303, "GET", Some(("GET", Drop))),
            (303, "HEAD", Some(("HEAD", Drop))),
            (303, "POST", Some(("GET", Drop))),
            (303, "PUT", Some(("GET", Drop))),
            (307, "POST", Some(("POST", Keep))),
            (308, "POST", Some(("POST", Keep))),
            (307, "X-METHOD", Some(("X-METHOD", Keep))),
            (200, "GET", None),
            (201, "POST", None),
            (300, "GET", None),
            (304, "GET", None),
            (305, "GET", None),
            (306, "GET", None),
            (399, "GET", None),
            (302, "CONNECT", None),
        ] {
            let method = method.parse().unwrap();
            let status = StatusCode::from_u16(status).unwrap();
            let (rules, from) = (Redirects::default(), uri("http://a/"));
            let hop = next_hop(&rules, &method, &from, status, &fields(&["/b"]), &[]).unwrap();
            let seen = hop.as_ref().map(|hop| (hop.method.as_str(), hop.content));
            assert_eq!(seen, expected, "{status} to {method}");
        }
    }

    #[test]
    fn without_location_it_is_a_response() {
        let (rules, from) = (Redirects::default(), uri("http://a/"));
        let found = StatusCode::FOUND;
        let hop = next_hop(&rules, &Method::GET, &from, found, &HeaderMap::new(), &[]);
        assert_eq!(hop, Ok(None));
    }

    #[test]
    fn several_locations_may_not_differ() {
        let (rules, from) = (Redirects::default(), uri("http://a/"));
        let next = |locations: &[&str]| {
            let (found, fields) = (StatusCode::FOUND, fields(locations));
            next_hop(&rules, &Method::GET, &from, found, &fields, &[])
        };
        assert_eq!(next(&["/x", "/y"]), Err(RedirectError::SeveralLocations));
        assert_eq!(next(&["/x", "/x"]).unwrap().unwrap().uri, "http://a/x");
    }

    #[test]
    fn the_eleventh_redirect_is_refused() {
        let history: Vec<_> = (0..10)
            .map(|n| (Method::GET, uri(&format!("http://a/{n}"))))
            .collect();
        let (rules, from) = (Redirects::default(), uri("http://a/last"));
        let next = |history: &[_]| {
            let (found, fields) = (StatusCode::FOUND, fields(&["/new"]));
            next_hop(&rules, &Method::GET, &from, found, &fields, history)
        };
        assert!(next(&history[..9]).unwrap().is_some());
        assert_eq!(next(&history), Err(RedirectError::TooMany { limit: 10 }));
    }

    #[test]
    fn the_third_visit_is_a_loop_and_the_second_is_not() {
        let (rules, from) = (Redirects::default(), uri("http://a/"));
        let next = |method: &Method, history: &[_]| {
            let (found, fields) = (StatusCode::FOUND, fields(&["/"]));
            next_hop(&rules, method, &from, found, &fields, history)
        };
        let earlier = [(Method::GET, uri("http://a/"))];
        assert!(next(&Method::GET, &[]).unwrap().is_some());
        assert_eq!(next(&Method::GET, &earlier), Err(RedirectError::Loop));
        // A POST became a GET of the same URI: that is one visit of each.
        assert!(next(&Method::POST, &earlier).unwrap().is_some());
    }

    #[test]
    fn only_what_the_rules_allow_leaves_https_or_the_origin() {
        let rules = Redirects::default();
        assert_eq!(
            hop(&rules, "https://a/", "http://a/"),
            Err(RedirectError::Downgrade)
        );
        assert_eq!(
            hop(&rules, "https://a/", "ftp://a/"),
            Err(RedirectError::NotHttp)
        );
        assert!(hop(&rules, "http://a/", "https://a/").unwrap().is_some());
        let lenient = Redirects {
            downgrade: Downgrade::Follow,
            ..Redirects::default()
        };
        assert!(hop(&lenient, "https://a/", "http://a/").unwrap().is_some());
        let narrow = Redirects {
            other_origin: OtherOrigin::Refuse,
            ..Redirects::default()
        };
        assert_eq!(
            hop(&narrow, "http://a/", "//b/"),
            Err(RedirectError::OtherOrigin)
        );
        assert!(hop(&narrow, "http://a/", "//A:80/x").unwrap().is_some());
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (from, to, expected) in [
            ("http://a/", "/x", Origin::Same),
            ("http://a/", "http://A:80/", Origin::Same),
            ("https://a:443/", "https://a/", Origin::Same),
            ("http://a/", "https://a/", Origin::Other),
            ("http://a/", "http://a:81/", Origin::Other),
            ("http://a/", "http://b.a/", Origin::Other),
            ("http://b.a/", "http://a/", Origin::Other),
        ] {
            let hop = hop(&Redirects::default(), from, to).unwrap().unwrap();
            assert_eq!(hop.origin, expected, "{from} to {to}");
        }
    }

    #[track_caller]
    fn check_edit(content: Content, origin: Origin, expected: &[&str]) {
        let mut fields = HeaderMap::new();
        for name in [
            "accept",
            "authorization",
            "content-digest",
            "content-length",
            "content-type",
            "cookie",
            "expect",
            "host",
            "origin",
            "proxy-authorization",
            "referer",
            "transfer-encoding",
            "www-authenticate",
            "x-mine",
        ] {
            fields.append(name, HeaderValue::from_static("x"));
            fields.append(name, HeaderValue::from_static("y"));
        }
        let hop = Hop {
            method: Method::GET,
            uri: uri("http://a/"),
            content,
            origin,
        };
        edit_fields(&hop, &mut fields);
        let mut left: Vec<_> = fields.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, expected);
    }

    #[test]
    fn fields_go_along_unless_they_were_for_the_content_or_the_origin() {
        let content = ["content-digest", "content-length", "content-type", "expect"];
        let origin = [
            "authorization",
            "cookie",
            "host",
            "origin",
            "proxy-authorization",
        ];
        let all = [
            "accept",
            "referer",
            "transfer-encoding",
            "www-authenticate",
            "x-mine",
        ];
        let mut kept = [&content[..], &origin, &all].concat();
        kept.sort_unstable();
        check_edit(Content::Keep, Origin::Same, &kept);
        let mut same = [
            &origin[..],
            &["accept", "referer", "www-authenticate", "x-mine"],
        ]
        .concat();
        same.sort_unstable();
        check_edit(Content::Drop, Origin::Same, &same);
        let mut other = [&content[..], &["accept", "transfer-encoding", "x-mine"]].concat();
        other.sort_unstable();
        check_edit(Content::Keep, Origin::Other, &other);
        check_edit(Content::Drop, Origin::Other, &["accept", "x-mine"]);
    }
}
