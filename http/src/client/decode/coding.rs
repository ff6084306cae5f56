use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::stage::Codec;
use super::{ContentCodingError, Decoding};

/// A content coding that can be taken off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coding {
    names: &'static [&'static str],
    pub(super) codec: fn() -> Box<dyn Codec>,
}

/// In the order in which they are asked for. No weights: the server knows better what it has at hand.
const CODINGS: &[Coding] = &[
    #[cfg(feature = "zstd")]
    Coding {
        names: &["zstd"],
        codec: || Box::new(super::zstd::Zstd::new()),
    },
    #[cfg(feature = "br")]
    Coding {
        names: &["br"],
        codec: || Box::new(super::brotli::Brotli::new()),
    },
    #[cfg(feature = "gzip")]
    Coding {
        // RFC 9110 §8.4.1.3: x-gzip is to be taken for gzip.
        names: &["gzip", "x-gzip"],
        codec: || Box::new(super::inflate::Inflate::gzip()),
    },
    #[cfg(feature = "gzip")]
    Coding {
        names: &[DEFLATE],
        codec: || Box::new(super::inflate::Inflate::deflate()),
    },
];

/// Decoded, but not asked for: some servers send it without the zlib format around it, against [RFC 9110
/// §8.4.1.2], and those that have it have gzip.
///
/// [RFC 9110 §8.4.1.2]: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2
const DEFLATE: &str = "deflate";

/// The `Accept-Encoding` that names what was compiled in; `None` if nothing was.
///
/// For requests whose caller has not set that field (who sets it wants to see what comes), and not for those with `Range`:
/// a part of coded content cannot be decoded.
pub(crate) fn accept_encoding() -> Option<HeaderValue> {
    let names = CODINGS.iter().filter_map(|coding| coding.names.first());
    let names: Vec<&str> = names.copied().filter(|name| *name != DEFLATE).collect();
    if names.is_empty() {
        return None;
    }
    HeaderValue::try_from(names.join(", ")).ok()
}

/// Which codings to take off the content of a response, the outermost first. If there are any, the fields that will no
/// longer be true are taken out: `Content-Encoding` and `Content-Length`.
///
/// There are none if one of the codings is unknown: the content is then handed out as it is, and its fields say so. The
/// same goes for a response that has no content (its fields tell of what GET would bring, or of what the client has in its
/// cache) and for one that is a part of content (206).
pub(crate) fn take_codings(
    rules: &Decoding,
    method: &Method,
    status: StatusCode,
    fields: &mut HeaderMap,
) -> Result<Vec<Coding>, ContentCodingError> {
    let has_none = [
        StatusCode::NO_CONTENT,
        StatusCode::PARTIAL_CONTENT,
        StatusCode::NOT_MODIFIED,
    ];
    if method == Method::HEAD || has_none.contains(&status) {
        return Ok(Vec::new());
    }
    let Some(mut codings) = listed(rules, fields)? else {
        return Ok(Vec::new());
    };
    if !codings.is_empty() {
        fields.remove(CONTENT_ENCODING);
        fields.remove(CONTENT_LENGTH);
    }
    // They are listed in the order in which they were applied.
    codings.reverse();
    Ok(codings)
}

/// What `Content-Encoding` lists; `None` if not all of it is known.
fn listed(rules: &Decoding, fields: &HeaderMap) -> Result<Option<Vec<Coding>>, ContentCodingError> {
    let lines = fields.get_all(CONTENT_ENCODING).iter();
    let names = lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        // RFC 9110 §8.4.1 reserves `identity` for Accept-Encoding; where it is sent, it says nothing.
        .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity"));
    let mut codings = Vec::new();
    for name in names {
        let Some(coding) = find(name) else {
            return Ok(None);
        };
        if codings.len() == rules.codings_max {
            return Err(ContentCodingError::TooManyCodings {
                limit: rules.codings_max,
            });
        }
        codings.push(coding);
    }
    Ok(Some(codings))
}

fn find(name: &[u8]) -> Option<Coding> {
    let is_named = |coding: &&Coding| {
        let mut names = coding.names.iter();
        names.any(|known| known.as_bytes().eq_ignore_ascii_case(name))
    };
    CODINGS.iter().find(is_named).copied()
}
