use bytes::{Bytes, BytesMut};
use http::header::UPGRADE;
use http::{HeaderMap, HeaderValue, Method, StatusCode, request, response};

use super::body::{BodyReader, Piece};
use super::encoder::Encoder;
use super::fields::Present;
use super::interim::is_among;
use super::persistence::persists;
use super::request::put_head;
use super::response_head::ResponseHeadReader;
use super::state::{self, Half};
use super::{ContentLength, Framing, Limits, OutBuf, Peer, ProtocolError, framing};

/// The client's side of an HTTP/1.1 connection: requests to bytes, bytes to [`ClientEvent`]s.
///
/// The twin of [`Conn`](super::Conn): it does no I/O, takes what it understands off a buffer, and appends what is to
/// be sent to an [`OutBuf`]. One request is under way at a time; there is no pipelining.
#[derive(Debug)]
pub struct ClientConn {
    /// `content_bytes_max` is that of the response under way.
    limits: Limits,
    /// That of a response of which nothing else was said.
    content_bytes_max: Option<u64>,
    peer: Peer,
    sending: Half,
    receiving: Half,
    head: ResponseHeadReader,
    body: BodyReader,
    encoder: Encoder,
    exchange: Exchange,
    persistent: bool,
    has_excess: bool,
}

/// What a client received.
#[derive(Debug)]
pub enum ClientEvent {
    /// An informational response, such as 100 (Continue) or 103 (Early Hints): the final one is still to come.
    Informational(response::Parts),
    /// The head of the final response.
    Response(Response),
    /// A piece of its content, never empty.
    Data(Bytes),
    /// The end of the response, with its trailer section if there was one.
    End(Option<HeaderMap>),
    /// The last head on this connection, a 101 that was asked for or a 2xx to CONNECT. What is left in the buffer,
    /// and all that follows, is no longer HTTP ([RFC 9110 §7.8], [RFC 9110 §9.3.6]). The request still has to be sent
    /// to its end.
    ///
    /// [RFC 9110 §7.8]: https://www.rfc-editor.org/rfc/rfc9110#section-7.8
    /// [RFC 9110 §9.3.6]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
    Switched(response::Parts),
}

/// The head of a final response, and what it says of the body.
#[derive(Debug)]
pub struct Response {
    /// Status, version and fields. [`ReasonPhrase`](super::ReasonPhrase) and [`InvalidStatus`](super::InvalidStatus)
    /// may be among the extensions.
    pub head: response::Parts,
    /// The framing of the body.
    pub framing: Framing,
}

/// What the request under way means for the response.
#[derive(Debug, Default)]
struct Exchange {
    is_head: bool,
    is_connect: bool,
    expects_continue: bool,
    offered_protocols: Vec<HeaderValue>,
    /// Informational responses so far.
    informational: usize,
}

impl ClientConn {
    /// A connection to `peer` on which nothing has been sent yet.
    ///
    /// The same [`Limits`] as for a server bound what is received. Their bound on content is meant for requests: who
    /// fetches what is larger raises [`content_bytes_max`](Limits::content_bytes_max), or says so for one response with
    /// [`limit_content`](Self::limit_content).
    pub fn new(peer: Peer, limits: Limits) -> Self {
        Self {
            content_bytes_max: limits.content_bytes_max,
            limits,
            peer,
            sending: Half::Idle,
            receiving: Half::Idle,
            head: ResponseHeadReader::default(),
            body: BodyReader::Length(0),
            encoder: Encoder::Length(0),
            exchange: Exchange::default(),
            persistent: true,
            has_excess: false,
        }
    }

    /// Sends the head of a request; [`send_end`](Self::send_end) has to follow, even if there is no content.
    ///
    /// The target is taken from the URI in the form that [`Peer`] asks for, `Host` from the fields or else from the
    /// URI. A request of any version but HTTP/1.0 is sent as HTTP/1.1. Content of unknown length is chunked.
    ///
    /// # Errors
    ///
    /// When the request cannot be sent as it is, or another one is under way; nothing has been written then.
    pub fn send_head(
        &mut self,
        head: &request::Parts,
        length: ContentLength,
        out: &mut OutBuf,
    ) -> Result<(), ProtocolError> {
        if self.receiving != Half::Idle || self.has_excess {
            return Err(ProtocolError::OutOfTurn);
        }
        let sending = self.sending.after(state::Event::Head);
        let sending = sending.ok_or(ProtocolError::OutOfTurn)?;
        let begun = put_head(head, length, self.peer, self.persistent, out.tail())?;
        self.sending = sending;
        self.encoder = begun.encoder;
        self.persistent = begun.persistent;
        self.limits.content_bytes_max = self.content_bytes_max;
        self.exchange = Exchange {
            is_head: head.method == Method::HEAD,
            is_connect: head.method == Method::CONNECT,
            expects_continue: begun.expects_continue,
            offered_protocols: begun.offered_protocols,
            informational: 0,
        };
        Ok(())
    }

    /// Whether the request said `Expect: 100-continue` and the server has not answered yet. The content should wait
    /// for the answer, but not forever: some servers never send one ([RFC 9110 §10.1.1]).
    ///
    /// [RFC 9110 §10.1.1]: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
    pub fn expects_continue(&self) -> bool {
        self.exchange.expects_continue
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

    /// Ends the request. Trailers are sent only behind content of unknown length.
    ///
    /// # Errors
    ///
    /// When there was less content than announced. The connection has to be aborted then, so that the server notices.
    pub fn send_end(
        &mut self,
        trailers: Option<&HeaderMap>,
        out: &mut OutBuf,
    ) -> Result<(), ProtocolError> {
        let sending = self.sending.after(state::Event::End);
        let sending = sending.ok_or(ProtocolError::OutOfTurn)?;
        self.encoder.put_end(trailers, out)?;
        self.sending = sending;
        Ok(())
    }

    /// Whether the request has been sent to its end.
    pub fn has_sent_request(&self) -> bool {
        self.sending == Half::Done
    }

    /// Takes the next event off `buf`, or `None` if that needs more bytes, or nothing more can come in this exchange.
    ///
    /// # Errors
    ///
    /// The rule that the server broke. Nothing more can be received then, and the connection has to be closed.
    pub fn receive(&mut self, buf: &mut BytesMut) -> Result<Option<ClientEvent>, ProtocolError> {
        let received = match self.receiving {
            Half::Idle if self.sending == Half::Idle => unsolicited(buf),
            Half::Idle => self.receive_head(buf),
            Half::Body => self.receive_body(buf),
            Half::Done => {
                self.has_excess |= !buf.is_empty();
                Ok(None)
            }
            Half::Failed | Half::Switched => Ok(None),
        };
        let event = match &received {
            Ok(None) => return Ok(None),
            Ok(Some(ClientEvent::Informational(_))) => state::Event::Informational,
            Ok(Some(ClientEvent::Response(_))) => state::Event::Head,
            Ok(Some(ClientEvent::Data(_))) => state::Event::Data,
            Ok(Some(ClientEvent::End(_))) => state::Event::End,
            Ok(Some(ClientEvent::Switched(_))) => state::Event::Switch,
            Err(_) => state::Event::Fail,
        };
        self.receiving = self.receiving.after(event).unwrap_or(Half::Failed);
        // They were sent before another request could be, so they are the answer to none.
        self.has_excess |= self.receiving == Half::Done && !buf.is_empty();
        received
    }

    /// Takes note that the server will send no more, and said so in an orderly way; a stream that was cut off must
    /// not be reported here, for an end may be what frames the content. `rest` is what [`receive`](Self::receive)
    /// left in the buffer when it last returned `None`.
    ///
    /// Content that the end of the connection frames ends here, with [`ClientEvent::End`].
    ///
    /// # Errors
    ///
    /// [`ProtocolError::NoResponse`] or [`ProtocolError::Truncated`] if a response was still to come, or incomplete.
    pub fn receive_eof(&mut self, rest: &[u8]) -> Result<Option<ClientEvent>, ProtocolError> {
        self.persistent = false;
        let is_answer_due = self.sending != Half::Idle;
        let is_untouched =
            rest.is_empty() && !self.head.is_inside() && self.exchange.informational == 0;
        match (self.receiving, &self.body) {
            (Half::Body, BodyReader::UntilClose { .. }) if rest.is_empty() => {
                self.receiving = Half::Done;
                Ok(Some(ClientEvent::End(None)))
            }
            (Half::Body, _) => self.fail(ProtocolError::Truncated),
            (Half::Idle, _) if is_answer_due && is_untouched => {
                self.fail(ProtocolError::NoResponse)
            }
            (Half::Idle, _) if is_answer_due => self.fail(ProtocolError::Truncated),
            (Half::Idle, _) => {
                self.receiving = Half::Failed;
                Ok(None)
            }
            (Half::Done | Half::Failed | Half::Switched, _) => Ok(None),
        }
    }

    fn fail<T>(&mut self, error: ProtocolError) -> Result<T, ProtocolError> {
        self.receiving = Half::Failed;
        Err(error)
    }

    fn receive_head(&mut self, buf: &mut BytesMut) -> Result<Option<ClientEvent>, ProtocolError> {
        let Some((head, present)) = self.head.read(buf, &self.limits)? else {
            return Ok(None);
        };
        let status = head.status;
        if status == StatusCode::SWITCHING_PROTOCOLS {
            let chosen = head.headers.get_all(UPGRADE);
            if !is_among(chosen, &self.exchange.offered_protocols) {
                return Err(ProtocolError::NotRequestedProtocol);
            }
            return Ok(Some(self.switch(head)));
        }
        if status.is_informational() {
            self.note_informational(status)?;
            return Ok(Some(ClientEvent::Informational(head)));
        }
        self.exchange.expects_continue = false;
        if self.exchange.is_connect && status.is_success() {
            return Ok(Some(self.switch(head)));
        }
        self.receive_final_head(head, present).map(Some)
    }

    fn note_informational(&mut self, status: StatusCode) -> Result<(), ProtocolError> {
        let limit = self.limits.informational_max;
        if self.exchange.informational >= limit {
            return Err(ProtocolError::TooManyInformational { limit });
        }
        self.exchange.informational += 1;
        self.exchange.expects_continue &= status != StatusCode::CONTINUE;
        Ok(())
    }

    fn switch(&mut self, head: response::Parts) -> ClientEvent {
        self.exchange.expects_continue = false;
        self.persistent = false;
        ClientEvent::Switched(head)
    }

    fn receive_final_head(
        &mut self,
        head: response::Parts,
        present: Present,
    ) -> Result<ClientEvent, ProtocolError> {
        let framing = framing::of_response(
            head.status,
            self.exchange.is_head,
            head.version,
            &head.headers,
            present,
        )?;
        self.persistent &=
            framing != Framing::UntilClose && persists(head.version, &head.headers, present);
        self.body = BodyReader::of_response(framing);
        Ok(ClientEvent::Response(Response { head, framing }))
    }

    fn receive_body(&mut self, buf: &mut BytesMut) -> Result<Option<ClientEvent>, ProtocolError> {
        let piece = self.body.read(buf, &self.limits)?;
        Ok(piece.map(|piece| match piece {
            Piece::Data(data) => ClientEvent::Data(data),
            Piece::End(trailers) => ClientEvent::End(trailers),
        }))
    }

    /// Bounds the content of the response under way, in place of [`Limits::content_bytes_max`]. For who knows what a
    /// response is for before its content is read.
    pub fn limit_content(&mut self, bytes_max: Option<u64>) {
        self.limits.content_bytes_max = bytes_max;
    }

    /// Whether the response has been received to its end.
    pub fn has_received_response(&self) -> bool {
        self.receiving == Half::Done
    }

    /// How much content is still to come. `None`: nobody knows.
    pub fn content_left(&self) -> Option<u64> {
        match (self.receiving, &self.body) {
            (Half::Body, BodyReader::Length(left)) => Some(*left),
            (Half::Done, _) => Some(0),
            _ => None,
        }
    }

    /// Whether the final response, or its beginning, is here while the request is not sent to its end. The server may
    /// want no more of it: unless the exchange is meant to go both ways at once, stop sending, read the response, and
    /// close ([RFC 9112 §9.5]).
    ///
    /// [RFC 9112 §9.5]: https://www.rfc-editor.org/rfc/rfc9112#section-9.5
    pub fn is_answered_early(&self) -> bool {
        self.sending == Half::Body && matches!(self.receiving, Half::Body | Half::Done)
    }

    /// Whether a switch was received and its request sent to its end: HTTP is over here.
    pub fn has_switched(&self) -> bool {
        self.receiving == Half::Switched && self.sending == Half::Done
    }

    /// Whether bytes were left behind the response. They are the answer to no request: the connection is closed
    /// behind it.
    pub fn has_excess(&self) -> bool {
        self.has_excess
    }

    /// Whether the connection stays open behind the current exchange.
    pub fn is_persistent(&self) -> bool {
        self.persistent && !self.has_excess && self.receiving != Half::Failed
    }

    /// Makes the current exchange the last one: a request that is not yet under way says `Connection: close`.
    pub fn close_after_response(&mut self) {
        self.persistent = false;
    }

    /// Gets ready for the next request. `false`: the connection has to be closed instead.
    ///
    /// What arrives before that request is handed to [`receive`](Self::receive) first, which refuses it; behind the
    /// request it would be taken for the response.
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

/// Some servers say 408 before they close an idle connection; nothing of that may answer the next request.
fn unsolicited(buf: &[u8]) -> Result<Option<ClientEvent>, ProtocolError> {
    if buf.is_empty() {
        Ok(None)
    } else {
        Err(ProtocolError::UnsolicitedResponse)
    }
}
