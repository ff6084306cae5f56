//! What `wharf serve` serves.
//!
//! | file | what it holds |
//! |---|---|
//! | `args.rs` | its flags and help |
//! | `identity.rs` | the server's certificate: kept, renewed, made anew |
//! | `site.rs` | `Site`: the service behind HTTPS |
//! | `guard.rs` | what of a folder is not served |
//! | `landing.rs` | the page about the connection, and `/echo` |
//! | `visit.rs` | what is known of a visit, as JSON and as text |
//! | `page.rs` | the same as HTML |
//! | `listing.rs` | a folder without an index |
//! | `html.rs` | escaping, and the frame that both pages share |
//! | `redirect.rs` | plain HTTP |
//! | `url.rs` | the URL of a listener |

mod args;
mod guard;
mod html;
pub(crate) mod identity;
mod landing;
mod listing;
mod page;
pub(crate) mod redirect;
pub(crate) mod site;
pub(crate) mod url;
mod visit;

pub(crate) use args::{PlainHttp, Serve};
pub(crate) use html::escape;

use bytes::Bytes;
use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
/// The body of every response here.
pub(crate) type Body = UnsyncBoxBody<Bytes, BoxError>;

/// A response that is all there.
fn whole(
    status: StatusCode,
    content_type: &'static str,
    content: impl Into<Bytes>,
) -> Response<Body> {
    let mut response = Response::new(
        Full::new(content.into())
            .map_err(|never| match never {})
            .boxed_unsync(),
    );
    *response.status_mut() = status;
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    fields.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if content_type.starts_with("text/html") {
        // The pages need nothing but their own style; nothing that slips into them may run.
        fields.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"),
        );
    }
    response
}

/// Whether the client asks for `media_type` by name, as browsers do for HTML and curl does not.
fn accepts(fields: &HeaderMap, media_type: &str) -> bool {
    fields
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            value.split(',').any(|range| {
                range
                    .split(';')
                    .next()
                    .is_some_and(|name| name.trim() == media_type)
            })
        })
}

/// Text without control characters, which a terminal would obey.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for c in String::from_utf8_lossy(bytes).chars() {
        if c.is_control() {
            text.extend(c.escape_default())
        } else {
            text.push(c)
        }
    }
    text
}
