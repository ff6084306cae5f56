use arbitrary::{Arbitrary, Result, Unstructured};
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, Method};

use crate::h1::ContentLength;

/// A request without content, and what is answered to it.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub method: Method,
    pub is_http_10: bool,
    /// The value of the request's `Connection` field.
    pub connection: Option<&'static str>,
    /// Whether it says `TE: trailers`.
    pub takes_trailers: bool,
    /// The fields of a 103 (Early Hints) before the answer.
    pub hints: Option<HeaderMap>,
    /// From 100 to 999.
    pub status: u16,
    pub fields: HeaderMap,
    /// What is said of the content; not always the truth.
    pub length: ContentLength,
    pub pieces: Vec<Vec<u8>>,
    pub trailers: Option<HeaderMap>,
    /// How many bytes the transport takes at a time.
    pub write_max: usize,
}

pub const METHODS: [Method; 4] = [Method::GET, Method::HEAD, Method::POST, Method::DELETE];

pub const CONNECTION: [Option<&str>; 4] =
    [None, Some("close"), Some("keep-alive"), Some("x, Close")];

/// Fields that concern the codec, and some that come more than once.
pub const FIELDS: [HeaderName; 8] = [
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::DATE,
    header::TRAILER,
    header::SET_COOKIE,
    header::CONTENT_TYPE,
    header::UPGRADE,
];

/// Values that go with them, and some that do not.
pub const VALUES: [&str; 10] = [
    "0",
    "5",
    "05",
    "+5",
    "18446744073709551616",
    "chunked",
    "close",
    "keep-alive",
    "upgrade, close",
    "",
];

/// Fields that are no trailers. Any other name begins with `x-` here.
pub const NO_TRAILERS: [HeaderName; 4] = [
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::HOST,
    header::SET_COOKIE,
];

impl Exchange {
    /// What is sent if all of it is.
    pub fn content(&self) -> Vec<u8> {
        self.pieces.concat()
    }
}

impl<'a> Arbitrary<'a> for Exchange {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let mut exchange = Self {
            method: bytes.choose(&METHODS)?.clone(),
            is_http_10: bytes.ratio(1, 4)?,
            connection: *bytes.choose(&CONNECTION)?,
            takes_trailers: bytes.arbitrary()?,
            hints: None,
            status: status(bytes)?,
            fields: fields(bytes, &FIELDS)?,
            length: ContentLength::Unknown,
            pieces: pieces(bytes)?,
            trailers: None,
            write_max: bytes.int_in_range(1..=9000)?,
        };
        exchange.length = length(bytes, exchange.content().len())?;
        if bytes.arbitrary()? {
            exchange.trailers = Some(fields(bytes, &NO_TRAILERS)?);
        }
        if bytes.arbitrary()? {
            exchange.hints = Some(fields(bytes, &FIELDS)?);
        }
        Ok(exchange)
    }
}

fn status(bytes: &mut Unstructured<'_>) -> Result<u16> {
    Ok(match bytes.int_in_range(0..=3)? {
        0 => *bytes.choose(&[101, 204, 205, 304])?,
        1 => bytes.int_in_range(100..=999)?,
        _ => 200,
    })
}

fn fields(bytes: &mut Unstructured<'_>, special: &[HeaderName]) -> Result<HeaderMap> {
    let mut fields = HeaderMap::new();
    for _ in 0..bytes.int_in_range(0..=8)? {
        let name = if bytes.arbitrary()? {
            bytes.choose(special)?.clone()
        } else {
            let name = format!("x-{}", bytes.int_in_range(0..=9)?);
            HeaderName::try_from(name).expect("a token")
        };
        let value = if bytes.arbitrary()? {
            HeaderValue::from_static(bytes.choose(&VALUES)?)
        } else {
            let length = bytes.int_in_range(0..=20)?;
            value_of(bytes.bytes(length)?)
        };
        fields.append(name, value);
    }
    Ok(fields)
}

/// The bytes as a field value, but for those that none may have.
pub fn value_of(bytes: &[u8]) -> HeaderValue {
    let allowed = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
    let bytes: Vec<u8> = bytes.iter().copied().filter(allowed).collect();
    HeaderValue::from_bytes(&bytes).expect("that is what a field value is made of")
}

/// Some of them larger than what an `OutBuf` copies.
fn pieces(bytes: &mut Unstructured<'_>) -> Result<Vec<Vec<u8>>> {
    (0..bytes.int_in_range(0..=6)?)
        .map(|_| {
            let most = if bytes.ratio(1, 4)? { 9000 } else { 20 };
            let length = bytes.int_in_range(0..=most)?;
            Ok(vec![bytes.arbitrary()?; length])
        })
        .collect()
}

fn length(bytes: &mut Unstructured<'_>, real: usize) -> Result<ContentLength> {
    let real = u64::try_from(real).expect("it is in memory");
    Ok(match bytes.int_in_range(0..=9)? {
        0..=3 => ContentLength::Unknown,
        4..=7 => ContentLength::Exact(real),
        8 => ContentLength::Exact(real + 1),
        _ => ContentLength::Exact(real.saturating_sub(1)),
    })
}
