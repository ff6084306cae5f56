use std::error::Error;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use wharf_http::{HttpService, Incoming, service_fn};
use wharf_interop_tests::content::sha256;
use wharf_interop_tests::tls::content;
use wharf_net::ConnInfo;

type BoxError = Box<dyn Error + Send + Sync>;
type Answer = UnsyncBoxBody<Bytes, BoxError>;

/// What a response of unknown length comes in.
const PIECE_BYTES: usize = 16 * 1024;

/// | path | answer |
/// |---|---|
/// | `/hello` | `hello` |
/// | `/bytes/N` | so many bytes, their number announced |
/// | `/stream/N` | the same without |
/// | `/pieces` | three pieces and a trailer |
/// | `/fail` | half of it |
/// | `/status/N` | this status, and no content |
/// | `/fields` | fields that are repeated, empty and not ASCII |
/// | `/connection` | the number of the connection |
/// | `/digest` | length and digest of what was sent, and its trailers |
/// | `/echo` | what was sent, as it comes |
/// | `/refuse` | 413, without a look at what is sent |
/// | others | the path |
pub(crate) fn service() -> impl HttpService<ResponseBody = Answer, ServiceError = wharf_http::Error>
{
    service_fn(answer)
}

async fn answer(request: Request<Incoming>) -> Result<Response<Answer>, wharf_http::Error> {
    let path = request.uri().path().to_owned();
    let (name, number) = path[1.min(path.len())..]
        .split_once('/')
        .unwrap_or((&path, "0"));
    let number = number.parse().unwrap_or(0);
    let mut response = Response::new(full(""));
    *response.body_mut() = match name {
        "/hello" => full("hello"),
        "bytes" => full(content(number)),
        "stream" => streamed(content(number)),
        "/pieces" => pieces(),
        "/fail" => frames([Ok("half of it".into()), Err("the rest is lost".into())]),
        "status" => {
            *response.status_mut() = StatusCode::from_u16(number as u16).unwrap();
            full("")
        }
        "/fields" => {
            *response.headers_mut() = fields();
            full("")
        }
        "/connection" => {
            let info = request.extensions().get::<ConnInfo>().unwrap();
            full(info.id.to_string())
        }
        "/digest" => full(digest(request.into_body()).await?),
        "/echo" => request.into_body().map_err(Into::into).boxed_unsync(),
        "/refuse" => {
            *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            full("refused")
        }
        _ => full(path),
    };
    Ok(response)
}

fn full(content: impl Into<Bytes>) -> Answer {
    Full::new(content.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn streamed(content: Vec<u8>) -> Answer {
    let pieces: Vec<_> = content
        .chunks(PIECE_BYTES)
        .map(Bytes::copy_from_slice)
        .collect();
    frames(pieces.into_iter().map(Ok))
}

fn frames<I>(pieces: I) -> Answer
where
    I: IntoIterator<Item = Result<Bytes, BoxError>, IntoIter: Send + 'static>,
{
    let frames = pieces.into_iter().map(|piece| piece.map(Frame::data));
    StreamBody::new(stream::iter(frames)).boxed_unsync()
}

fn pieces() -> Answer {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-pieces", HeaderValue::from_static("3"));
    let frames = ["piece 1;", "piece 2;", "piece 3;"].map(|piece| Ok(Frame::data(piece.into())));
    let frames = frames.into_iter().chain([Ok(Frame::trailers(trailers))]);
    StreamBody::new(stream::iter(frames)).boxed_unsync()
}

fn fields() -> HeaderMap {
    let mut fields = HeaderMap::new();
    fields.append("set-cookie", HeaderValue::from_static("a=1"));
    fields.append("set-cookie", HeaderValue::from_static("b=2"));
    fields.append("x-empty", HeaderValue::from_static(""));
    fields.append("x-latin", HeaderValue::from_bytes(b"caf\xe9").unwrap());
    fields.append("x-long", HeaderValue::from_str(&"y".repeat(2000)).unwrap());
    fields
}

async fn digest(body: Incoming) -> Result<String, wharf_http::Error> {
    let collected = body.collect().await?;
    let trailers = collected.trailers().cloned().unwrap_or_default();
    let content = collected.to_bytes();
    let mut text = format!("{} bytes {}", content.len(), sha256(&content));
    for (name, value) in &trailers {
        text.push_str(&format!(", {name}: {}", value.to_str().unwrap()));
    }
    Ok(text)
}
