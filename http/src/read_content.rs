use std::future::{Future, poll_fn};
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, Response};
use http_body::Body as _;
use wharf_net::text::{Bom, Decoder, Encoding, OnInvalid, TextOptions};

use crate::error::Kind;
use crate::h1::ProtocolError;
use crate::{Error, Incoming};

/// Room that is made for content because its length was announced, before it is there.
const ROOM_MAX: u64 = 1024 * 1024;

/// Reads content as a whole. For responses of a [`Client`](crate::Client) and for requests in a handler.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use wharf_http::{Client, ReadContent};
///
/// let response = Client::default().get("https://example.com/").send().await?;
/// println!("{}", response.text(1 << 20).await?);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of the content. If there is more than the bound allows, reading ends with
/// [`ProtocolError::ContentTooLarge`], before anything is read if `Content-Length` says so.
///
/// # Cancel safety
///
/// What was read is lost with the future.
pub trait ReadContent: sealed::Sealed + Sized {
    /// All content, at most so many bytes. Trailers are dropped.
    fn bytes(self, bytes_max: u64) -> impl Future<Output = Result<Bytes, Error>> + Send;

    /// All content as text, in the `charset` of its `Content-Type`, or else in UTF-8; at most so many bytes before they are
    /// decoded. What is no text becomes U+FFFD, and a byte order mark decides over the field, as in browsers. Other encodings
    /// than UTF-8 need the feature `encoding`; one that is not known is an error.
    fn text(self, bytes_max: u64) -> impl Future<Output = Result<String, Error>> + Send;

    /// All content as JSON ([RFC 8259]), at most so many bytes. What `Content-Type` says is not looked at.
    ///
    /// [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259
    #[cfg(feature = "json")]
    fn json<T>(self, bytes_max: u64) -> impl Future<Output = Result<T, Error>> + Send
    where
        T: serde::de::DeserializeOwned;
}

mod sealed {
    use http::HeaderMap;

    use crate::Incoming;

    #[expect(unnameable_types, reason = "nobody else is to implement it")]
    pub trait Sealed: Send {
        fn into_fields_and_content(self) -> (HeaderMap, Incoming);
    }
}

impl sealed::Sealed for Request<Incoming> {
    fn into_fields_and_content(self) -> (HeaderMap, Incoming) {
        let (head, content) = self.into_parts();
        (head.headers, content)
    }
}

impl sealed::Sealed for Response<Incoming> {
    fn into_fields_and_content(self) -> (HeaderMap, Incoming) {
        let (head, content) = self.into_parts();
        (head.headers, content)
    }
}

impl<M: sealed::Sealed> ReadContent for M {
    async fn bytes(self, bytes_max: u64) -> Result<Bytes, Error> {
        collect(self.into_fields_and_content().1, bytes_max).await
    }

    async fn text(self, bytes_max: u64) -> Result<String, Error> {
        let (fields, content) = self.into_fields_and_content();
        let encoding = encoding(&fields)?;
        let content = collect(content, bytes_max).await?;
        let mut decoder = Decoder::new(&TextOptions {
            encoding,
            on_invalid: OnInvalid::Lossy,
            bom: Bom::Sniff,
        });
        let mut text = String::with_capacity(content.len());
        let decoded = decoder.decode(&content, &mut text);
        let decoded = decoded.and_then(|()| decoder.finish(&mut text));
        decoded.map_err(|error| Kind::Text(Box::new(error)))?;
        Ok(text)
    }

    #[cfg(feature = "json")]
    async fn json<T>(self, bytes_max: u64) -> Result<T, Error>
    where
        T: serde::de::DeserializeOwned,
    {
        let content = self.bytes(bytes_max).await?;
        let value = serde_json::from_slice(&content);
        value.map_err(|error| Kind::Json(error).into())
    }
}

async fn collect(content: Incoming, bytes_max: u64) -> Result<Bytes, Error> {
    let mut content = content.limit(Some(bytes_max));
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut content).poll_frame(cx)).await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        length += data.len() as u64;
        if length > bytes_max {
            let error = ProtocolError::ContentTooLarge { limit: bytes_max };
            return Err(Kind::Protocol(error).into());
        }
        // Most content comes in one piece, and stays it.
        if first.is_empty() && joined.is_empty() {
            first = data;
            continue;
        }
        if joined.is_empty() {
            let announced = content.size_hint().lower().min(ROOM_MAX);
            let announced = usize::try_from(announced).unwrap_or_default();
            joined.reserve(first.len() + data.len() + announced);
            joined.extend_from_slice(&std::mem::take(&mut first));
        }
        joined.extend_from_slice(&data);
    }
    Ok(if joined.is_empty() {
        first
    } else {
        joined.freeze()
    })
}

/// ```text
/// media-type = type "/" subtype *( OWS ";" OWS [ parameter ] )                        RFC 9110 §8.3.1
/// parameter  = token "=" ( token / quoted-string )
/// ```
fn encoding(fields: &HeaderMap) -> Result<Encoding, Error> {
    let media_type = fields
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let parameters = media_type.unwrap_or_default().split(';').skip(1);
    let charset = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let Some((_, label)) = charset else {
        return Ok(Encoding::UTF_8);
    };
    let label = label.trim().trim_matches('"');
    // A subset of UTF-8. The standard of the web takes it for windows-1252, which needs tables.
    if label.eq_ignore_ascii_case("us-ascii") {
        return Ok(Encoding::UTF_8);
    }
    Encoding::for_label(label).ok_or_else(|| Kind::Charset(label.to_owned()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(content_type: &str, content: &[u8], bytes_max: u64) -> Result<String, Error> {
        let content = Incoming::whole(Bytes::copy_from_slice(content));
        let mut response = Response::new(content);
        let fields = response.headers_mut();
        fields.insert(CONTENT_TYPE, content_type.parse().unwrap());
        response.text(bytes_max).await
    }

    #[tokio::test]
    async fn text_is_decoded_as_its_field_says() {
        for (content_type, content, expected) in [
            ("text/plain", &b"gr\xc3\xbcn"[..], "grün"),
            ("text/plain; charset=utf-8", b"gr\xc3\xbcn", "grün"),
            ("text/plain;x=y;Charset=\"UTF8\"", b"gr\xc3\xbcn", "grün"),
            ("text/plain; charset=us-ascii", b"plain", "plain"),
            ("text/plain", b"\xff!", "\u{fffd}!"),
            ("text/plain", b"\xef\xbb\xbfmark", "mark"),
            #[cfg(feature = "encoding")]
            ("text/plain; charset=latin1", b"gr\xfcn", "grün"),
        ] {
            assert_eq!(text(content_type, content, 10).await.unwrap(), expected);
        }
        let unknown = text("text/plain; charset=x-none", b"?", 10).await;
        assert_eq!(
            unknown.unwrap_err().to_string(),
            "the charset \"x-none\" is not known"
        );
    }

    #[tokio::test]
    async fn more_than_the_bound_is_an_error() {
        assert_eq!(text("text/plain", b"12345", 5).await.unwrap(), "12345");
        let error = text("text/plain", b"12345", 4).await.unwrap_err();
        let expected = ProtocolError::ContentTooLarge { limit: 4 };
        assert_eq!(error.protocol(), Some(&expected));
    }
}
