use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, EXPECT, TE, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Version, request, response};

use super::body::{BodyReader, Piece};
use super::encoder::Encoder;
use super::fields::{self, Present};
use super::grammar::has_token;
use super::interim::{put_informational, put_switch};
use super::keep_alive::KeepAlive;
use super::persistence::persists;
use super::request_head::{self, RequestHeadReader};
use super::response::{Context, put_head};
use super::state::{self, Half};
use super::{Framing, HttpDate, Limits, OutBuf, ProtocolError, framing};

/// The server's side of an HTTP/1.1 connection: bytes to [`Event`]s, responses to bytes.
///
/// It does no I/O. What arrived is handed to [`receive`](Self::receive) in a buffer from which it takes what it
/// understands; what is to be sent is appended to an [`OutBuf`].
#[derive(Debug)]
pub struct Conn {
    /// `content_bytes_max` is that of the message under way.
    limits: Arc<Limits>,
    /// That of a message of which nothing else was said.
    content_bytes_max: Option<u64>,
    receiving: Half,
    sending: Half,
    head: RequestHeadReader,
    body: BodyReader,
    encoder: Encoder,
    request: Context,
    /// The `Upgrade` field of a request that asks to switch.
    requested_protocols: Vec<HeaderValue>,
    /// The lines of a response behind which the connection stays open.
    keep_alive: KeepAlive,
    /// The head of the request under way has been received.
    has_head: bool,
}

/// What a server received.
#[derive(Debug)]
pub enum Event {
    /// The head of a request.
    Request(Request),
    /// A piece of its content, never empty.
    Data(Bytes),
    /// The end of the request, with its trailer section if there was one.
    End(Option<HeaderMap>),
}

/// The head of a request, and what it says of the body.
#[derive(Debug)]
pub struct Request {
    /// Method, target, version and fields.
    pub head: request::Parts,
    /// The framing of the body.
    pub framing: Framing,
    /// The client waits for 100 (Continue) before it sends the body ([RFC 9110 §10.1.1]).
    ///
    /// [RFC 9110 §10.1.1]: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
    pub expects_continue: bool,
    /// The client asks to go on in another protocol: `Upgrade` and `Connection: upgrade` ([RFC 9110 §7.8]), or CONNECT
    /// ([RFC 9110 §9.3.6]). Whoever agrees calls [`Conn::send_switch`].
    ///
    /// [RFC 9110 §7.8]: https://www.rfc-editor.org/rfc/rfc9110#section-7.8
    /// [RFC 9110 §9.3.6]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
    pub wants_switch: bool,
}

/// What is known of the length of a message's content before it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentLength {
    /// Exactly this many bytes.
    Exact(u64),
    /// Not known: chunked, or in a response to an HTTP/1.0 client up to the end of the connection.
    Unknown,
}

const NO_REQUEST: Context = Context {
    is_head: false,
    is_connect: false,
    is_http_10: false,
    takes_trailers: false,
    persistent: false,
};

impl Conn {
    /// A connection on which nothing has been received yet. Limits in an `Arc` are shared with other connections.
    pub fn server(limits: impl Into<Arc<Limits>>) -> Self {
        let limits = limits.into();
        Self {
            content_bytes_max: limits.content_bytes_max,
            limits,
            receiving: Half::Idle,
            sending: Half::Idle,
            head: RequestHeadReader::default(),
            body: BodyReader::Length(0),
            encoder: Encoder::Nothing,
            request: NO_REQUEST,
            requested_protocols: Vec::new(),
            keep_alive: KeepAlive::default(),
            has_head: false,
        }
    }

    /// Whether each request keeps its head as it was received, as a [`RawHead`](super::RawHead) in the extensions of
    /// its
    /// [`head`](Request::head). That costs one extension per request. The default is no.
    #[must_use]
    pub fn with_raw_head(mut self, keeps_raw: bool) -> Self {
        self.head.keeps_raw = keeps_raw;
        self
    }

    /// What each response that leaves the connection open says of how long it is held for the next request. The default
    /// is to say nothing.
    #[must_use]
    pub fn with_keep_alive(mut self, keep_alive: &KeepAlive) -> Self {
        self.keep_alive = keep_alive.clone();
        self
    }

    /// Takes the next event off `buf`, or `None` if that needs more bytes, or the current exchange has to end first.
    ///
    /// # Errors
    ///
    /// The rule that the client broke. Nothing more can be received then; a response can still be sent.
    pub fn receive(&mut self, buf: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        match self.receiving {
            Half::Idle => Ok(self.receive_request(buf)?.map(Event::Request)),
            Half::Body => {
                let received = self.receive_body(buf);
                self.received(match &received {
                    Ok(None) => return Ok(None),
                    Ok(Some(Piece::Data(_))) => state::Event::Data,
                    Ok(Some(Piece::End(_))) => state::Event::End,
                    Err(_) => state::Event::Fail,
                });
                Ok(received?.map(|piece| match piece {
                    Piece::Data(data) => Event::Data(data),
                    Piece::End(trailers) => Event::End(trailers),
                }))
            }
            Half::Done | Half::Failed | Half::Switched => Ok(None),
        }
    }

    /// Takes the next event off `buf` if that is the head of a request: what [`receive`](Self::receive) does between two
    /// requests, without an event around the request.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn receive_request(
        &mut self,
        buf: &mut BytesMut,
    ) -> Result<Option<Request>, ProtocolError> {
        if self.receiving != Half::Idle {
            return Ok(None);
        }
        let received = self.receive_head(buf);
        self.received(match &received {
            Ok(None) => return Ok(None),
            Ok(Some(_)) => state::Event::Head,
            Err(_) => state::Event::Fail,
        });
        received
    }

    /// Takes the [end](Event::End) of a request of which no content is to come, and says whether that is so: what
    /// [`receive`](Self::receive) would hand out next has nothing in it.
    pub fn receive_empty_end(&mut self) -> bool {
        let is_empty = self.receiving == Half::Body && matches!(self.body, BodyReader::Length(0));
        if is_empty {
            self.received(state::Event::End);
        }
        is_empty
    }

    fn received(&mut self, event: state::Event) {
        self.receiving = self.receiving.after(event).unwrap_or(Half::Failed);
    }

    /// What was refused and has been taken from the buffer: a whole head, or a whole line of chunked content. What else
    /// was refused is still there.
    pub fn refused(&self) -> &[u8] {
        match (&self.head.refused, &self.body) {
            (Some(head), _) => head,
            (None, BodyReader::Chunked(reader)) => reader.refused(),
            (None, _) => &[],
        }
    }

    /// Takes note that the client will send no more; `rest` is what [`receive`](Self::receive) left in the buffer.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::Truncated`] if that was in the middle of a message.
    pub fn receive_eof(&mut self, rest: &[u8]) -> Result<(), ProtocolError> {
        match self.receiving {
            Half::Body => self.truncated(),
            // An empty line in front of a request that never came is no message.
            Half::Idle if !rest.iter().all(|byte| matches!(byte, b'\r' | b'\n')) => {
                self.truncated()
            }
            Half::Idle | Half::Done | Half::Failed | Half::Switched => Ok(()),
        }
    }

    fn truncated(&mut self) -> Result<(), ProtocolError> {
        self.receiving = Half::Failed;
        Err(ProtocolError::Truncated)
    }

    fn receive_head(&mut self, buf: &mut BytesMut) -> Result<Option<Request>, ProtocolError> {
        let Some(bytes) = self.head.take(buf, &self.limits)? else {
            return Ok(None);
        };
        let (head, ()) = http::Request::new(()).into_parts();
        let mut request = Request {
            head,
            framing: Framing::Length(0),
            expects_continue: false,
            wants_switch: false,
        };
        let understood =
            request_head::parse(&bytes, self.head.keeps_raw, &self.limits, &mut request.head)
                .and_then(|present| self.understand(&mut request, present));
        match understood {
            Ok(()) => Ok(Some(request)),
            Err(error) => {
                self.head.refused = Some(Box::new(bytes));
                Err(error)
            }
        }
    }

    /// What a head means for the exchange.
    fn understand(&mut self, request: &mut Request, present: Present) -> Result<(), ProtocolError> {
        let head = &request.head;
        // Known before anything else is checked, so that the error of a HEAD request is answered like one.
        self.request = Context {
            is_head: head.method == Method::HEAD,
            is_connect: head.method == Method::CONNECT,
            is_http_10: head.version == Version::HTTP_10,
            takes_trailers: present.te && has_token(head.headers.get_all(TE), "trailers"),
            persistent: persists(head.version, &head.headers, present),
        };
        self.requested_protocols.clear();
        if present.upgrade && asks_for_upgrade(head, present) {
            let requested = head.headers.get_all(UPGRADE).into_iter().cloned();
            self.requested_protocols.extend(requested);
        }
        request.framing = framing::of_request(head.version, &head.headers, present)?;
        if self.limits.content_bytes_max != self.content_bytes_max {
            self.limit_content(self.content_bytes_max);
        }
        request.expects_continue =
            present.expect && expectation(head)? && request.framing != Framing::Length(0);
        request.wants_switch = self.request.is_connect || !self.requested_protocols.is_empty();
        self.body = BodyReader::of_request(request.framing);
        self.has_head = true;
        Ok(())
    }

    fn receive_body(&mut self, buf: &mut BytesMut) -> Result<Option<Piece>, ProtocolError> {
        self.body.read(buf, &self.limits)
    }

    /// Bounds the content of the request under way, in place of
    /// [`Limits::content_bytes_max`]. For who knows what a request is for before its content is read.
    pub fn limit_content(&mut self, bytes_max: Option<u64>) {
        Arc::make_mut(&mut self.limits).content_bytes_max = bytes_max;
    }

    /// Whether the request has been received to its end.
    pub fn has_received_request(&self) -> bool {
        self.receiving == Half::Done
    }

    /// Whether a head has been received whose content has not: because the client is still sending it, or has broken a
    /// rule in it.
    pub fn is_within_request(&self) -> bool {
        self.has_head && matches!(self.receiving, Half::Body | Half::Failed)
    }

    /// How much content is still to come. `None`: nobody knows.
    pub fn content_left(&self) -> Option<u64> {
        match (self.receiving, &self.body) {
            (Half::Body, BodyReader::Length(left)) => Some(*left),
            (Half::Done, _) => Some(0),
            _ => None,
        }
    }

    /// Whether the connection stays open behind the current exchange.
    pub fn is_persistent(&self) -> bool {
        self.request.persistent && self.receiving != Half::Failed
    }

    /// Makes the current exchange the last one: a response that is not yet under way says `Connection: close`.
    pub fn close_after_response(&mut self) {
        self.request.persistent = false;
    }

    /// Sends 100 (Continue).
    ///
    /// # Errors
    ///
    /// When a response is already under way.
    pub fn send_continue(&mut self, out: &mut OutBuf) -> Result<(), ProtocolError> {
        self.step(state::Event::Informational)?;
        out.tail()
            .extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        Ok(())
    }

    /// Sends an informational response: 103 (Early Hints), for example, but not 101. An HTTP/1.0 client knows none;
    /// nothing is sent to it ([RFC 9110 §15.2]).
    ///
    /// # Errors
    ///
    /// When its status is not 1xx or is 101, or a final response is already under way.
    ///
    /// [RFC 9110 §15.2]: https://www.rfc-editor.org/rfc/rfc9110#section-15.2
    pub fn send_informational(
        &mut self,
        head: &response::Parts,
        out: &mut OutBuf,
    ) -> Result<(), ProtocolError> {
        self.step(state::Event::Informational)?;
        if self.request.is_http_10 {
            return Ok(());
        }
        put_informational(head, out.tail())
    }

    /// Sends the response that ends HTTP on this connection: 101 (Switching Protocols) with an `Upgrade` field that
    /// names what was requested, or a 2xx to CONNECT. `Connection: upgrade` is added, framing fields are left out.
    ///
    /// The request still has to be received to its end; what follows it, in the buffer and on the wire, belongs to the
    /// new protocol.
    ///
    /// # Errors
    ///
    /// When the request did not ask for this; nothing has been written then, and another response can be sent.
    pub fn send_switch(
        &mut self,
        head: &response::Parts,
        date: &HttpDate,
        out: &mut OutBuf,
    ) -> Result<(), ProtocolError> {
        let next = self.sending.after(state::Event::Switch);
        let next = next.ok_or(ProtocolError::OutOfTurn)?;
        if !self.request.is_connect && self.requested_protocols.is_empty() {
            return Err(ProtocolError::NotRequestedProtocol);
        }
        put_switch(head, &self.requested_protocols, date, out.tail())?;
        self.sending = next;
        self.request.persistent = false;
        Ok(())
    }

    /// Whether a switch was sent and its request received to its end: HTTP is over here.
    pub fn has_switched(&self) -> bool {
        self.sending == Half::Switched && self.receiving == Half::Done
    }

    /// Sends the head of the final response. `date` is for its `Date` field, unless the response has one.
    ///
    /// # Errors
    ///
    /// When the response cannot be sent as it is; nothing has been written then, and another one can be sent.
    pub fn send_head(
        &mut self,
        head: &response::Parts,
        length: ContentLength,
        date: &HttpDate,
        out: &mut OutBuf,
    ) -> Result<(), ProtocolError> {
        if self.sending.after(state::Event::Head).is_none() {
            return Err(ProtocolError::OutOfTurn);
        }
        let context = Context {
            persistent: self.is_persistent(),
            ..self.request
        };
        let (encoder, persistent) = put_head(
            head,
            length,
            context,
            date,
            self.keep_alive.lines(),
            out.tail(),
        )?;
        self.encoder = encoder;
        self.request.persistent = persistent;
        self.step(state::Event::Head)
    }

    /// Takes back a response of which nothing has left yet; the caller takes it out of the [`OutBuf`]. Another one can
    /// be sent in its place.
    ///
    /// # Errors
    ///
    /// When there is none under way.
    pub fn withdraw_response(&mut self) -> Result<(), ProtocolError> {
        self.step(state::Event::Withdraw)
    }

    /// Takes back the fields of a response whose head has been sent: their memory is for those of a later request. It
    /// is kept for the thread, not for the connection.
    pub fn reuse_fields(fields: HeaderMap) {
        fields::recycle(fields);
    }

    /// Whether only the end of the connection shows where the response ends, as for an HTTP/1.0 client and content of
    /// unknown length. If it fails, the connection must not be closed in an orderly way.
    pub fn ends_with_connection(&self) -> bool {
        self.sending == Half::Body && self.encoder == Encoder::UntilClose
    }

    /// Whether the response takes content at all; a response to HEAD does not.
    pub fn takes_content(&self) -> bool {
        self.encoder != Encoder::Nothing
    }

    /// Sends a piece of content.
    ///
    /// # Errors
    ///
    /// When there is more of it than was announced. The connection has to be aborted then.
    pub fn send_data(&mut self, data: Bytes, out: &mut OutBuf) -> Result<(), ProtocolError> {
        self.step(state::Event::Data)?;
        self.encoder.put_data(data, out)
    }

    /// Ends the response.
    ///
    /// # Errors
    ///
    /// When there was less content than announced. The connection has to be aborted then, so that the client notices.
    pub fn send_end(
        &mut self,
        trailers: Option<&HeaderMap>,
        out: &mut OutBuf,
    ) -> Result<(), ProtocolError> {
        let next = self.sending.after(state::Event::End);
        let next = next.ok_or(ProtocolError::OutOfTurn)?;
        self.encoder.put_end(trailers, out)?;
        self.sending = next;
        Ok(())
    }

    /// Gets ready for the next request. `false`: the connection has to be closed instead.
    pub fn next_exchange(&mut self) -> bool {
        if !self.is_persistent() {
            return false;
        }
        match (
            self.receiving.after(state::Event::Next),
            self.sending.after(state::Event::Next),
        ) {
            (Some(receiving), Some(sending)) => {
                self.receiving = receiving;
                self.sending = sending;
                self.request = NO_REQUEST;
                self.has_head = false;
                self.requested_protocols = Vec::new();
                true
            }
            _ => false,
        }
    }

    fn step(&mut self, event: state::Event) -> Result<(), ProtocolError> {
        self.sending = self.sending.after(event).ok_or(ProtocolError::OutOfTurn)?;
        Ok(())
    }
}

/// Only where `Connection` says so too is `Upgrade` meant for us, and HTTP/1.0 does not know it ([RFC 9110 §7.8]).
///
/// [RFC 9110 §7.8]: https://www.rfc-editor.org/rfc/rfc9110#section-7.8
fn asks_for_upgrade(head: &request::Parts, present: Present) -> bool {
    head.version == Version::HTTP_11
        && present.connection
        && has_token(head.headers.get_all(CONNECTION), "upgrade")
}

/// Whether 100 (Continue) is expected. HTTP/1.0 knows no expectations, and any other is unknown to us.
fn expectation(head: &request::Parts) -> Result<bool, ProtocolError> {
    if head.version == Version::HTTP_10 {
        return Ok(false);
    }
    let mut expected = false;
    for value in head.headers.get_all(EXPECT) {
        if !value.as_bytes().eq_ignore_ascii_case(b"100-continue") {
            return Err(ProtocolError::UnknownExpectation);
        }
        expected = true;
    }
    Ok(expected)
}
