//! A tunnel through an HTTP proxy: CONNECT ([RFC 9110 §9.3.6]).
//!
//! [RFC 9110 §9.3.6]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6

use bytes::BytesMut;
use http::header::PROXY_AUTHORIZATION;
use http::{HeaderValue, Method, Request, StatusCode, Uri, request};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::ProxyError;
use crate::h1::{ClientConn, ClientEvent, ContentLength, Limits, OutBuf, Peer, ProtocolError};

/// How much is read at a time. The answer to CONNECT is a few lines.
const READ_BYTES: usize = 2 * 1024;

/// Asks the proxy at the other end of `io` for a tunnel to `authority`, which is `HOST:PORT`, and returns it.
///
/// A proxy that sends something behind its head before anything was sent into the tunnel is refused. Whatever a client of
/// HTTP does in a tunnel, TLS or a request, it speaks first: such bytes are the content of a 2xx that is not allowed to
/// have any, or an attempt to answer what has not been asked.
///
/// There is no deadline here: it is the caller's, for all of connecting.
///
/// # Errors
///
/// When there is no tunnel. The connection is gone then, even where the proxy would have kept it: an error says what is
/// wrong with the proxy or what we told it, and the next attempt of the same would end in the same way.
///
/// # Cancel safety
///
/// Dropping the future closes the connection.
pub(crate) async fn tunnel<IO>(
    mut io: IO,
    authority: &str,
    authorization: Option<&HeaderValue>,
    limits: Limits,
) -> Result<IO, ProxyError>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let mut conn = ClientConn::new(Peer::Proxy, limits);
    let mut out = OutBuf::default();
    let request = head(authority, authorization).ok_or(ProxyError::Target)?;
    conn.send_head(&request, ContentLength::Exact(0), &mut out)
        .and_then(|()| conn.send_end(None, &mut out))
        .map_err(|_| ProxyError::Target)?;
    // All of it was copied: nothing in a head is large.
    io.write_all(out.first_piece()).await?;
    io.flush().await?;

    let mut buf = BytesMut::new();
    match receive(&mut io, &mut conn, &mut buf).await? {
        status if status.is_success() && buf.is_empty() => Ok(io),
        status if status.is_success() => Err(ProxyError::EarlyBytes),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED if authorization.is_some() => {
            Err(ProxyError::CredentialsRefused)
        }
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(ProxyError::CredentialsRequired),
        status => Err(ProxyError::Refused { status }),
    }
}

fn head(authority: &str, authorization: Option<&HeaderValue>) -> Option<request::Parts> {
    let uri: Uri = authority.parse().ok()?;
    let mut request = Request::new(());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = uri;
    if let Some(value) = authorization {
        let fields = request.headers_mut();
        fields.insert(PROXY_AUTHORIZATION, value.clone());
    }
    Some(request.into_parts().0)
}

/// The status of the final head. `buf` holds what came behind it; the limits of `conn` bound the rest.
async fn receive<IO>(
    io: &mut IO,
    conn: &mut ClientConn,
    buf: &mut BytesMut,
) -> Result<StatusCode, ProxyError>
where
    IO: AsyncRead + Unpin,
{
    loop {
        while let Some(event) = conn.receive(buf)? {
            match event {
                ClientEvent::Switched(head) => return Ok(head.status),
                ClientEvent::Response(response) => return Ok(response.head.status),
                ClientEvent::Informational(_) | ClientEvent::Data(_) | ClientEvent::End(_) => {}
            }
        }
        buf.reserve(READ_BYTES);
        if io.read_buf(buf).await? == 0 {
            conn.receive_eof(buf)?;
            return Err(ProtocolError::NoResponse.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{DuplexStream, duplex};
    use tokio::task::yield_now;
    use tokio::time::timeout;

    use super::*;

    /// What the proxy does behind its answer.
    #[derive(Clone, Copy, PartialEq)]
    enum Then {
        Stay,
        Close,
    }

    /// Answers CONNECT in these pieces. Returns what became of it, the request, and the proxy's end.
    async fn answer(
        pieces: impl Iterator<Item = &[u8]>,
        authorization: Option<&str>,
        then: Then,
    ) -> (Result<DuplexStream, ProxyError>, String, DuplexStream) {
        let (io, mut proxy) = duplex(1024 * 1024);
        let authorization = authorization.map(|value| value.parse().unwrap());
        let proxy = async {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(proxy.read_u8().await.unwrap());
            }
            for piece in pieces {
                // Nobody reads on once an error is found.
                let _ = proxy.write_all(piece).await;
                yield_now().await;
            }
            if then == Then::Close {
                let _ = proxy.shutdown().await;
            }
            (String::from_utf8(request).unwrap(), proxy)
        };
        let limits = Limits::default();
        let tunnel = tunnel(io, "example.com:443", authorization.as_ref(), limits);
        let (outcome, (request, proxy)) = tokio::join!(tunnel, proxy);
        (outcome, request, proxy)
    }

    /// The answer whole, in two pieces cut anywhere, and byte by byte: the same each time. Each tunnel goes both ways.
    async fn check(answered: &str, then: Then, expected: Result<(), &str>) {
        let bytes = answered.as_bytes();
        for cut in 0..=bytes.len() {
            let (one, two) = bytes.split_at(cut);
            // The first time, each byte by itself.
            let size = if cut == 0 { 1 } else { bytes.len() };
            let pieces = one.chunks(size).chain(two.chunks(size));
            let (outcome, _, mut proxy) = answer(pieces, None, then).await;
            let outcome = match outcome {
                Ok(mut io) => {
                    assert_goes_both_ways(&mut io, &mut proxy).await;
                    Ok(())
                }
                Err(error) => Err(error.to_string()),
            };
            let expected = expected.map_err(str::to_owned);
            assert_eq!(outcome, expected, "{answered:?} cut at {cut}");
        }
    }

    async fn assert_goes_both_ways(io: &mut DuplexStream, proxy: &mut DuplexStream) {
        let mut word = [0; 4];
        io.write_all(b"ping").await.unwrap();
        proxy.read_exact(&mut word).await.unwrap();
        assert_eq!(&word, b"ping");
        proxy.write_all(b"pong").await.unwrap();
        io.read_exact(&mut word).await.unwrap();
        assert_eq!(&word, b"pong");
    }

    #[tokio::test]
    async fn the_request_names_the_host_and_who_is_asking() {
        let ok = || [b"HTTP/1.1 200 OK\r\n\r\n".as_slice()].into_iter();
        let (outcome, request, _) = answer(ok(), None, Then::Stay).await;
        outcome.unwrap();
        assert_eq!(
            request,
            "CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n"
        );
        let (outcome, request, _) = answer(ok(), Some("Basic YTpi"), Then::Stay).await;
        outcome.unwrap();
        assert_eq!(
            request,
            "CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\
            proxy-authorization: Basic YTpi\r\n\r\n"
        );
    }

    #[tokio::test]
    async fn any_2xx_opens_the_tunnel() {
        for answered in [
            "HTTP/1.1 200 Connection established\r\n\r\n",
            "HTTP/1.0 200 OK\r\n\r\n",
            "HTTP/1.1 204 No Content\r\nProxy-Agent: x\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        ] {
            check(answered, Then::Stay, Ok(())).await;
        }
    }

    /// [RFC 9110 §9.3.6]: a client ignores both in a 2xx to CONNECT.
    ///
    /// [RFC 9110 §9.3.6]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
    #[tokio::test]
    async fn what_frames_content_is_ignored_in_a_2xx() {
        for field in [
            "Content-Length: 5",
            "Transfer-Encoding: chunked",
            "Connection: close",
        ] {
            let answered = format!("HTTP/1.1 200 OK\r\n{field}\r\n\r\n");
            check(&answered, Then::Stay, Ok(())).await;
        }
    }

    #[tokio::test]
    async fn bytes_behind_the_head_are_refused() {
        let early = ProxyError::EarlyBytes.to_string();
        for answered in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03",
        ] {
            let pieces = [answered.as_bytes()].into_iter();
            let (outcome, _, _) = answer(pieces, None, Then::Stay).await;
            assert_eq!(outcome.unwrap_err().to_string(), early);
        }
    }

    #[tokio::test]
    async fn a_refusal_is_an_error_with_its_status() {
        for (line, expected) in [
            (
                "403 Forbidden",
                "the proxy refused the tunnel: 403 Forbidden",
            ),
            ("502 Bad", "the proxy refused the tunnel: 502 Bad Gateway"),
            ("302 Found", "the proxy refused the tunnel: 302 Found"),
            (
                "407 Proxy Authentication Required",
                "the proxy requires a user name and a password, and was given none",
            ),
        ] {
            // Nobody waits for its content.
            let answered = format!("HTTP/1.1 {line}\r\nContent-Length: 5000\r\n\r\n<html>");
            check(&answered, Then::Stay, Err(expected)).await;
            check(&answered, Then::Close, Err(expected)).await;
        }
        let pieces = [b"HTTP/1.1 503 x\r\n\r\n".as_slice()].into_iter();
        let (outcome, _, _) = answer(pieces, None, Then::Close).await;
        let status = outcome.unwrap_err().status();
        assert_eq!(status, Some(StatusCode::SERVICE_UNAVAILABLE));
    }

    #[tokio::test]
    async fn a_407_to_credentials_says_that_they_are_wrong() {
        let pieces = [b"HTTP/1.1 407 x\r\nContent-Length: 0\r\n\r\n".as_slice()].into_iter();
        let (outcome, _, _) = answer(pieces, Some("Basic YTpi"), Then::Stay).await;
        assert!(matches!(outcome, Err(ProxyError::CredentialsRefused)));
    }

    #[tokio::test]
    async fn a_proxy_that_closes_has_not_answered() {
        let closed = ProxyError::Closed.to_string();
        for answered in [
            "",
            "HTTP/1.1 2",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
        ] {
            check(answered, Then::Close, Err(&closed)).await;
        }
    }

    #[track_caller]
    fn assert_broke(outcome: Result<DuplexStream, ProxyError>, expected: &ProtocolError) {
        let Err(ProxyError::Protocol(error)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(error, *expected);
    }

    #[tokio::test]
    async fn what_is_no_http_is_refused() {
        for (answered, expected) in [
            (
                "\x05\x00\x05\x00\r\n\r\n",
                ProtocolError::MalformedStatusLine,
            ),
            (
                "SSH-2.0-OpenSSH_9.6\r\n",
                ProtocolError::MalformedStatusLine,
            ),
            (
                "HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
                ProtocolError::NotRequestedProtocol,
            ),
        ] {
            let pieces = [answered.as_bytes()].into_iter();
            let (outcome, _, _) = answer(pieces, None, Then::Close).await;
            assert_broke(outcome, &expected);
        }
    }

    #[tokio::test]
    async fn a_head_without_end_meets_its_limit() {
        let field = b"x: y\r\n".repeat(100_000);
        let pieces = [b"HTTP/1.1 200 OK\r\n".as_slice(), &field].into_iter();
        let (outcome, _, _) = answer(pieces, None, Then::Stay).await;
        let limits = Limits::default();
        let Err(ProxyError::Protocol(error)) = outcome else {
            panic!("{outcome:?}");
        };
        let too_large = [
            ProtocolError::HeadTooLarge {
                limit: limits.head_bytes_max,
            },
            ProtocolError::TooManyFields {
                limit: limits.fields_max,
            },
        ];
        assert!(too_large.contains(&error), "{error}");
    }

    #[tokio::test]
    async fn informational_responses_without_end_meet_their_limit() {
        let limit = Limits::default().informational_max;
        let endless = b"HTTP/1.1 102 Processing\r\n\r\n".repeat(limit + 1);
        let pieces = endless.chunks(1000);
        let (outcome, _, _) = answer(pieces, None, Then::Stay).await;
        assert_broke(outcome, &ProtocolError::TooManyInformational { limit });
    }

    #[tokio::test(start_paused = true)]
    async fn a_proxy_that_says_nothing_leaves_the_deadline_to_the_caller() {
        let (io, mut proxy) = duplex(1024);
        let waiting = tunnel(io, "example.com:443", None, Limits::default());
        timeout(Duration::from_secs(30), waiting).await.unwrap_err();
        // The connection is closed behind the request.
        let mut request = String::new();
        proxy.read_to_string(&mut request).await.unwrap();
        assert!(request.starts_with("CONNECT "));
    }

    #[tokio::test]
    async fn a_target_that_is_no_host_and_port_is_not_asked_for() {
        for authority in [
            "",
            "example.com",
            "example.com:",
            "example.com:x",
            ":443",
            "user:pass@example.com:443",
            "http://example.com:443",
            "example.com:443/",
            "/path",
            "*",
            "example.com:443 HTTP/1.1\r\nx: y",
        ] {
            let (io, mut proxy) = duplex(1024);
            proxy.shutdown().await.unwrap();
            let outcome = tunnel(io, authority, None, Limits::default()).await;
            assert!(matches!(outcome, Err(ProxyError::Target)), "{authority}");
            let mut sent = Vec::new();
            proxy.read_to_end(&mut sent).await.unwrap();
            assert_eq!(sent, b"", "{authority}");
        }
        for authority in ["[2001:db8::7]:443", "192.0.2.7:80"] {
            let (io, proxy) = duplex(1024);
            drop(proxy);
            let outcome = tunnel(io, authority, None, Limits::default()).await;
            assert!(matches!(outcome, Err(ProxyError::Io(_))), "{authority}");
        }
    }
}
