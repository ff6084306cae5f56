use std::any::Any;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Extensions, HeaderValue, Response, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use wharf_net::{Drain, close_lingering, discard_until_closed};

use super::timer::deadline_in;
use super::transport::{Stuck, Transport};
use super::{ServerConfig, date};
use crate::h1::{Conn, ContentLength, Event, ProtocolError, Request};
use crate::https::EarlyData;
use crate::{CloseReason, HttpService, Phase};

/// Output up to this size waits for the shutdown: as much as one record of TLS holds.
const CORKED_BYTES_MAX: usize = 16 * 1024;

/// One connection, from its first request to its close.
pub(super) struct Connection<'d, IO> {
    pub(super) transport: Transport<IO>,
    pub(super) codec: Conn,
    pub(super) config: Arc<ServerConfig>,
    pub(super) extensions: Extensions,
    drain: &'d Drain,
    /// Resolves when the drain begins; `None` once it has.
    drain_begins: Option<Pin<Box<dyn Future<Output = ()> + Send + 'd>>>,
    has_answered: bool,
    /// What a handler panicked with.
    pub(super) panic: Option<Box<dyn Any + Send>>,
    ending: Ending<IO>,
    /// What came before the TLS handshake was over.
    early_data: Option<EarlyData>,
}

/// How a stream of this kind is ended.
#[derive(Clone, Copy)]
pub(super) struct Ending<IO> {
    /// Makes sure that dropping the stream does not look like an orderly end.
    pub(super) abort: fn(&IO),
    /// Lets the next write wait for the shutdown, and share a packet with it.
    pub(super) cork: fn(&mut IO),
}

/// What ended a wait for more of a head.
enum Woken {
    Received,
    Eof,
    Expired,
    Draining,
}

impl<'d, IO: AsyncRead + AsyncWrite + Unpin> Connection<'d, IO> {
    pub(super) fn new(
        io: IO,
        extensions: Extensions,
        config: Arc<ServerConfig>,
        drain: &'d Drain,
        ending: Ending<IO>,
    ) -> Self {
        Self {
            transport: Transport::new(io),
            codec: Conn::server(config.limits.clone()).with_raw_head(config.raw_head),
            config,
            extensions,
            drain,
            drain_begins: Some(Box::pin(drain.begun())),
            has_answered: false,
            panic: None,
            ending,
            early_data: None,
        }
    }

    /// Refuses requests out of `early_data` that change anything.
    pub(super) fn wary_of(self, early_data: Option<EarlyData>) -> Self {
        Self { early_data, ..self }
    }

    /// Serves requests until the connection has to be closed, and closes it.
    pub(super) async fn run<S: HttpService>(&mut self, service: &mut S) -> CloseReason {
        let reason = loop {
            let request = match self.next_request().await {
                Ok(request) => request,
                Err(reason) => break reason,
            };
            if let Err(reason) = self.exchange(request, service).await {
                break reason;
            }
            self.has_answered = true;
            if !self.codec.next_exchange() {
                break if self.drain.is_draining() {
                    CloseReason::Drain
                } else {
                    CloseReason::NotPersistent
                };
            }
        };
        let panic = self.panic.take();
        let reason = self.close(reason).await;
        match panic {
            None => reason,
            // It goes on where it was going: to the task, which reports it.
            Some(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Waits for the next request head. The error has been answered, if it is one to answer.
    async fn next_request(&mut self) -> Result<Request, CloseReason> {
        let config = Arc::clone(&self.config);
        // The first head is under way from the start; a later one from its first byte.
        let mut head_deadline = (!self.has_answered).then(|| deadline_in(config.head_timeout));
        let mut idle_deadline = None;
        let position = self.transport.position();
        loop {
            match self.codec.receive(&mut self.transport.received) {
                Ok(Some(Event::Request(request))) => {
                    let is_early = |early: &EarlyData| position < early.bytes();
                    if self.early_data.as_ref().is_some_and(is_early)
                        && !request.head.method.is_safe()
                    {
                        return Err(self.refuse_early());
                    }
                    return Ok(request);
                }
                Ok(_) => {}
                Err(error) => return Err(self.refuse(error)),
            }
            let is_idle = self.transport.received.is_empty();
            if !is_idle && head_deadline.is_none() {
                head_deadline = Some(deadline_in(config.head_timeout));
            }
            let deadline = match head_deadline {
                Some(deadline) => deadline,
                None => *idle_deadline.get_or_insert_with(|| deadline_in(config.idle_timeout)),
            };
            match self.wait_for_head(deadline).await? {
                Woken::Received => {}
                Woken::Eof => {
                    return Err(match self.codec.receive_eof(&self.transport.received) {
                        Ok(()) => CloseReason::ByPeer,
                        Err(error) => self.refuse(error),
                    });
                }
                // An unasked-for 408 on an idle connection would be taken for the answer to the next request.
                Woken::Expired if is_idle => return Err(CloseReason::Idle),
                Woken::Expired => return Err(self.refuse_slow(Phase::Head)),
                Woken::Draining if is_idle && self.has_answered => return Err(CloseReason::Drain),
                Woken::Draining => {
                    let grace = deadline_in(config.first_request_grace);
                    head_deadline = Some(deadline.min(grace));
                }
            }
        }
    }

    async fn wait_for_head(&mut self, deadline: Instant) -> Result<Woken, CloseReason> {
        poll_fn(|cx| {
            match self.transport.poll_flush(cx, &self.config) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(stuck)) => return Poll::Ready(Err(stuck.into())),
                Poll::Pending => return Poll::Pending,
            }
            // Reading comes before the drain: a request that has arrived is answered.
            if let Poll::Ready(read) = self.transport.poll_read_more(cx) {
                return Poll::Ready(match read {
                    Ok(true) => Ok(Woken::Received),
                    Ok(false) => Ok(Woken::Eof),
                    Err(error) => Err(CloseReason::Io(error.kind())),
                });
            }
            if self.drain_begins.is_some() && self.poll_drain(cx).is_ready() {
                return Poll::Ready(Ok(Woken::Draining));
            }
            self.transport
                .poll_deadline(cx, deadline)
                .map(|()| Ok(Woken::Expired))
        })
        .await
    }

    /// Answers what broke a rule, if no answer is under way yet.
    pub(super) fn refuse(&mut self, error: ProtocolError) -> CloseReason {
        self.answer_in_short(error.status_hint(), &error.to_string());
        CloseReason::Protocol(error)
    }

    /// Answers a client that let a deadline pass.
    pub(super) fn refuse_slow(&mut self, phase: Phase) -> CloseReason {
        self.answer_in_short(
            StatusCode::REQUEST_TIMEOUT,
            &format!("the {phase} took too long"),
        );
        CloseReason::Timeout(phase)
    }

    /// Answers a request that may be the recording of an earlier one, and would do again what that one did
    /// ([RFC 8470 §5.2]). The client sends it again when the handshake is over.
    ///
    /// [RFC 8470 §5.2]: https://www.rfc-editor.org/rfc/rfc8470#section-5.2
    fn refuse_early(&mut self) -> CloseReason {
        self.answer_in_short(StatusCode::TOO_EARLY, "not in early data");
        CloseReason::TooEarly
    }

    /// Answers for a service that failed. Its error is not for the client's eyes.
    pub(super) fn apologise(&mut self) -> CloseReason {
        self.answer_in_short(StatusCode::INTERNAL_SERVER_ERROR, "the service failed");
        CloseReason::ServiceFailed
    }

    fn answer_in_short(&mut self, status: StatusCode, message: &str) {
        self.codec.close_after_response();
        let mut response = Response::new(());
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        let (head, ()) = response.into_parts();
        let content = Bytes::from(format!("{message}\n"));
        let length = ContentLength::Exact(content.len() as u64);
        let out = &mut self.transport.out;
        // The codec refuses when a response is under way; it then ends where it is, and the client sees that.
        if self
            .codec
            .send_head(&head, length, &date::now(), out)
            .is_ok()
        {
            let sent = self.codec.send_data(content, out);
            debug_assert!(sent.is_ok());
            let ended = self.codec.send_end(None, out);
            debug_assert!(ended.is_ok());
        }
    }

    /// Ready when the drain has begun.
    pub(super) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(begins) = &mut self.drain_begins {
            std::task::ready!(begins.as_mut().poll(cx));
            self.drain_begins = None;
        }
        Poll::Ready(())
    }

    pub(super) fn is_draining(&self) -> bool {
        self.drain.is_draining()
    }

    async fn close(&mut self, reason: CloseReason) -> CloseReason {
        if reason == CloseReason::Timeout(Phase::Write) {
            return reason;
        }
        if self.codec.ends_with_connection() {
            if let Err(stuck) = self.flush().await {
                return stuck.into();
            }
            // An orderly end would make half a response look like a whole one.
            (self.ending.abort)(&self.transport.io);
            return reason;
        }
        // Also when reading failed: an earlier answer may still be waiting.
        if self.transport.owes_output() {
            if self.transport.out.len() <= CORKED_BYTES_MAX {
                (self.ending.cork)(&mut self.transport.io);
            }
            if let Err(stuck) = poll_fn(|cx| self.transport.poll_shutdown(cx, &self.config)).await {
                return stuck.into();
            }
            // Everything was handed to the transport. A failure now is the client's hurry, not a loss.
            let _ = discard_until_closed(&mut self.transport.io, &self.config.linger).await;
        } else {
            let _ = close_lingering(&mut self.transport.io, &self.config.linger).await;
        }
        reason
    }

    pub(super) async fn flush(&mut self) -> Result<(), Stuck> {
        poll_fn(|cx| self.transport.poll_flush(cx, &self.config)).await
    }
}

impl From<Stuck> for CloseReason {
    fn from(stuck: Stuck) -> Self {
        match stuck {
            Stuck::Timeout(phase) => Self::Timeout(phase),
            Stuck::Io(error) => Self::Io(error.kind()),
        }
    }
}

impl From<io::Error> for CloseReason {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}
