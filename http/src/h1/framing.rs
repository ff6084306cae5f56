//! How long a message body is: [RFC 9112 §6.3].
//!
//! [RFC 9112 §6.3]: https://www.rfc-editor.org/rfc/rfc9112#section-6.3

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, StatusCode, Version};

use super::ProtocolError;
use super::fields::Present;
use super::grammar::{elements, is_token};

/// The framing of a message body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// This many bytes follow the head; 0 if there is no body.
    Length(u64),
    /// The chunked transfer coding.
    Chunked,
    /// Everything up to the end of the connection. Only a response can be framed so.
    UntilClose,
}

/// The steps of RFC 9112 §6.3 that concern a request, in their order. Where the RFC lets a server repair, we refuse:
/// two readers that repair differently are what request smuggling is made of.
pub(super) fn of_request(
    version: Version,
    fields: &HeaderMap,
    present: Present,
) -> Result<Framing, ProtocolError> {
    if present.transfer_encoding {
        return match transfer_coding(version, fields, present)? {
            LastCoding::Chunked => Ok(Framing::Chunked),
            // The end of the request would be that of the connection, and then nobody could answer.
            LastCoding::Other => Err(ProtocolError::InvalidTransferEncoding),
        };
    }
    Ok(Framing::Length(
        declared_length(fields, present)?.unwrap_or(0),
    ))
}

/// The same for a response with this status, to HEAD or to another method; not for a 2xx to CONNECT, behind which
/// nothing is framed.
pub(super) fn of_response(
    status: StatusCode,
    is_to_head: bool,
    version: Version,
    fields: &HeaderMap,
    present: Present,
) -> Result<Framing, ProtocolError> {
    // The fields speak of a message that is not sent. They bound nothing here, and what they say is not judged.
    let is_without_content = is_to_head
        || status.is_informational()
        || [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
    if is_without_content {
        return Ok(Framing::Length(0));
    }
    if present.transfer_encoding {
        return match transfer_coding(version, fields, present)? {
            LastCoding::Chunked => Ok(Framing::Chunked),
            LastCoding::Other => Ok(Framing::UntilClose),
        };
    }
    let length = declared_length(fields, present)?;
    Ok(length.map_or(Framing::UntilClose, Framing::Length))
}

fn transfer_coding(
    version: Version,
    fields: &HeaderMap,
    present: Present,
) -> Result<LastCoding, ProtocolError> {
    if version == Version::HTTP_10 {
        return Err(ProtocolError::TransferEncodingInHttp10);
    }
    if present.content_length {
        return Err(ProtocolError::FramedTwice);
    }
    last_coding(fields.get_all(TRANSFER_ENCODING))
}

fn declared_length(fields: &HeaderMap, present: Present) -> Result<Option<u64>, ProtocolError> {
    if !present.content_length {
        return Ok(None);
    }
    let mut lengths = fields.get_all(CONTENT_LENGTH).iter();
    match (lengths.next(), lengths.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match content_length(value)? {
            Some(length) if length <= LENGTH_MAX => Ok(Some(length)),
            _ => Err(ProtocolError::ContentTooLarge { limit: LENGTH_MAX }),
        },
        (Some(_), Some(_)) => Err(ProtocolError::RepeatedContentLength),
    }
}

/// The most that any file or counter around us can hold.
const LENGTH_MAX: u64 = i64::MAX.unsigned_abs();

/// ```text
/// Content-Length = 1*DIGIT                                     RFC 9110 §8.6
/// ```
///
/// `None`: a number, but beyond 64 bits.
pub(super) fn content_length(value: &HeaderValue) -> Result<Option<u64>, ProtocolError> {
    let digits = value.as_bytes();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(ProtocolError::InvalidContentLength);
    }
    Ok(digits.iter().try_fold(0_u64, |length, digit| {
        length.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    }))
}

/// The coding that was applied last, and so ends the body.
enum LastCoding {
    Chunked,
    Other,
}

/// ```text
/// Transfer-Encoding = #transfer-coding                         RFC 9112 §6.1
/// transfer-coding   = token *( OWS ";" OWS transfer-parameter )
/// ```
///
/// Only `chunked` alone is implemented. Something else before a final `chunked` is 501; a list that has `chunked`
/// twice, empty elements or parameters of it is 400.
fn last_coding<'a>(
    lines: impl IntoIterator<Item = &'a HeaderValue>,
) -> Result<LastCoding, ProtocolError> {
    let mut chunked = 0;
    let mut others = 0;
    let mut last_is_chunked = false;
    for coding in lines.into_iter().flat_map(|line| elements(line.as_bytes())) {
        // Parameters mean something to codings that we do not know, and nothing to `chunked`.
        let name = coding
            .split(|byte| *byte == b';')
            .next()
            .unwrap_or_default()
            .trim_ascii_end();
        let has_parameters = name.len() < coding.len();
        last_is_chunked = name.eq_ignore_ascii_case(b"chunked");
        if !is_token(name) || last_is_chunked && has_parameters {
            return Err(ProtocolError::InvalidTransferEncoding);
        }
        *(if last_is_chunked {
            &mut chunked
        } else {
            &mut others
        }) += 1;
    }
    match (last_is_chunked, chunked, others) {
        (true, 1, 0) => Ok(LastCoding::Chunked),
        (true, 1, _) => Err(ProtocolError::UnknownTransferCoding),
        (false, 0 | 1, 1..) => Ok(LastCoding::Other),
        _ => Err(ProtocolError::InvalidTransferEncoding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn present(fields: &HeaderMap) -> Present {
        Present {
            content_length: fields.contains_key(CONTENT_LENGTH),
            transfer_encoding: fields.contains_key(TRANSFER_ENCODING),
            ..Present::default()
        }
    }

    fn of(version: Version, fields: &HeaderMap) -> Result<Framing, ProtocolError> {
        of_request(version, fields, present(fields))
    }

    fn fields(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let lines = lines.iter();
        lines
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    #[track_caller]
    fn check(lines: &[(&'static str, &'static str)], expected: Result<Framing, ProtocolError>) {
        assert_eq!(of(Version::HTTP_11, &fields(lines)), expected, "{lines:?}");
    }

    const CL: &str = "content-length";
    const TE: &str = "transfer-encoding";

    #[test]
    fn no_framing_field_means_no_body() {
        check(&[], Ok(Framing::Length(0)));
    }

    #[test]
    fn a_content_length_is_decimal_digits() {
        check(&[(CL, "5")], Ok(Framing::Length(5)));
        check(&[(CL, "005")], Ok(Framing::Length(5)));
        for value in ["", "+5", "-5", "0x5", "5 5", "5,5", "5.0", "1_0", "five"] {
            check(&[(CL, value)], Err(ProtocolError::InvalidContentLength));
        }
    }

    #[test]
    fn a_content_length_is_at_most_what_a_file_can_hold() {
        check(
            &[(CL, "9223372036854775807")],
            Ok(Framing::Length(LENGTH_MAX)),
        );
        for value in ["9223372036854775808", "99999999999999999999999"] {
            let limit = LENGTH_MAX;
            check(
                &[(CL, value)],
                Err(ProtocolError::ContentTooLarge { limit }),
            );
        }
    }

    #[test]
    fn two_content_lengths_are_refused_even_if_equal() {
        check(
            &[(CL, "5"), (CL, "5")],
            Err(ProtocolError::RepeatedContentLength),
        );
    }

    #[test]
    fn chunked_alone_is_chunked() {
        for value in ["chunked", "Chunked", "CHUNKED"] {
            check(&[(TE, value)], Ok(Framing::Chunked));
        }
    }

    #[test]
    fn both_kinds_of_framing_are_refused() {
        check(
            &[(TE, "chunked"), (CL, "5")],
            Err(ProtocolError::FramedTwice),
        );
    }

    #[test]
    fn an_unknown_coding_before_chunked_is_not_implemented() {
        check(
            &[(TE, "gzip, chunked")],
            Err(ProtocolError::UnknownTransferCoding),
        );
        check(
            &[(TE, "gzip;q=1, chunked")],
            Err(ProtocolError::UnknownTransferCoding),
        );
        check(
            &[(TE, "gzip"), (TE, "chunked")],
            Err(ProtocolError::UnknownTransferCoding),
        );
    }

    #[test]
    fn a_list_that_does_not_end_in_one_chunked_is_refused() {
        for value in [
            "",
            "identity",
            "gzip",
            "chunked, gzip",
            "chunked, chunked",
            "xchunked",
            ",chunked",
            "chunked,",
            "chunked;q=1",
        ] {
            check(&[(TE, value)], Err(ProtocolError::InvalidTransferEncoding));
        }
        check(
            &[(TE, "chunked"), (TE, "chunked")],
            Err(ProtocolError::InvalidTransferEncoding),
        );
    }

    #[test]
    fn http_1_0_has_no_transfer_encoding() {
        let fields =
            HeaderMap::from_iter([(TRANSFER_ENCODING, HeaderValue::from_static("chunked"))]);
        let error = of(Version::HTTP_10, &fields);
        assert_eq!(error, Err(ProtocolError::TransferEncodingInHttp10));
    }

    #[track_caller]
    fn check_response(
        status: StatusCode,
        lines: &[(&'static str, &'static str)],
        expected: Result<Framing, ProtocolError>,
    ) {
        let fields = fields(lines);
        let present = present(&fields);
        let version = Version::HTTP_11;
        let to_get = of_response(status, false, version, &fields, present);
        assert_eq!(to_get, expected, "{status} {lines:?}");
        let to_head = of_response(status, true, version, &fields, present);
        assert_eq!(to_head, Ok(Framing::Length(0)), "{status} {lines:?}");
    }

    #[test]
    fn a_response_without_a_length_goes_on_until_the_connection_ends() {
        let ok = StatusCode::OK;
        check_response(ok, &[], Ok(Framing::UntilClose));
        check_response(ok, &[(CL, "0")], Ok(Framing::Length(0)));
        check_response(ok, &[(TE, "chunked")], Ok(Framing::Chunked));
        for value in ["gzip", "identity", "chunked, gzip", "gzip;q=1"] {
            check_response(ok, &[(TE, value)], Ok(Framing::UntilClose));
        }
    }

    #[test]
    fn a_response_is_held_to_the_rules_of_a_request() {
        let ok = StatusCode::OK;
        for (lines, error) in [
            (&[(CL, "5,5")][..], ProtocolError::InvalidContentLength),
            (
                &[(CL, "5"), (CL, "5")],
                ProtocolError::RepeatedContentLength,
            ),
            (&[(CL, "5"), (TE, "chunked")], ProtocolError::FramedTwice),
            (&[(CL, "5"), (TE, "gzip")], ProtocolError::FramedTwice),
            (
                &[(TE, "gzip, chunked")],
                ProtocolError::UnknownTransferCoding,
            ),
            (
                &[(TE, "chunked"), (TE, "chunked")],
                ProtocolError::InvalidTransferEncoding,
            ),
            (
                &[(TE, "chunked, gzip, chunked")],
                ProtocolError::InvalidTransferEncoding,
            ),
            (
                &[(TE, "chunked, chunked, gzip")],
                ProtocolError::InvalidTransferEncoding,
            ),
        ] {
            check_response(ok, lines, Err(error));
        }
        let fields = fields(&[(TE, "chunked")]);
        let http_10 = of_response(ok, false, Version::HTTP_10, &fields, present(&fields));
        assert_eq!(http_10, Err(ProtocolError::TransferEncodingInHttp10));
    }

    #[test]
    fn a_status_without_content_has_none_whatever_the_fields_say() {
        for status in [
            StatusCode::CONTINUE,
            StatusCode::EARLY_HINTS,
            StatusCode::NO_CONTENT,
            StatusCode::NOT_MODIFIED,
        ] {
            for lines in [&[][..], &[(CL, "5")], &[(CL, "x")], &[(TE, "chunked")]] {
                check_response(status, lines, Ok(Framing::Length(0)));
            }
        }
    }
}
