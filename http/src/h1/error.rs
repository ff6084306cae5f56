use http::StatusCode;

/// A rule of HTTP/1.1 that a message broke, or a limit that it exceeded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// More empty lines before a request line than [`Limits::empty_lines_max`](super::Limits::empty_lines_max).
    #[error("more than {limit} empty lines before the request line")]
    TooManyEmptyLines {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// A line ends with LF alone. Senders never do that by accident any more, and readers that disagree about where a
    /// line ends can be made to disagree about where a request ends.
    #[error("a line ends with a bare LF")]
    BareLineFeed,
    /// The request line is not `method SP request-target SP HTTP-version`.
    #[error("malformed request line")]
    MalformedRequestLine,
    /// A field line is not `field-name ":" OWS field-value OWS`, or is folded.
    #[error("malformed field line")]
    MalformedField,
    /// The status line is not `HTTP-version SP status-code SP [ reason-phrase ]`, or the status is below 100.
    #[error("malformed status line")]
    MalformedStatusLine,
    /// The method is longer than the limit.
    #[error("method is longer than {limit} bytes")]
    MethodTooLong {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// The request-target is longer than the limit.
    #[error("request-target is longer than {limit} bytes")]
    TargetTooLong {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// The request-target has none of the four forms, or one that does not go with the method.
    #[error("invalid request-target")]
    InvalidTarget,
    /// The version is well-formed, but not HTTP/1.x.
    #[error("HTTP version not supported")]
    UnsupportedVersion,
    /// The head is larger than the limit.
    #[error("head is larger than {limit} bytes")]
    HeadTooLarge {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// There are more field lines than the limit.
    #[error("more than {limit} field lines")]
    TooManyFields {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// An HTTP/1.1 request without `Host`.
    #[error("no Host field")]
    MissingHost,
    /// More than one `Host` field line.
    #[error("more than one Host field")]
    RepeatedHost,
    /// `Host` is not `uri-host [":" port]`.
    #[error("invalid Host field")]
    InvalidHost,
    /// `Content-Length` is not a decimal number.
    #[error("invalid Content-Length")]
    InvalidContentLength,
    /// More than one `Content-Length`, even if they agree.
    #[error("more than one Content-Length")]
    RepeatedContentLength,
    /// Both `Transfer-Encoding` and `Content-Length`: the classic request smuggling.
    #[error("both Transfer-Encoding and Content-Length")]
    FramedTwice,
    /// `Transfer-Encoding` in an HTTP/1.0 message.
    #[error("Transfer-Encoding in an HTTP/1.0 message")]
    TransferEncodingInHttp10,
    /// `Transfer-Encoding` is not a list of transfer codings that ends in one `chunked`.
    #[error("invalid Transfer-Encoding")]
    InvalidTransferEncoding,
    /// A transfer coding other than `chunked`.
    #[error("transfer coding not implemented")]
    UnknownTransferCoding,
    /// `Expect` asks for something other than `100-continue`.
    #[error("unknown expectation")]
    UnknownExpectation,
    /// More content than the limit.
    #[error("content is larger than {limit} bytes")]
    ContentTooLarge {
        /// The limit that was exceeded.
        limit: u64,
    },
    /// A chunk-size that is not 1 to 16 significant hexadecimal digits.
    #[error("invalid chunk-size")]
    InvalidChunkSize,
    /// A chunk extension that breaks its grammar.
    #[error("invalid chunk extension")]
    InvalidChunkExtension,
    /// A chunk-size line, or all chunk extensions together, are larger than their limit.
    #[error("chunk extensions are larger than {limit} bytes")]
    ChunkExtensionsTooLarge {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// The data of a chunk is not followed by CRLF.
    #[error("chunk data is not followed by CRLF")]
    UnterminatedChunk,
    /// The trailer section is larger than the limit.
    #[error("trailer section is larger than {limit} bytes")]
    TrailersTooLarge {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// A field in the trailer section that only makes sense in the head, such as `Content-Length`.
    #[error("field not allowed in a trailer section")]
    ForbiddenTrailer,
    /// The stream ended inside a message.
    #[error("end of stream inside a message")]
    Truncated,
    /// The stream ended before the first byte of a response. On a connection that has served requests before, the
    /// server may have closed it without having seen this one.
    #[error("end of stream before a response")]
    NoResponse,
    /// More informational responses to one request than the limit.
    #[error("more than {limit} informational responses")]
    TooManyInformational {
        /// The limit that was exceeded.
        limit: usize,
    },
    /// Bytes that no request asked for, where a response could begin.
    #[error("a response to no request")]
    UnsolicitedResponse,

    /// A status that is not 1xx, or 101, as an informational response.
    #[error("status cannot be sent as an informational response")]
    NotAnInterimStatus,
    /// A switch to a protocol that the request did not name in `Upgrade`, or to none.
    #[error("the protocol was not requested")]
    NotRequestedProtocol,
    /// A 1xx status as a final response, or a 2xx to CONNECT.
    #[error("status cannot be sent as a final response")]
    NotAFinalStatus,
    /// Content in a request to which none may be given: CONNECT, TRACE.
    #[error("content in a request that cannot have any")]
    ContentNotAllowed,
    /// Content of unknown length in an HTTP/1.0 request, which knows no chunks and cannot end with the connection.
    #[error("content of unknown length in an HTTP/1.0 request")]
    UnknownLengthInHttp10,
    /// More content than `Content-Length` announced.
    #[error("more content than Content-Length announced")]
    ContentTooLong,
    /// Less content than `Content-Length` announced.
    #[error("less content than Content-Length announced")]
    ContentTooShort,
    /// The `Content-Length` field contradicts the body's own length, or is not a number.
    #[error("Content-Length contradicts the length of the content")]
    ContradictoryContentLength,
    /// The message does not fit the state of the exchange, such as a second response to one request.
    #[error("out of turn")]
    OutOfTurn,
}

impl ProtocolError {
    /// A name for counters and logs, in lower case with underscores: `bare_line_feed`. It does not change.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TooManyEmptyLines { .. } => "too_many_empty_lines",
            Self::BareLineFeed => "bare_line_feed",
            Self::MalformedRequestLine => "malformed_request_line",
            Self::MalformedField => "malformed_field",
            Self::MalformedStatusLine => "malformed_status_line",
            Self::MethodTooLong { .. } => "method_too_long",
            Self::TargetTooLong { .. } => "target_too_long",
            Self::InvalidTarget => "invalid_target",
            Self::UnsupportedVersion => "unsupported_version",
            Self::HeadTooLarge { .. } => "head_too_large",
            Self::TooManyFields { .. } => "too_many_fields",
            Self::MissingHost => "missing_host",
            Self::RepeatedHost => "repeated_host",
            Self::InvalidHost => "invalid_host",
            Self::InvalidContentLength => "invalid_content_length",
            Self::RepeatedContentLength => "repeated_content_length",
            Self::FramedTwice => "framed_twice",
            Self::TransferEncodingInHttp10 => "transfer_encoding_in_http_10",
            Self::InvalidTransferEncoding => "invalid_transfer_encoding",
            Self::UnknownTransferCoding => "unknown_transfer_coding",
            Self::UnknownExpectation => "unknown_expectation",
            Self::ContentTooLarge { .. } => "content_too_large",
            Self::InvalidChunkSize => "invalid_chunk_size",
            Self::InvalidChunkExtension => "invalid_chunk_extension",
            Self::ChunkExtensionsTooLarge { .. } => "chunk_extensions_too_large",
            Self::UnterminatedChunk => "unterminated_chunk",
            Self::TrailersTooLarge { .. } => "trailers_too_large",
            Self::ForbiddenTrailer => "forbidden_trailer",
            Self::Truncated => "truncated",
            Self::NoResponse => "no_response",
            Self::TooManyInformational { .. } => "too_many_informational",
            Self::UnsolicitedResponse => "unsolicited_response",
            Self::NotAnInterimStatus => "not_an_interim_status",
            Self::NotRequestedProtocol => "not_requested_protocol",
            Self::NotAFinalStatus => "not_a_final_status",
            Self::ContentNotAllowed => "content_not_allowed",
            Self::UnknownLengthInHttp10 => "unknown_length_in_http_10",
            Self::ContentTooLong => "content_too_long",
            Self::ContentTooShort => "content_too_short",
            Self::ContradictoryContentLength => "contradictory_content_length",
            Self::OutOfTurn => "out_of_turn",
        }
    }

    /// The status a server answers with before it closes. For what we did wrong ourselves that is 500.
    pub fn status_hint(&self) -> StatusCode {
        match self {
            Self::MethodTooLong { .. } | Self::UnknownTransferCoding => StatusCode::NOT_IMPLEMENTED,
            Self::TargetTooLong { .. } => StatusCode::URI_TOO_LONG,
            Self::UnsupportedVersion => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::HeadTooLarge { .. }
            | Self::TooManyFields { .. }
            | Self::TrailersTooLarge { .. } => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::UnknownExpectation => StatusCode::EXPECTATION_FAILED,
            Self::ContentTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            // A server hears these from servers behind it only.
            Self::MalformedStatusLine
            | Self::NoResponse
            | Self::TooManyInformational { .. }
            | Self::UnsolicitedResponse => StatusCode::BAD_GATEWAY,
            Self::NotAFinalStatus
            | Self::ContentNotAllowed
            | Self::UnknownLengthInHttp10
            | Self::NotAnInterimStatus
            | Self::NotRequestedProtocol
            | Self::ContentTooLong
            | Self::ContentTooShort
            | Self::ContradictoryContentLength
            | Self::OutOfTurn => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}
