//! One request and its response on a connection. Everything is polled: the future of whoever sends, and later the one that
//! reads the content, drive the connection, and there is no task behind it.

use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, request, response};
use tokio::time::Instant;

use super::connection::Connection;
use super::informational::OnInformational;
use super::pool::{give_back, give_back_unused};
use super::progress::{OnProgress, Progress};
use super::upload::{Piece, Upload};
use crate::driver::{Stuck, deadline_in};
use crate::error::{Failure, Kind, Stage};
use crate::h1::{ClientEvent, ProtocolError, Response};
use crate::{Phase, https};

/// The deadlines of an exchange.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadlines {
    pub(super) write: Duration,
    pub(super) wait_for_continue: Duration,
    pub(super) response: Duration,
    pub(super) read: Duration,
    /// The end of all of it.
    pub(super) total: Option<(Instant, Duration)>,
}

/// The request under way on a connection. In a box: it is large, and goes from hand to hand.
#[derive(Debug)]
pub(super) struct Exchange {
    connection: Box<Connection>,
    upload: Upload,
    /// There is more of the request to send.
    is_sending: bool,
    /// The rest of the request is not wanted: not a byte more of it is sent, nor waited for.
    is_cut: bool,
    /// There was an informational response.
    is_begun: bool,
    trailers: Option<HeaderMap>,
    deadlines: Deadlines,
    /// Until when the content waits for 100 (Continue).
    continue_by: Option<Instant>,
    /// Until when the server has to have said what is waited for.
    read_by: Option<Instant>,
    /// Why nothing more can be sent. The server may have said something before.
    send_failure: Option<io::Error>,
    /// The end of the response, received while there was more to send.
    held_end: Option<Option<HeaderMap>>,
    /// How much had been sent and received on this connection before.
    began_at: (u64, u64),
    progress: Option<OnProgress>,
}

/// What came of a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// The head of the final response.
    Final(Response),
    /// HTTP is over on this connection.
    Switched(response::Parts),
}

/// What comes of content.
#[derive(Debug)]
pub(super) enum Content {
    Data(Bytes),
    End(Option<HeaderMap>),
}

/// Why an exchange failed, and what that means for another attempt.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) kind: Kind,
    /// The connection ended without a byte of a response.
    pub(super) is_unanswered: bool,
    /// Not one byte of the request has left.
    pub(super) is_unsent: bool,
    /// What was to be sent, for the next attempt.
    pub(super) upload: Upload,
}

impl Exchange {
    /// Writes the head of the request into the connection's buffer.
    pub(super) fn begin(
        mut connection: Box<Connection>,
        head: &request::Parts,
        upload: Upload,
        deadlines: Deadlines,
    ) -> Result<Box<Self>, Box<Failed>> {
        let transport = &mut connection.transport;
        let began_at = (transport.written, transport.read);
        let length = upload.length();
        let progress = head.extensions.get::<OnProgress>().cloned();
        if let Err(error) = connection.codec.send_head(head, length, &mut transport.out) {
            // The next request may do better.
            give_back_unused(connection);
            return Err(Box::new(Failed {
                kind: Kind::Request(error),
                is_unanswered: false,
                is_unsent: true,
                upload,
            }));
        }
        if let Some(hook) = &progress {
            // A connection begins a request with nothing left to send of the last one.
            hook.call(Progress::HeadSent(transport.out.first_piece()));
        }
        Ok(Box::new(Self {
            connection,
            upload,
            is_sending: true,
            is_cut: false,
            is_begun: false,
            trailers: None,
            deadlines,
            continue_by: None,
            read_by: None,
            send_failure: None,
            held_end: None,
            began_at,
            progress,
        }))
    }

    pub(super) fn fail(self, kind: Kind) -> Box<Failed> {
        self.note_end();
        let ended = matches!(
            kind,
            Kind::Io(_) | Kind::Protocol(ProtocolError::NoResponse | ProtocolError::Truncated)
        );
        Box::new(Failed {
            is_unanswered: ended && self.connection.transport.read == self.began_at.1,
            is_unsent: self.is_unsent(),
            kind,
            upload: self.upload,
        })
    }

    /// Sends the request, and is ready with the head of its response; that may be before everything is sent.
    pub(super) fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
        informational: Option<&OnInformational>,
    ) -> Poll<Result<Answer, Kind>> {
        loop {
            if let Some(answer) = self.received_answer(informational)? {
                return Poll::Ready(Ok(answer));
            }
            let is_sent = self.poll_send(cx)?.is_ready();
            if self.poll_receive(cx)?.is_ready() {
                continue;
            }
            if is_sent && self.is_sending {
                let wait = self.deadlines.wait_for_continue;
                let by = *self.continue_by.get_or_insert_with(|| deadline_in(wait));
                if self.poll_deadline(cx, by).is_ready() {
                    self.deadlines.wait_for_continue = Duration::ZERO;
                    continue;
                }
            } else if is_sent {
                let limit = self.deadlines.response;
                let by = *self.read_by.get_or_insert_with(|| deadline_in(limit));
                if self.poll_deadline(cx, by).is_ready() {
                    return Poll::Ready(Err(Kind::Late(Phase::Response, limit)));
                }
            }
            return self.poll_total(cx).map(Err);
        }
    }

    fn received_answer(
        &mut self,
        informational: Option<&OnInformational>,
    ) -> Result<Option<Answer>, Kind> {
        loop {
            let connection = &mut *self.connection;
            let event = connection.codec.receive(&mut connection.transport.received);
            match event.map_err(Kind::Protocol)? {
                None => return Ok(None),
                Some(ClientEvent::Informational(head)) => {
                    // It is alive, and works on it.
                    self.is_begun = true;
                    self.read_by = None;
                    self.note(Progress::HeadReceived(&head));
                    if let Some(hook) = informational {
                        hook.call(&head);
                    }
                }
                Some(ClientEvent::Response(response)) => {
                    self.read_by = None;
                    self.note(Progress::HeadReceived(&response.head));
                    return Ok(Some(Answer::Final(response)));
                }
                Some(ClientEvent::Switched(head)) => {
                    self.note(Progress::HeadReceived(&head));
                    return Ok(Some(Answer::Switched(head)));
                }
                // Neither comes before a head.
                Some(ClientEvent::Data(_) | ClientEvent::End(_)) => {}
            }
        }
    }

    /// What to do with content that is not sent when its answer is here. Whoever says 2xx may well read on, and to stop would
    /// cut short what was taken; everybody else does not want it ([RFC 9112 §9.5]), nor has to take what waits for room.
    ///
    /// [RFC 9112 §9.5]: https://www.rfc-editor.org/rfc/rfc9112#section-9.5
    pub(super) fn answered(&mut self, status: StatusCode) {
        if self.is_sending && !status.is_success() {
            self.is_sending = false;
            self.is_cut = true;
        }
        if !self.is_sending {
            self.upload = Upload::none();
        }
    }

    /// Whether the connection is for the next request once the response has been received.
    pub(super) fn can_be_followed(&self) -> bool {
        let codec = &self.connection.codec;
        codec.has_sent_request() && codec.is_persistent()
    }

    /// Whether all of the response is here, and there is more to send.
    pub(super) fn is_answered_whole(&self) -> bool {
        let received = self.connection.transport.received.len();
        let left = self.connection.codec.content_left();
        self.is_sending && left.is_some_and(|left| left <= received as u64)
    }

    /// Sends what is left of a request whose response has been received. That the server takes no more of it is no error:
    /// it has said that it is content.
    pub(super) fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Kind>> {
        match self.poll_send(cx) {
            Ok(Poll::Ready(())) | Err(Kind::Late(Phase::Write, _)) => return Poll::Ready(Ok(())),
            Ok(Poll::Pending) => {}
            Err(kind) => return Poll::Ready(Err(kind)),
        }
        // A server that has closed its side may still read, but nobody waits for more content for its sake.
        let transport = &mut self.connection.transport;
        let is_closed = !matches!(
            transport.poll_read_more(cx),
            Poll::Pending | Poll::Ready(Ok(true))
        );
        if is_closed && !transport.owes_output() {
            self.is_sending = false;
            return Poll::Ready(Ok(()));
        }
        self.poll_total(cx).map(Err)
    }

    /// Sends what is left of a request behind which HTTP is over.
    pub(super) fn poll_switch(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Kind>> {
        if self.poll_send(cx)?.is_pending() {
            return self.poll_total(cx).map(Err);
        }
        match self.send_failure.take() {
            Some(error) => Poll::Ready(Err(Kind::Io(error))),
            None => Poll::Ready(Ok(())),
        }
    }

    /// The next piece of content, or its end.
    pub(super) fn poll_content(&mut self, cx: &mut Context<'_>) -> Poll<Result<Content, Kind>> {
        loop {
            if let Some(content) = self.received_content()? {
                return Poll::Ready(Ok(content));
            }
            if self.held_end.is_some() {
                ready!(self.poll_rest(cx))?;
                let trailers = self.held_end.take().flatten();
                return Poll::Ready(Ok(Content::End(trailers)));
            }
            let _ = self.poll_send(cx)?;
            match self.poll_receive(cx)? {
                Poll::Ready(None) => continue,
                Poll::Ready(Some(end)) => return Poll::Ready(Ok(end)),
                Poll::Pending => {}
            }
            let limit = self.deadlines.read;
            let by = *self.read_by.get_or_insert_with(|| deadline_in(limit));
            if self.poll_deadline(cx, by).is_ready() {
                return Poll::Ready(Err(Kind::Late(Phase::Body, limit)));
            }
            return self.poll_total(cx).map(Err);
        }
    }

    /// What is in the buffer of the content.
    pub(super) fn received_content(&mut self) -> Result<Option<Content>, Kind> {
        let connection = &mut *self.connection;
        let event = connection.codec.receive(&mut connection.transport.received);
        let content = match event.map_err(Kind::Protocol)? {
            Some(ClientEvent::Data(data)) => Content::Data(data),
            // Who takes that for the end of all of it may go away, and with it the connection.
            Some(ClientEvent::End(trailers)) if self.is_sending => {
                self.held_end = Some(trailers);
                return Ok(None);
            }
            Some(ClientEvent::End(trailers)) => Content::End(trailers),
            // Behind a head come content and its end, and nothing else.
            Some(_) | None => return Ok(None),
        };
        self.read_by = None;
        Ok(Some(content))
    }

    /// How much content is still to come, if that is known.
    pub(super) fn content_left(&self) -> Option<u64> {
        self.connection.codec.content_left()
    }

    /// What went wrong with the content, and with whose.
    pub(super) fn content_failed(&self, cause: Kind) -> Kind {
        Kind::Exchange(Box::new(Failure {
            origin: self.connection.origin.to_string(),
            stage: Stage::Content,
            cause,
        }))
    }

    fn note(&self, progress: Progress<'_>) {
        if let Some(hook) = &self.progress {
            hook.call(progress);
        }
    }

    fn note_end(&self) {
        let Some(hook) = &self.progress else { return };
        let transport = &self.connection.transport;
        hook.call(Progress::Ended {
            sent: transport.written - self.began_at.0,
            received: transport.read - self.began_at.1,
            tcp: transport.io.tcp_info().as_ref(),
        });
    }

    /// The response has been received to its end: the connection is for the next one, if it can be.
    pub(super) fn end(self) {
        self.note_end();
        give_back(self.connection);
    }

    /// What is left of the connection when the rest of the response is of no interest.
    pub(super) fn abandon(self) {
        self.note_end();
        self.connection.close();
    }

    pub(super) fn into_connection(self) -> Box<Connection> {
        self.connection
    }

    /// Whether what was sent can be sent once more.
    pub(super) fn remembers_upload(&self) -> bool {
        self.upload.is_remembered()
    }

    /// Whether this is what a server says that has waited too long for a request and closes the connection: it has crossed
    /// the request on the way, and knows nothing of it ([RFC 9110 §15.5.9]). Who has begun to answer knows.
    ///
    /// [RFC 9110 §15.5.9]: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9
    pub(super) fn is_goodbye(&self, answer: &Answer) -> bool {
        let Answer::Final(response) = answer else {
            return false;
        };
        response.head.status == StatusCode::REQUEST_TIMEOUT
            && !self.is_begun
            && !self.connection.codec.is_persistent()
    }

    /// Whether not one byte of the request has left.
    pub(super) fn is_unsent(&self) -> bool {
        self.connection.transport.written == self.began_at.0
    }

    /// What was to be sent, from its beginning if that is remembered.
    pub(super) fn take_upload(&mut self) -> Upload {
        self.is_sending = false;
        let mut upload = std::mem::replace(&mut self.upload, Upload::none());
        upload.rewind();
        upload
    }

    /// How long the connection may be idle, as the server says.
    pub(super) fn note_idle_max(&mut self, idle_max: Option<Duration>) {
        if idle_max.is_some() {
            self.connection.idle_max = idle_max;
        }
    }

    /// Sends what there is to send. Ready when there is nothing more, or when that waits for 100 (Continue).
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>, Kind> {
        if self.is_cut || self.send_failure.is_some() {
            return Ok(Poll::Ready(()));
        }
        let write_timeout = self.deadlines.write;
        let mut is_waiting = false;
        while self.is_sending && !is_waiting && self.may_upload() {
            match self.connection.transport.poll_room(cx, write_timeout) {
                Poll::Ready(Ok(())) => is_waiting = self.poll_upload(cx)?.is_pending(),
                Poll::Ready(Err(stuck)) => return self.sending_failed(stuck),
                Poll::Pending => return Ok(Poll::Pending),
            }
        }
        if self.connection.transport.owes_output() {
            match self.connection.transport.poll_flush(cx, write_timeout) {
                Poll::Ready(Ok(())) if !self.is_sending => self.note(Progress::Sent),
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(stuck)) => return self.sending_failed(stuck),
                Poll::Pending => return Ok(Poll::Pending),
            }
        }
        Ok(if is_waiting {
            Poll::Pending
        } else {
            Poll::Ready(())
        })
    }

    /// Whether content need not wait for 100 (Continue), or not any longer.
    fn may_upload(&self) -> bool {
        self.deadlines.wait_for_continue.is_zero() || !self.connection.codec.expects_continue()
    }

    /// Takes the next piece of what is to be sent.
    fn poll_upload(&mut self, cx: &mut Context<'_>) -> Result<Poll<()>, Kind> {
        let connection = &mut *self.connection;
        let out = &mut connection.transport.out;
        match self.upload.poll_piece(cx) {
            Poll::Pending => return Ok(Poll::Pending),
            Poll::Ready(Some(Ok(Piece::Data(data)))) => {
                let sent = connection.codec.send_data(data, out);
                sent.map_err(Kind::Request)?;
            }
            Poll::Ready(Some(Ok(Piece::Trailers(trailers)))) => self.trailers = Some(trailers),
            Poll::Ready(Some(Err(error))) => return Err(Kind::RequestBody(error)),
            Poll::Ready(None) => {
                self.is_sending = false;
                let trailers = self.trailers.take();
                let ended = connection.codec.send_end(trailers.as_ref(), out);
                ended.map_err(Kind::Request)?;
            }
        }
        Ok(Poll::Ready(()))
    }

    /// A server that closes early may have said why: that is read first.
    fn sending_failed(&mut self, stuck: Stuck) -> Result<Poll<()>, Kind> {
        self.is_sending = false;
        match stuck {
            Stuck::Timeout(phase) => Err(Kind::Late(phase, self.deadlines.write)),
            Stuck::Io(error) => {
                self.send_failure = Some(error);
                Ok(Poll::Ready(()))
            }
        }
    }

    /// Reads more. Ready with the end of the content, if the end of the connection is that.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Result<Poll<Option<Content>>, Kind> {
        let connection = &mut *self.connection;
        let failure = match connection.transport.poll_read_more(cx) {
            Poll::Ready(Ok(true)) => return Ok(Poll::Ready(None)),
            Poll::Ready(Ok(false)) => {
                match connection.codec.receive_eof(&connection.transport.received) {
                    Ok(Some(ClientEvent::End(trailers))) => {
                        return Ok(Poll::Ready(Some(Content::End(trailers))));
                    }
                    Ok(_) => Kind::Protocol(ProtocolError::Truncated),
                    Err(error) => Kind::Protocol(error),
                }
            }
            Poll::Ready(Err(error)) if https::is_truncation(&error) => {
                Kind::Protocol(ProtocolError::Truncated)
            }
            Poll::Ready(Err(error)) => Kind::Io(error),
            Poll::Pending => return Ok(Poll::Pending),
        };
        Err(self.send_failure.take().map_or(failure, Kind::Io))
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>, by: Instant) -> Poll<()> {
        self.connection.transport.poll_deadline(cx, by)
    }

    /// Ready when the time for all of it is over.
    fn poll_total(&mut self, cx: &mut Context<'_>) -> Poll<Kind> {
        match self.deadlines.total {
            None => Poll::Pending,
            Some((by, limit)) => {
                let late = self.poll_deadline(cx, by);
                late.map(|()| Kind::Late(Phase::Total, limit))
            }
        }
    }
}
