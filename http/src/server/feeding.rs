//! The request body: fed to the handler as it asks, and got out of the way behind the response.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};

use super::conn::Connection;
use super::pace::Pace;
use crate::body::Feed;
use crate::driver::{Stuck, deadline_in};
use crate::error::Kind;
use crate::h1::{Event, Framing, ProtocolError, Request};
use crate::{CloseReason, Incoming, Phase};

/// The request body on its way to the handler.
#[derive(Default)]
pub(super) struct Feeding {
    /// `None` when there is nothing to feed, or no longer.
    feed: Option<Feed>,
    /// The client waits for 100 (Continue).
    pub(super) owes_continue: bool,
    /// How fast it comes.
    pace: Pace,
    /// Why the body could not be read to its end.
    pub(super) failure: Option<Failure>,
}

impl Feeding {
    /// Whether there is nothing to feed.
    pub(super) fn is_over(&self) -> bool {
        self.feed.is_none()
    }
}

/// Why a request body could not be read to its end.
pub(super) enum Failure {
    Protocol(ProtocolError),
    Timeout,
    Lost(io::ErrorKind),
}

impl<IO> Connection<IO>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    /// The body for the handler: whole if it has already arrived, otherwise fed while the handler runs.
    pub(super) fn incoming(
        &mut self,
        request: &Request,
    ) -> Result<(Incoming, Feeding), CloseReason> {
        let mut feeding = Feeding {
            owes_continue: request.expects_continue,
            ..Feeding::default()
        };
        if self.codec.receive_empty_end() {
            return Ok((Incoming::empty(), Feeding::default()));
        }
        let received = self.transport.received.len() as u64;
        match request.framing {
            Framing::Length(length) if length <= received && self.takes(length) => {
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
                    Framing::Chunked | Framing::UntilClose => None,
                };
                // A client that sends without waiting needs no 100 any more.
                feeding.owes_continue &= received == 0;
                let (incoming, feed) = Incoming::fed(length);
                feeding.feed = Some(feed);
                Ok((incoming, feeding))
            }
        }
    }

    /// Whether so much content is taken without anybody saying so.
    fn takes(&self, length: u64) -> bool {
        let max = self.config.limits.content_bytes_max;
        max.is_none_or(|max| length <= max)
    }

    /// Hands the next piece of the request body to the handler, if it asked for one.
    pub(super) fn poll_feed(&mut self, cx: &mut Context<'_>, feeding: &mut Feeding) -> Poll<()> {
        let Some(feed) = &feeding.feed else {
            return Poll::Pending;
        };
        ready!(feed.poll_wanted(cx));
        if let Some(limit) = feed.take_limit() {
            self.codec.limit_content(limit);
        }
        let failure = loop {
            match self.codec.receive(&mut self.transport.received) {
                Ok(Some(Event::Data(data))) => {
                    feed.put(data);
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
                if let Poll::Ready(Err(stuck)) =
                    self.transport.poll_flush(cx, self.config.write_timeout)
                {
                    break stuck.into();
                }
            }
            let before = self.transport.read;
            match self.transport.poll_read_more(cx) {
                Poll::Ready(Ok(true)) => feeding.pace.received(self.transport.read - before),
                Poll::Ready(Ok(false)) => match self.codec.receive_eof(&self.transport.received) {
                    Err(error) => break Failure::Protocol(error),
                    Ok(()) => break Failure::Protocol(ProtocolError::Truncated),
                },
                Poll::Ready(Err(error)) => break Failure::Lost(error.kind()),
                Poll::Pending => {
                    let config = &self.config;
                    let deadline = feeding.pace.wait(config.body_timeout, config.body_rate_min);
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

    /// Answers a request whose body could not be read to its end.
    pub(super) fn refuse_body(&mut self, failure: Failure) -> CloseReason {
        match failure {
            Failure::Protocol(error) => self.refuse(error),
            Failure::Timeout => self.refuse_slow(Phase::Body),
            Failure::Lost(kind) => CloseReason::Io(kind),
        }
    }

    /// Whether the request will not be read to its end, so that the connection cannot be used again. Asked before the
    /// response is sent, which then says so.
    ///
    /// # Errors
    ///
    /// What is wrong with content that nobody reads.
    pub(super) fn cannot_read_on(&mut self, feeding: &mut Feeding) -> Result<bool, ProtocolError> {
        let handler_reads = feeding
            .feed
            .as_ref()
            .is_some_and(|feed| !feed.reader_is_gone());
        if handler_reads {
            return Ok(false);
        }
        if std::mem::take(&mut feeding.owes_continue) {
            // Nobody knows whether the client will send the body now.
            return Ok(true);
        }
        self.discard_received()?;
        let left = self.codec.content_left();
        Ok(left.is_none_or(|left| left > self.config.unread_bytes_max))
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
    pub(super) async fn finish_request(&mut self, mut feeding: Feeding) -> Result<(), CloseReason> {
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
        if self.codec.is_persistent() {
            self.discard_request().await
        } else {
            Ok(())
        }
    }

    /// Throws away what nobody reads of the request, within bounds.
    pub(super) async fn discard_request(&mut self) -> Result<(), CloseReason> {
        if self.codec.has_received_request() {
            return Ok(());
        }
        let deadline = deadline_in(self.config.body_timeout);
        let mut budget = self.config.unread_bytes_max;
        poll_fn(|cx| {
            loop {
                match self.discard_received() {
                    Ok(discarded) if discarded <= budget => budget -= discarded,
                    Ok(_) | Err(ProtocolError::ContentTooLarge { .. }) => break,
                    Err(error) => {
                        self.tell_of(&error);
                        return Poll::Ready(Err(CloseReason::Protocol(error)));
                    }
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

impl From<Stuck> for Failure {
    fn from(stuck: Stuck) -> Self {
        match stuck {
            Stuck::Timeout(_) => Self::Lost(io::ErrorKind::TimedOut),
            Stuck::Io(error) => Self::Lost(error.kind()),
        }
    }
}
