use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::{HeaderMap, Response};
use http_body::{Body, Frame};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::conn::Connection;
use super::date;
use super::timer::deadline_in;
use crate::body::Feed;
use crate::error::Kind;
use crate::h1::{ContentLength, Event, Framing, ProtocolError, Request};
use crate::{CloseReason, HttpService, Incoming, Phase};

/// Finished responses are collected up to this size before they are written, as long as further requests are at hand.
const OUT_BYTES_MAX: usize = 64 * 1024;

/// The request body on its way to the handler.
struct Feeding {
    /// `None` when there is nothing to feed, or no longer.
    feed: Option<Feed>,
    /// The client waits for 100 (Continue).
    owes_continue: bool,
    /// When the wait for the piece under way ends.
    deadline: Option<Instant>,
    /// Why the body could not be read to its end.
    failure: Option<Failure>,
}

enum Failure {
    Protocol(ProtocolError),
    Timeout,
    Lost(std::io::ErrorKind),
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Connection<'_, IO> {
    /// Lets the service answer a request and sends what it answers. `Err`: the connection has to be closed.
    pub(super) async fn exchange<S: HttpService>(
        &mut self,
        request: Request,
        service: &mut S,
    ) -> Result<(), CloseReason> {
        // Earlier responses must not wait for a service that is not ready.
        let ready = poll_fn(|cx| match service.poll_service_ready(cx) {
            Poll::Ready(ready) => Poll::Ready(Ok(ready)),
            Poll::Pending => self.poll_write_behind(cx),
        });
        if ready.await?.is_err() {
            return Err(self.apologise());
        }
        let (incoming, mut feeding) = self.incoming(&request)?;
        let mut request = http::Request::from_parts(request.head, incoming);
        request.extensions_mut().clone_from(&self.extensions);

        // Called inside, so that a panic of the call itself is caught with those of its future.
        let answer = async { service.answer(request).await };
        let response = self.await_answer(answer, &mut feeding).await?;
        // A handler may have ignored the error that its body gave it. What it made of half a request is not sent.
        if let Some(failure) = feeding.failure.take() {
            return Err(self.refuse_body(failure));
        }
        match response {
            Ok(response) => self.respond(response, &mut feeding).await?,
            Err(_error) => return Err(self.apologise()),
        }
        self.finish_request(feeding).await
    }

    /// The body for the handler: whole if it has already arrived, otherwise fed while the handler runs.
    fn incoming(&mut self, request: &Request) -> Result<(Incoming, Feeding), CloseReason> {
        let mut feeding = Feeding {
            feed: None,
            owes_continue: request.expects_continue,
            deadline: None,
            failure: None,
        };
        let received = self.transport.received.len() as u64;
        match request.framing {
            Framing::Length(length) if length <= received => {
                let mut incoming = Incoming::empty();
                loop {
                    match self.codec.receive(&mut self.transport.received) {
                        Ok(Some(Event::Data(content))) => incoming = Incoming::whole(content),
                        Ok(_) => break,
                        Err(error) => return Err(self.refuse(error)),
                    }
                }
                feeding.owes_continue = false;
                Ok((incoming, feeding))
            }
            framing => {
                let length = match framing {
                    Framing::Length(length) => Some(length),
                    Framing::Chunked => None,
                };
                // A client that sends without waiting needs no 100 any more.
                feeding.owes_continue &= received == 0;
                let (incoming, feed) = Incoming::fed(length);
                feeding.feed = Some(feed);
                Ok((incoming, feeding))
            }
        }
    }

    async fn await_answer<T>(
        &mut self,
        answer: impl Future<Output = T>,
        feeding: &mut Feeding,
    ) -> Result<T, CloseReason> {
        let mut answer = pin!(answer);
        poll_fn(|cx| {
            loop {
                // A panic must not cost the answers before it, nor leave its own client without one. Nothing of what it
                // may have left in disorder is used again: the service is this connection's own, and the connection ends.
                match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx))) {
                    Ok(Poll::Ready(answer)) => return Poll::Ready(Ok(answer)),
                    Ok(Poll::Pending) => {}
                    Err(panic) => {
                        self.panic = Some(panic);
                        return Poll::Ready(Err(self.apologise()));
                    }
                }
                if self.poll_feed(cx, feeding).is_pending() {
                    break;
                }
            }
            // The handler takes its time: earlier responses must not wait for it.
            self.poll_write_behind(cx)
        })
        .await
    }

    /// Hands the next piece of the request body to the handler, if it asked for one.
    fn poll_feed(&mut self, cx: &mut Context<'_>, feeding: &mut Feeding) -> Poll<()> {
        let Some(feed) = &feeding.feed else {
            return Poll::Pending;
        };
        ready!(feed.poll_wanted(cx));
        let failure = loop {
            match self.codec.receive(&mut self.transport.received) {
                Ok(Some(Event::Data(data))) => {
                    feed.put(data);
                    feeding.deadline = None;
                    // Behind the last piece the end is certain: the reader need not ask for it.
                    if self.codec.content_left() == Some(0)
                        && self.discard_received().is_ok()
                        && let Some(feed) = feeding.feed.take()
                    {
                        feed.end(None);
                    }
                    return Poll::Ready(());
                }
                Ok(Some(Event::End(trailers))) => {
                    if let Some(feed) = feeding.feed.take() {
                        feed.end(trailers);
                    }
                    return Poll::Ready(());
                }
                Ok(Some(Event::Request(_))) => break Failure::Protocol(ProtocolError::OutOfTurn),
                Ok(None) => {}
                Err(error) => break Failure::Protocol(error),
            }
            if std::mem::take(&mut feeding.owes_continue) {
                // Out of turn only if the response is under way; the client then needs no 100.
                let _ = self.codec.send_continue(&mut self.transport.out);
                if let Poll::Ready(Err(stuck)) = self.transport.poll_flush(cx, &self.config) {
                    break stuck.into();
                }
            }
            match self.transport.poll_read_more(cx) {
                Poll::Ready(Ok(true)) => feeding.deadline = None,
                Poll::Ready(Ok(false)) => match self.codec.receive_eof(&self.transport.received) {
                    Err(error) => break Failure::Protocol(error),
                    Ok(()) => break Failure::Protocol(ProtocolError::Truncated),
                },
                Poll::Ready(Err(error)) => break Failure::Lost(error.kind()),
                Poll::Pending => {
                    let timeout = self.config.body_timeout;
                    let deadline = *feeding.deadline.get_or_insert_with(|| deadline_in(timeout));
                    ready!(self.transport.poll_deadline(cx, deadline));
                    break Failure::Timeout;
                }
            }
        };
        let error = match &failure {
            Failure::Protocol(error) => Kind::Protocol(error.clone()),
            Failure::Timeout => Kind::Timeout(Phase::Body),
            Failure::Lost(kind) => Kind::Io((*kind).into()),
        };
        if let Some(feed) = feeding.feed.take() {
            feed.fail(error.into());
        }
        feeding.failure = Some(failure);
        Poll::Ready(())
    }

    /// Writes what waits while something else is awaited; only a failure ends that wait.
    fn poll_write_behind<T>(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, CloseReason>> {
        match self.transport.poll_flush(cx, &self.config) {
            Poll::Ready(Err(stuck)) => Poll::Ready(Err(stuck.into())),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    }

    async fn respond<B: Body>(
        &mut self,
        response: Response<B>,
        feeding: &mut Feeding,
    ) -> Result<(), CloseReason> {
        // Responses without content never wait for room; without this, a client that asks and does not read collects them.
        if self.transport.out.len() >= OUT_BYTES_MAX {
            self.flush().await?;
        }
        if self.is_draining() || self.cannot_read_on(feeding) {
            self.codec.close_after_response();
        }
        let (head, body) = response.into_parts();
        let length = body
            .size_hint()
            .exact()
            .map_or(ContentLength::Unknown, ContentLength::Exact);
        let out = &mut self.transport.out;
        if std::mem::take(&mut feeding.owes_continue) {
            // The handler answers before it reads, and has kept the body: the client has to send it now.
            let _ = self.codec.send_continue(out);
        }
        let (length_before, written_before) = (out.len(), self.transport.written);
        if self
            .codec
            .send_head(&head, length, &date::now(), out)
            .is_err()
        {
            return Err(self.apologise());
        }
        let mut trailers = None;
        if self.codec.takes_content() {
            let mut body = pin!(body);
            let sent =
                poll_fn(|cx| self.poll_content(cx, body.as_mut(), feeding, &mut trailers)).await;
            if let Err(reason) = sent {
                // A response that was made of a broken request, and has not left yet, is taken back.
                return Err(match feeding.failure.take() {
                    Some(failure) if self.transport.written == written_before => {
                        self.transport.out.truncate(length_before);
                        let _ = self.codec.withdraw_response();
                        self.refuse_body(failure)
                    }
                    _ => reason,
                });
            }
        }
        let ended = self
            .codec
            .send_end(trailers.as_ref(), &mut self.transport.out);
        ended.map_err(|_too_short| CloseReason::ResponseFailed)
    }

    /// Answers a request whose body could not be read to its end.
    fn refuse_body(&mut self, failure: Failure) -> CloseReason {
        match failure {
            Failure::Protocol(error) => self.refuse(error),
            Failure::Timeout => self.refuse_slow(Phase::Body),
            Failure::Lost(kind) => CloseReason::Io(kind),
        }
    }

    /// Moves response content out and request content in, until the response has no more.
    fn poll_content<B: Body>(
        &mut self,
        cx: &mut Context<'_>,
        mut body: Pin<&mut B>,
        feeding: &mut Feeding,
        trailers: &mut Option<HeaderMap>,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            let out = &self.transport.out;
            let has_room = !out.has_large_piece() && out.len() < OUT_BYTES_MAX
                || match self.transport.poll_flush(cx, &self.config) {
                    Poll::Ready(Ok(())) => true,
                    Poll::Ready(Err(stuck)) => return Poll::Ready(Err(stuck.into())),
                    Poll::Pending => false,
                };
            if has_room {
                match body.as_mut().poll_frame(cx) {
                    Poll::Ready(Some(Ok(frame))) => {
                        if self.send_frame(frame, trailers).is_err() {
                            return Poll::Ready(Err(CloseReason::ResponseFailed));
                        }
                        continue;
                    }
                    Poll::Ready(Some(Err(_error))) => {
                        return Poll::Ready(Err(CloseReason::ResponseFailed));
                    }
                    Poll::Ready(None) => return Poll::Ready(Ok(())),
                    Poll::Pending => {}
                }
            }
            // The response may be made of the request, as an echo is: feeding goes on while it is sent.
            if self.poll_feed(cx, feeding).is_pending() {
                return self.poll_write_behind(cx);
            }
        }
    }

    fn send_frame<D: Buf>(
        &mut self,
        frame: Frame<D>,
        trailers: &mut Option<HeaderMap>,
    ) -> Result<(), ProtocolError> {
        match frame.into_data() {
            Ok(mut data) => {
                let data = data.copy_to_bytes(data.remaining());
                self.codec.send_data(data, &mut self.transport.out)
            }
            Err(frame) => {
                *trailers = frame.into_trailers().ok();
                Ok(())
            }
        }
    }

    /// Whether the request will not be read to its end, so that the connection cannot be used again. Asked before the
    /// response is sent, which then says so.
    fn cannot_read_on(&mut self, feeding: &mut Feeding) -> bool {
        let handler_reads = feeding
            .feed
            .as_ref()
            .is_some_and(|feed| !feed.reader_is_gone());
        if handler_reads {
            return false;
        }
        if std::mem::take(&mut feeding.owes_continue) {
            // Nobody knows whether the client will send the body now.
            return true;
        }
        self.discard_received().is_err()
            || self
                .codec
                .content_left()
                .is_none_or(|left| left > self.config.unread_bytes_max)
    }

    /// Throws away what has arrived of a request body that nobody reads.
    fn discard_received(&mut self) -> Result<u64, ProtocolError> {
        let mut discarded = 0;
        while !self.codec.has_received_request() {
            match self.codec.receive(&mut self.transport.received)? {
                Some(Event::Data(data)) => discarded += data.len() as u64,
                Some(_) => {}
                None => break,
            }
        }
        Ok(discarded)
    }

    /// Gets to the end of the request body: a handler may go on reading it behind its response; what nobody reads is
    /// thrown away, within bounds. A connection that is closed anyway needs neither.
    async fn finish_request(&mut self, mut feeding: Feeding) -> Result<(), CloseReason> {
        let mut reader_deadline = deadline_in(self.config.body_timeout);
        poll_fn(|cx| {
            while feeding
                .feed
                .as_ref()
                .is_some_and(|feed| !feed.reader_is_gone())
            {
                if self.poll_feed(cx, &mut feeding).is_ready() {
                    reader_deadline = deadline_in(self.config.body_timeout);
                } else if self.transport.poll_deadline(cx, reader_deadline).is_ready() {
                    // It neither reads on nor lets go.
                    return Poll::Ready(Err(CloseReason::NotPersistent));
                } else {
                    return self.poll_write_behind(cx);
                }
            }
            Poll::Ready(Ok(()))
        })
        .await?;
        if self.codec.has_received_request() || !self.codec.is_persistent() {
            return Ok(());
        }
        let deadline = deadline_in(self.config.body_timeout);
        let mut budget = self.config.unread_bytes_max;
        poll_fn(|cx| {
            loop {
                match self.discard_received() {
                    Ok(discarded) if discarded <= budget => budget -= discarded,
                    _ => break,
                }
                if self.codec.has_received_request() {
                    return Poll::Ready(Ok(()));
                }
                if self.poll_drain(cx).is_ready() {
                    // Nobody wants these bytes, and nobody is going to ask for more.
                    return Poll::Ready(Err(CloseReason::Drain));
                }
                match self.transport.poll_read_more(cx) {
                    Poll::Ready(Ok(true)) => {}
                    Poll::Ready(Ok(false)) => break,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                    Poll::Pending if self.transport.poll_deadline(cx, deadline).is_ready() => break,
                    Poll::Pending => return self.poll_write_behind(cx),
                }
            }
            Poll::Ready(Err(CloseReason::NotPersistent))
        })
        .await
    }
}

impl From<super::transport::Stuck> for Failure {
    fn from(stuck: super::transport::Stuck) -> Self {
        match stuck {
            super::transport::Stuck::Timeout(_) => Self::Lost(std::io::ErrorKind::TimedOut),
            super::transport::Stuck::Io(error) => Self::Lost(error.kind()),
        }
    }
}
