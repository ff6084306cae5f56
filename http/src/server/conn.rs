use std::any::Any;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Extensions, HeaderValue, Response, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::coop;
use tokio::time::Instant;
use wharf_net::{ConnInfo, Drain, close_lingering, discard_until_closed};

use super::exchange::{Exchange, HeldExchange, Step};
use super::observer::{Closed, Refused, SHOWN_BYTES_MAX};
use super::origin::{Origin, WrongOrigin};
use super::registry::Place;
use super::report::DrainCounts;
use super::settings::Settings;
use super::switch::{Next, Running};
use super::trace::ConnectionSpan;
use super::{HalfClose, date};
use crate::driver::{Stuck, Transport, deadline_from, deadline_in, shortened};
use crate::h1::{Conn, ContentLength, ProtocolError, Request};
use crate::{CloseReason, LocalService, Phase, Switched};

/// Output up to this size waits for the shutdown: as much as one record of TLS holds.
const CORKED_BYTES_MAX: usize = 16 * 1024;

/// One connection, from its first request to its close.
pub(super) struct Connection<IO: 'static> {
    pub(super) transport: Transport<IO>,
    pub(super) codec: Conn,
    pub(super) config: Arc<Settings>,
    pub(super) info: Option<ConnInfo>,
    /// What else each request is given.
    pub(super) extensions: Extensions,
    pub(super) place: Place,
    pub(super) span: ConnectionSpan,
    drain: Drain,
    /// Resolves when the drain begins, where nobody else tells.
    drain_begins: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    has_noticed_drain: bool,
    drained: Arc<DrainCounts>,
    /// When the connection is as old as it may get.
    retires: Option<Instant>,
    has_answered: bool,
    /// What a handler panicked with.
    pub(super) panic: Option<Box<dyn Any + Send>>,
    /// What the connection goes on with, behind a switch of protocols.
    pub(super) next_protocol: Option<Next>,
    pub(super) ending: &'static Ending<IO>,
    /// `None` for one that takes any request.
    origin: Option<Box<Origin>>,
}

/// What a connection is told when it begins.
pub(super) struct Setup {
    pub(super) config: Arc<Settings>,
    pub(super) info: Option<ConnInfo>,
    pub(super) extensions: Extensions,
    pub(super) place: Place,
    pub(super) drain: Drain,
    pub(super) drain_begins: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    pub(super) drained: Arc<DrainCounts>,
    pub(super) origin: Option<Box<Origin>>,
}

/// How a stream of this kind is ended.
#[derive(Clone, Copy)]
pub(super) struct Ending<IO> {
    /// Makes sure that dropping the stream does not look like an orderly end.
    pub(super) arm: fn(&IO),
    /// Takes that back.
    pub(super) disarm: fn(&IO),
    /// Lets the next write wait for the shutdown, and share a packet with it.
    pub(super) cork: fn(&mut IO),
}

/// How long the next head is waited for.
#[derive(Default)]
struct HeadWait {
    /// Until when it may be on its way, once it is.
    head: Option<Instant>,
    /// Until when none has to be.
    idle: Option<Instant>,
}

/// What ended a wait for more of a head.
enum Woken {
    Received,
    Eof,
    Expired,
    Draining,
    Evicted,
}

impl<IO> Connection<IO>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    pub(super) fn new(io: IO, setup: Setup, ending: &'static Ending<IO>) -> Self {
        let config = setup.config;
        let codec = Conn::server(Arc::clone(&config.limits))
            .with_raw_head(config.raw_head)
            .with_keep_alive(&config.keep_alive);
        Self {
            transport: Transport::new(io, config.read_bytes_max),
            codec,
            span: ConnectionSpan::new(setup.info.as_ref()),
            info: setup.info,
            extensions: setup.extensions,
            place: setup.place,
            drain_begins: setup.drain_begins,
            has_noticed_drain: false,
            drain: setup.drain,
            drained: setup.drained,
            retires: config.age_max.map(|age| deadline_in(shortened(age))),
            has_answered: false,
            panic: None,
            next_protocol: None,
            ending,
            origin: setup.origin,
            config,
        }
    }

    /// Serves requests until the connection has to be closed, and closes it.
    ///
    /// What is rarely under way has a box of its own while it is, so that a connection that rests is small.
    pub(super) async fn run<S: LocalService>(mut self: Box<Self>, mut service: S) -> CloseReason {
        // The first head is under way from the start; a later one from its first byte.
        let mut wait = HeadWait {
            head: Some(deadline_in(self.config.head_timeout)),
            idle: None,
        };
        let mut exchange = None;
        let reason = loop {
            let served = poll_fn(|cx| self.poll_serve(cx, &mut wait, &mut service, &mut exchange));
            let step = match served.await {
                Ok(step) => step,
                Err(reason) => break reason,
            };
            let Some(exchange) = &mut exchange else {
                continue;
            };
            if let Err(reason) =
                Box::pin(self.go_on(step, exchange.as_mut().as_mut(), &mut wait)).await
            {
                break reason;
            }
        };
        drop(exchange);
        self.place.interim().close();
        let panic = self.panic.take();
        let requests = self.place.requests();
        let (observed, info) = (self.config.observed.clone(), self.info.clone());
        let span = self.span.clone();
        let reason = if self.next_protocol.is_some() {
            Box::pin(self.switch()).await
        } else {
            let reason = Box::pin(self.close(reason)).await;
            self.place
                .carried(self.transport.read, self.transport.written);
            self.place.ends(reason.clone());
            reason
        };
        span.closed(&reason);
        if let Some(observer) = &observed.0 {
            observer.closed(&Closed {
                connection: info.as_ref(),
                reason: &reason,
                requests,
            });
        }
        match panic {
            None => reason,
            // It goes on where it was going: to the task, which reports it.
            Some(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Serves requests as they come. Ready when there is something to do that there rarely is; `Err`: the connection
    /// has to be closed.
    fn poll_serve<S: LocalService>(
        &mut self,
        cx: &mut Context<'_>,
        wait: &mut HeadWait,
        service: &mut S,
        exchange: &mut Option<HeldExchange<S>>,
    ) -> Poll<Result<Step, CloseReason>> {
        loop {
            if exchange.is_none() {
                ready!(self.poll_more(cx, wait))?;
            }
            let held = exchange.get_or_insert_with(Exchange::take);
            match ready!(self.poll_exchange(cx, held.as_mut().as_mut(), service))? {
                Step::NoRequest => exchange.take().map_or((), Exchange::give_back),
                Step::Done => {
                    self.next_exchange(wait)?;
                    // A client that pipelines must not keep a thread to itself.
                    ready!(coop::poll_proceed(cx)).made_progress();
                }
                step => return Poll::Ready(Ok(step)),
            }
        }
    }

    /// What there rarely is to do in an exchange, or behind it.
    async fn go_on<S: LocalService>(
        &mut self,
        step: Step,
        mut exchange: Pin<&mut Exchange<S>>,
        wait: &mut HeadWait,
    ) -> Result<(), CloseReason> {
        match step {
            Step::WantsSwitch => {
                exchange.offer_bridge().await;
                return Ok(());
            }
            Step::Switches(head, next) => {
                let feeding = exchange.take_feeding();
                self.respond_and_switch(head, next, feeding).await?;
                return Err(CloseReason::Switched);
            }
            Step::Responded => {
                let feeding = exchange.as_mut().take_feeding();
                self.finish_request(feeding).await?;
            }
            Step::RespondedUntilClose => {
                let feeding = exchange.as_mut().take_feeding();
                self.finish_connection(feeding).await?;
            }
            Step::NoRequest | Step::Done => {}
        }
        exchange.end();
        self.next_exchange(wait)?;
        coop::consume_budget().await;
        Ok(())
    }

    /// Goes on behind an exchange that is complete, if the connection does.
    fn next_exchange(&mut self, wait: &mut HeadWait) -> Result<(), CloseReason> {
        *wait = HeadWait::default();
        self.has_answered = true;
        self.transport.expect_little();
        if self.codec.next_exchange() {
            Ok(())
        } else {
            Err(self.why_last())
        }
    }

    /// Why there will not be another request behind a response that is complete.
    fn why_last(&self) -> CloseReason {
        if self.drain.is_draining() {
            self.drained.answered.fetch_add(1, Relaxed);
            CloseReason::Drain
        } else if self.has_retired() {
            CloseReason::Age
        } else if self.has_brought_all() {
            CloseReason::RequestsMax
        } else if self.place.is_evicted() {
            CloseReason::Evicted
        } else {
            CloseReason::NotPersistent
        }
    }

    fn has_retired(&self) -> bool {
        self.retires.is_some_and(|moment| moment <= Instant::now())
    }

    fn has_brought_all(&self) -> bool {
        let max = self.config.requests_max;
        max.is_some_and(|max| self.place.requests() >= max)
    }

    /// Whether the response that is about to be sent is the last one of the connection.
    pub(super) fn ends_here(&self) -> bool {
        self.drain.is_draining()
            || self.has_retired()
            || self.has_brought_all()
            || self.place.is_evicted()
    }

    /// Goes on in another protocol.
    async fn switch(self: Box<Self>) -> CloseReason {
        let (mut place, running) = (*self).into_next_protocol();
        if let Some(running) = running {
            running.await;
        }
        place.ends(CloseReason::Switched);
        CloseReason::Switched
    }

    /// All that is left of the connection then.
    fn into_next_protocol(mut self) -> (Place, Option<Running>) {
        let next = self.next_protocol.take();
        let Self {
            place,
            transport,
            drain,
            ..
        } = self;
        place.carried(transport.read, transport.written);
        let stream = Switched::new(transport.received.freeze(), transport.io, drain);
        (place, next.and_then(|next| next.start(stream)))
    }

    /// The next request, if its head has arrived whole. The error has been answered, if it is one to answer.
    pub(super) fn request_at_hand(&mut self) -> Result<Option<Request>, CloseReason> {
        let position = self.transport.position();
        let request = match self.codec.receive_request(&mut self.transport.received) {
            Ok(request) => request,
            Err(error) => return Err(self.refuse(error)),
        };
        if let (Some(origin), Some(request)) = (&self.origin, &request)
            && let Err(wrong) = origin.check(&request.head, position)
        {
            return Err(self.refuse_origin(wrong));
        }
        Ok(request)
    }

    /// Waits for more of the next request head, or its beginning. The error has been answered, if it is one to answer.
    fn poll_more(
        &mut self,
        cx: &mut Context<'_>,
        wait: &mut HeadWait,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            let is_idle = self.transport.received.is_empty();
            if !is_idle && wait.head.is_none() {
                self.place.wakes();
                wait.head = Some(deadline_in(self.config.head_timeout));
            }
            let deadline = match (wait.head, wait.idle) {
                (Some(deadline), _) | (None, Some(deadline)) => deadline,
                (None, None) => {
                    // It is told when it has the response how long it may be idle.
                    ready!(self.transport.poll_flush(cx, self.config.write_timeout))?;
                    *wait.idle.insert(self.rest())
                }
            };
            let reason = match ready!(self.poll_head(cx, deadline))? {
                Woken::Received => return Poll::Ready(Ok(())),
                Woken::Eof => match self.codec.receive_eof(&self.transport.received) {
                    Ok(()) => CloseReason::ByPeer,
                    Err(error) => self.refuse(error),
                },
                // An unasked-for 408 on an idle connection would be taken for the answer to the next request.
                Woken::Expired if is_idle && self.drain.is_draining() => {
                    self.drained.unused.fetch_add(1, Relaxed);
                    CloseReason::Drain
                }
                Woken::Expired if is_idle => CloseReason::Idle,
                Woken::Expired => self.refuse_slow(Phase::Head),
                Woken::Evicted => CloseReason::Evicted,
                Woken::Draining if is_idle && self.has_answered => {
                    self.drained.idle.fetch_add(1, Relaxed);
                    CloseReason::Drain
                }
                Woken::Draining => {
                    let grace = deadline_in(self.config.first_request_grace);
                    wait.head = Some(deadline.min(grace));
                    continue;
                }
            };
            return Poll::Ready(Err(reason));
        }
    }

    /// Nothing is under way any more. When the wait for the next request ends.
    fn rest(&mut self) -> Instant {
        self.transport.out.rest();
        let now = Instant::now();
        self.place
            .rest(now, self.transport.read, self.transport.written);
        deadline_from(now, self.config.idle_held)
    }

    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        deadline: Instant,
    ) -> Poll<Result<Woken, CloseReason>> {
        ready!(self.transport.poll_flush(cx, self.config.write_timeout))?;
        // Reading comes before the drain: a request that has arrived is answered.
        if let Poll::Ready(read) = self.transport.poll_read_more(cx) {
            return Poll::Ready(Ok(if read? { Woken::Received } else { Woken::Eof }));
        }
        if !self.has_noticed_drain && self.poll_drain(cx).is_ready() {
            self.has_noticed_drain = true;
            return Poll::Ready(Ok(Woken::Draining));
        }
        if self.config.connections_max.is_some()
            && self.has_answered
            && self.transport.received.is_empty()
            && self.place.poll_evicted(cx).is_ready()
        {
            return Poll::Ready(Ok(Woken::Evicted));
        }
        let expired = self.transport.poll_deadline(cx, deadline);
        expired.map(|()| Ok(Woken::Expired))
    }

    /// Notices a client that is gone while its request is being answered, as far as it has sent nothing else.
    pub(super) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        let is_quiet = self.transport.received.is_empty() && !self.transport.at_eof;
        if !is_quiet || !self.codec.has_received_request() {
            return Poll::Pending;
        }
        match self.transport.poll_read_more(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(CloseReason::Io(error.kind())),
            Poll::Ready(Ok(false)) if self.config.half_close == HalfClose::Cancel => {
                Poll::Ready(CloseReason::Cancelled)
            }
            // What it asks next waits; that it will ask nothing more is seen behind the answer.
            Poll::Ready(Ok(_)) | Poll::Pending => Poll::Pending,
        }
    }

    /// Answers what broke a rule, if no answer is under way yet.
    pub(super) fn refuse(&mut self, error: ProtocolError) -> CloseReason {
        self.tell_of(&error);
        self.answer_in_short(error.status_hint(), &error.to_string());
        CloseReason::Protocol(error)
    }

    /// Tells whoever wants to know of such things.
    pub(super) fn tell_of(&self, error: &ProtocolError) {
        self.span.refused(error);
        if let Some(observer) = &self.config.observed.0 {
            let bytes = match self.codec.refused() {
                [] => &self.transport.received[..],
                refused => refused,
            };
            observer.refused(&Refused {
                connection: self.info.as_ref(),
                error,
                bytes: bytes.get(..SHOWN_BYTES_MAX).unwrap_or(bytes),
            });
        }
    }

    /// Answers a client that let a deadline pass.
    pub(super) fn refuse_slow(&mut self, phase: Phase) -> CloseReason {
        self.answer_in_short(
            StatusCode::REQUEST_TIMEOUT,
            &format!("the {phase} took too long"),
        );
        CloseReason::Timeout(phase)
    }

    /// Answers a request that does not belong here.
    fn refuse_origin(&mut self, wrong: WrongOrigin) -> CloseReason {
        let (status, message) = wrong.answer();
        self.answer_in_short(status, message);
        wrong.into()
    }

    /// Answers for a service that failed. Its error is not for the client's eyes.
    pub(super) fn apologise(&mut self) -> CloseReason {
        self.answer_in_short(StatusCode::INTERNAL_SERVER_ERROR, "the service failed");
        CloseReason::ServiceFailed
    }

    pub(super) fn answer_in_short(&mut self, status: StatusCode, message: &str) {
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
        if let Some(begins) = &mut self.drain_begins
            && !self.drain.is_draining()
        {
            return begins.as_mut().poll(cx);
        }
        // Asked again behind it: between the two it may have begun, and nobody is woken twice.
        self.place.wake_later(cx);
        if self.drain.is_draining() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    async fn close(&mut self, reason: CloseReason) -> CloseReason {
        self.place.wakes();
        if self.codec.ends_with_connection() {
            // What there is of it may arrive. That it ends with a reset was seen to when it began.
            if reason != CloseReason::Timeout(Phase::Write)
                && let Err(stuck) = self.flush().await
            {
                return stuck.into();
            }
            return reason;
        }
        if reason == CloseReason::Timeout(Phase::Write) {
            return reason;
        }
        let linger = if self.codec.is_within_request() {
            &self.config.upload_linger
        } else {
            &self.config.linger
        };
        // Also when reading failed: an earlier answer may still be waiting.
        if self.transport.owes_output() {
            if self.transport.out.len() <= CORKED_BYTES_MAX {
                (self.ending.cork)(&mut self.transport.io);
            }
            if let Err(stuck) =
                poll_fn(|cx| self.transport.poll_shutdown(cx, self.config.write_timeout)).await
            {
                return stuck.into();
            }
            // Everything was handed to the transport. A failure now is the client's hurry, not a loss.
            let _ = discard_until_closed(&mut self.transport.io, linger).await;
        } else if reason == CloseReason::Evicted {
            // Somebody waits for its place.
            let _ = poll_fn(|cx| self.transport.poll_shutdown(cx, self.config.write_timeout)).await;
        } else {
            let _ = close_lingering(&mut self.transport.io, linger).await;
        }
        reason
    }

    pub(super) async fn flush(&mut self) -> Result<(), Stuck> {
        poll_fn(|cx| self.transport.poll_flush(cx, self.config.write_timeout)).await
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
