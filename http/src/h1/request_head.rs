//! The head of a request: request line and field section ([RFC 9112 §3], [RFC 9112 §5]).
//!
//! ```text
//! HTTP-message   = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]        RFC 9112 §2.1
//! request-line   = method SP request-target SP HTTP-version                          RFC 9112 §3
//! HTTP-version   = "HTTP" "/" DIGIT "." DIGIT                                        RFC 9112 §2.3
//! field-line     = field-name ":" OWS field-value OWS                                RFC 9112 §5
//! ```
//!
//! httparse reads the lines. What it lets pass and we refuse: line ends of a bare LF, any number of empty lines in
//! front, targets of no form. What it refuses and we tell apart: the versions.
//!
//! [RFC 9112 §3]: https://www.rfc-editor.org/rfc/rfc9112#section-3
//! [RFC 9112 §5]: https://www.rfc-editor.org/rfc/rfc9112#section-5

use std::mem::MaybeUninit;

use bytes::{Buf, Bytes, BytesMut};
use http::header::HOST;
use http::{Method, Version, request};
use httparse::{EMPTY_HEADER, Header, ParserConfig};

use super::fields::{self, FIELDS_ON_STACK, Present};
use super::grammar::is_tchar;
use super::scan::{SectionScan, within};
use super::{Limits, ProtocolError, RawHead, target};

/// Reads request heads off a buffer; remembers how far it has looked.
#[derive(Debug, Default)]
pub(super) struct RequestHeadReader {
    scan: SectionScan,
    empty_lines: usize,
    /// Whether a head keeps a [`RawHead`] in its extensions.
    pub(super) keeps_raw: bool,
    line_checked: bool,
    /// A whole head that was refused. In a box, since hardly any is and each connection has room for this.
    pub(super) refused: Option<Box<Bytes>>,
}

impl RequestHeadReader {
    /// Takes the next head off `buf`, if it is there whole. [`parse`] reads what is in it.
    pub(super) fn take(
        &mut self,
        buf: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<Bytes>, ProtocolError> {
        while buf.starts_with(b"\r\n") && !self.scan.has_line() {
            buf.advance(2);
            self.empty_lines += 1;
            if self.empty_lines > limits.empty_lines_max {
                return Err(ProtocolError::TooManyEmptyLines {
                    limit: limits.empty_lines_max,
                });
            }
            self.scan = SectionScan::default();
        }
        if !self.scan.has_line() {
            check_method_length(buf, limits)?;
        }
        let found = self.find_end(buf, limits);
        if !matches!(found, Ok(Some(_))) {
            self.check_line(buf, limits)?;
        }
        let Some(end) = found? else {
            return match limits.head_bytes_max {
                limit if buf.len() > limit => Err(ProtocolError::HeadTooLarge { limit }),
                _ => Ok(None),
            };
        };
        let line_end = self.scan.first_line();
        self.scan = SectionScan::default();
        self.empty_lines = 0;
        self.line_checked = false;
        let mut bytes = buf.split_to(end);
        treat_as_http_11(bytes.get_mut(..line_end).unwrap_or_default());
        Ok(Some(bytes.freeze()))
    }

    /// Looks no further than a head may reach, so that of two faults the same one is told however the bytes arrive.
    fn find_end(&mut self, buf: &[u8], limits: &Limits) -> Result<Option<usize>, ProtocolError> {
        if !self.scan.has_line() {
            let line_max = "  HTTP/1.1\r\n"
                .len()
                .saturating_add(limits.method_bytes_max)
                .saturating_add(limits.target_bytes_max)
                .min(limits.head_bytes_max);
            let found = self.scan.find_end(within(buf, line_max))?;
            if found.is_some() || !self.scan.has_line() && buf.len() <= line_max {
                return Ok(found);
            }
            if !self.scan.has_line() {
                return Err(ProtocolError::TargetTooLong {
                    limit: limits.target_bytes_max,
                });
            }
        }
        self.scan.find_end(within(buf, limits.head_bytes_max))
    }

    /// Refuses a request line that no further byte can mend, so that its sender hears of it before the deadline.
    fn check_line(&mut self, buf: &[u8], limits: &Limits) -> Result<(), ProtocolError> {
        if !self.scan.has_line() || self.line_checked {
            return Ok(());
        }
        self.line_checked = true;
        let mut head = BytesMut::from(within(buf, self.scan.first_line()));
        treat_as_http_11(&mut head);
        match httparse::Request::new(&mut []).parse(&head) {
            Ok(_) => Ok(()),
            Err(error) => Err(refusal(error, &head, limits)),
        }
    }
}

/// Looked at before the line is whole, and in the same way when it is: the answer must not depend on how the bytes
/// arrive.
fn check_method_length(buf: &[u8], limits: &Limits) -> Result<(), ProtocolError> {
    match buf.get(..=limits.method_bytes_max) {
        // Looked for first, as it is nearly always there.
        Some(start)
            if memchr::memchr(b' ', start).is_none()
                && start.iter().all(|byte| is_tchar(*byte)) =>
        {
            Err(ProtocolError::MethodTooLong {
                limit: limits.method_bytes_max,
            })
        }
        _ => Ok(()),
    }
}

/// Reads a head into `parts`, which are those of a new request. It is filled in place: it is large, and this is done for
/// every request.
pub(super) fn parse(
    head: &Bytes,
    keeps_raw: bool,
    limits: &Limits,
    parts: &mut request::Parts,
) -> Result<Present, ProtocolError> {
    if limits.fields_max <= FIELDS_ON_STACK {
        let mut fields = [const { MaybeUninit::<Header<'_>>::uninit() }; FIELDS_ON_STACK];
        let fields = fields.get_mut(..limits.fields_max).unwrap_or_default();
        let mut request = httparse::Request::new(&mut []);
        match ParserConfig::default().parse_request_with_uninit_headers(&mut request, head, fields)
        {
            Ok(_) => convert(head, &request, keeps_raw, limits, parts),
            Err(error) => Err(refusal(error, head, limits)),
        }
    } else {
        let mut fields = vec![EMPTY_HEADER; limits.fields_max];
        let mut request = httparse::Request::new(&mut fields);
        match request.parse(head) {
            Ok(_) => convert(head, &request, keeps_raw, limits, parts),
            Err(error) => Err(refusal(error, head, limits)),
        }
    }
}

/// A higher minor version is read as the highest we know ([RFC 9110 §2.5]); httparse knows 0 and 1 only.
///
/// [RFC 9110 §2.5]: https://www.rfc-editor.org/rfc/rfc9110#section-2.5
fn treat_as_http_11(line: &mut [u8]) {
    if let [
        ..,
        b' ',
        b'H',
        b'T',
        b'T',
        b'P',
        b'/',
        b'1',
        b'.',
        minor @ b'2'..=b'9',
        b'\r',
        b'\n',
    ] = line
    {
        *minor = b'1';
    }
}

fn convert(
    head: &Bytes,
    parsed: &httparse::Request<'_, '_>,
    keeps_raw: bool,
    limits: &Limits,
    parts: &mut request::Parts,
) -> Result<Present, ProtocolError> {
    let malformed = || ProtocolError::MalformedRequestLine;
    let (method, target) = parsed.method.zip(parsed.path).ok_or_else(malformed)?;
    if target.len() > limits.target_bytes_max {
        return Err(ProtocolError::TargetTooLong {
            limit: limits.target_bytes_max,
        });
    }
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| malformed())?;
    parts.version = if parsed.version == Some(0) {
        Version::HTTP_10
    } else {
        Version::HTTP_11
    };
    let present = fields::collect(head, parsed.headers, &mut parts.headers)?;
    parts.uri = target::parse(head.slice_ref(target.as_bytes()), &method)?;
    parts.method = method;
    check_host(parts.version, present)?;
    if let Some(host) = target::host_override(&parts.uri) {
        parts.headers.insert(HOST, host);
    }
    if keeps_raw {
        parts
            .extensions
            .insert(RawHead::of(head, target.as_bytes()));
    }
    Ok(present)
}

/// [RFC 9112 §3.2]: an HTTP/1.1 request has exactly one `Host`, of valid form, or is answered with 400.
///
/// [RFC 9112 §3.2]: https://www.rfc-editor.org/rfc/rfc9112#section-3.2
fn check_host(version: Version, present: Present) -> Result<(), ProtocolError> {
    match (present.host_lines, version) {
        (0, Version::HTTP_11) => Err(ProtocolError::MissingHost),
        (0, _) => Ok(()),
        (1, _) if present.host_is_valid => Ok(()),
        (1, _) => Err(ProtocolError::InvalidHost),
        (_, _) => Err(ProtocolError::RepeatedHost),
    }
}

fn refusal(error: httparse::Error, head: &[u8], limits: &Limits) -> ProtocolError {
    match error {
        httparse::Error::TooManyHeaders => ProtocolError::TooManyFields {
            limit: limits.fields_max,
        },
        httparse::Error::Version => refused_version(head),
        httparse::Error::HeaderName | httparse::Error::HeaderValue => ProtocolError::MalformedField,
        // httparse says `NewLine` for a stray CR, wherever it stands.
        _ => ProtocolError::MalformedRequestLine,
    }
}

/// `HTTP/2.0` deserves another answer than `HTTP/x`.
fn refused_version(head: &[u8]) -> ProtocolError {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    match line.rsplit(|byte| *byte == b' ').next() {
        Some([b'H', b'T', b'T', b'P', b'/', major, b'.', minor])
            if major.is_ascii_digit() && minor.is_ascii_digit() && *major != b'1' =>
        {
            ProtocolError::UnsupportedVersion
        }
        _ => ProtocolError::MalformedRequestLine,
    }
}
