//! How long a message body is: [RFC 9112 §6.3], for requests.
//!
//! [RFC 9112 §6.3]: https://www.rfc-editor.org/rfc/rfc9112#section-6.3

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Version};

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
}

/// The steps of RFC 9112 §6.3 that concern a request, in their order. Where the RFC lets a server repair, we refuse: two
/// readers that repair differently are what request smuggling is made of.
pub(super) fn of_request(
    version: Version,
    fields: &HeaderMap,
    present: Present,
) -> Result<Framing, ProtocolError> {
    if present.transfer_encoding {
        if version == Version::HTTP_10 {
            return Err(ProtocolError::TransferEncodingInHttp10);
        }
        if present.content_length {
            return Err(ProtocolError::FramedTwice);
        }
        return transfer_codings(fields.get_all(TRANSFER_ENCODING)).map(|()| Framing::Chunked);
    }
    if !present.content_length {
        return Ok(Framing::Length(0));
    }
    let mut lengths = fields.get_all(CONTENT_LENGTH).iter();
    match (lengths.next(), lengths.next()) {
        (None, _) => Ok(Framing::Length(0)),
        (Some(value), None) => match content_length(value)? {
            Some(length) if length <= LENGTH_MAX => Ok(Framing::Length(length)),
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

/// ```text
/// Transfer-Encoding = #transfer-coding                         RFC 9112 §6.1
/// transfer-coding   = token *( OWS ";" OWS transfer-parameter )
/// ```
///
/// Only `chunked` alone is implemented. Something else before a final `chunked` is 501; a list that does not end in
/// exactly one `chunked`, has empty elements or parameters is 400.
fn transfer_codings<'a>(
    lines: impl IntoIterator<Item = &'a HeaderValue>,
) -> Result<(), ProtocolError> {
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
        (true, 1, 0) => Ok(()),
        (true, 1, _) => Err(ProtocolError::UnknownTransferCoding),
        _ => Err(ProtocolError::InvalidTransferEncoding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(version: Version, fields: &HeaderMap) -> Result<Framing, ProtocolError> {
        let present = Present {
            content_length: fields.contains_key(CONTENT_LENGTH),
            transfer_encoding: fields.contains_key(TRANSFER_ENCODING),
            ..Present::default()
        };
        of_request(version, fields, present)
    }

    #[track_caller]
    fn check(lines: &[(&'static str, &'static str)], expected: Result<Framing, ProtocolError>) {
        let fields = lines
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect();
        assert_eq!(of(Version::HTTP_11, &fields), expected, "{lines:?}");
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
}
