//! One exchange, from a request that has been read to the end of its response.

use std::any::Any;
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::{Extensions, HeaderMap, Method, Response, StatusCode, response};
use http_body::{Body, Frame};
use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite};

use super::conn::Connection;
use super::date;
use super::feeding::Feeding;
use super::hyper_compat::Bridge;
use super::switch::Next;
use super::trace::RequestSpan;
use crate::h1::{Conn, ContentLength, ProtocolError};
use crate::{CloseReason, Incoming, LocalService};

/// Finished responses are collected up to this size before they are written, as long as further requests are at hand.
const OUT_BYTES_MAX: usize = 64 * 1024;

pin_project! {
    /// What is under way of an exchange: each part in a place of its own, where it stays until it is done. As one `async`
    /// function it would be moved from place to place, and all of that is done for every request.
    pub(super) struct Exchange<S: LocalService> {
        // A request that waits for the service to be ready.
        request: Option<http::Request<Incoming>>,
        #[pin]
        answer: Option<S::Answer>,
        #[pin]
        body: Option<S::ResponseBody>,
        trailers: Option<HeaderMap>,
        feeding: Feeding,
        span: RequestSpan,
        bridge: Option<Bridge>,
        wants_switch: bool,
        is_connect: bool,
        // Only the end of the connection shows where the response ends.
        ends_with_connection: bool,
        // How much waited to be written, and how much had been, when the response began.
        began_behind: (usize, u64),
    }
}

/// How far an exchange has come.
pub(super) enum Step {
    /// None has begun: there is no whole head.
    NoRequest,
    /// Something else than the exchange itself may take the connection over.
    WantsSwitch,
    /// The service has agreed to go on in another protocol, with this response.
    Switches(Box<response::Parts>, Next),
    /// The response has been sent; what is left is to see the request to its end.
    Responded,
    /// It has been sent, and the connection has to end behind it.
    RespondedUntilClose,
    /// Both are over.
    Done,
}

impl<S: LocalService> Default for Exchange<S> {
    fn default() -> Self {
        Self {
            request: None,
            answer: None,
            body: None,
            trailers: None,
            feeding: Feeding::default(),
            span: RequestSpan::none(),
            bridge: None,
            wants_switch: false,
            is_connect: false,
            ends_with_connection: false,
            began_behind: (0, 0),
        }
    }
}

thread_local! {
    /// An exchange that is over, for the next connection of this thread that has one: most rest most of the time, and
    /// what they need while they do not is large.
    static SPARE: Cell<Option<Box<dyn Any>>> = const { Cell::new(None) };
}

/// An exchange in its place. The outer box is what the place is passed on in.
pub(super) type HeldExchange<S> = Box<Pin<Box<Exchange<S>>>>;

impl<S: LocalService> Exchange<S> {
    /// A place for an exchange.
    pub(super) fn take() -> HeldExchange<S> {
        match SPARE.take().map(Box::<dyn Any>::downcast) {
            Some(Ok(spare)) => spare,
            _ => Box::new(Box::pin(Self::default())),
        }
    }

    /// Gives a place back, between two exchanges.
    pub(super) fn give_back(spare: HeldExchange<S>) {
        SPARE.set(Some(spare));
    }

    /// Lets a request to switch be answered by what wants an `OnUpgrade`.
    pub(super) async fn offer_bridge(self: Pin<&mut Self>) {
        let this = self.project();
        *this.wants_switch = false;
        if let Some(request) = this.request {
            *this.bridge = Bridge::offer(request).await;
        }
    }

    /// Both are over: what was done in the name of the request is done.
    pub(super) fn end(self: Pin<&mut Self>) {
        *self.project().span = RequestSpan::none();
    }

    /// What is left of the request when the response has been sent.
    pub(super) fn take_feeding(self: Pin<&mut Self>) -> Feeding {
        std::mem::take(self.project().feeding)
    }
}

impl<IO> Connection<IO>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    /// Lets the service answer the next request and sends what it answers, as far as that goes. `Err`: the connection
    /// has to be closed.
    pub(super) fn poll_exchange<S: LocalService>(
        &mut self,
        cx: &mut Context<'_>,
        mut exchange: Pin<&mut Exchange<S>>,
        service: &mut S,
    ) -> Poll<Result<Step, CloseReason>> {
        if exchange.body.is_none() {
            if exchange.answer.is_none()
                && let Some(step) = ready!(self.poll_call(cx, exchange.as_mut(), service))?
            {
                return Poll::Ready(Ok(step));
            }
            if let Some(step) = ready!(self.poll_answer(cx, exchange.as_mut()))? {
                return Poll::Ready(Ok(step));
            }
        }
        self.poll_body(cx, exchange)
    }

    /// Takes the next request and hands it to the service.
    fn poll_call<S: LocalService>(
        &mut self,
        cx: &mut Context<'_>,
        exchange: Pin<&mut Exchange<S>>,
        service: &mut S,
    ) -> Poll<Result<Option<Step>, CloseReason>> {
        let mut this = exchange.project();
        let request = match this.request.take() {
            Some(request) => request,
            None => {
                // Responses without content never wait for room; without this, a client that asks and does not read
                // collects them.
                if self.transport.out.len() >= OUT_BYTES_MAX {
                    ready!(self.transport.poll_flush(cx, self.config.write_timeout))?;
                }
                let Some(request) = self.request_at_hand()? else {
                    return Poll::Ready(Ok(Some(Step::NoRequest)));
                };
                self.place.count_request();
                *this.wants_switch = request.wants_switch;
                *this.is_connect = request.head.method == Method::CONNECT;
                let (incoming, feeding) = self.incoming(&request)?;
                *this.feeding = feeding;
                let mut request = http::Request::from_parts(request.head, incoming);
                self.extend(request.extensions_mut());
                *this.span = self.span.request(&request);
                request
            }
        };
        if *this.wants_switch {
            *this.request = Some(request);
            return Poll::Ready(Ok(Some(Step::WantsSwitch)));
        }
        match self.poll_service_ready(cx, service) {
            Poll::Ready(ready) => ready?,
            Poll::Pending => {
                *this.request = Some(request);
                return Poll::Pending;
            }
        }
        match self.caught(|| this.span.within(|| service.answer(request))) {
            Some(answer) => {
                this.answer.set(Some(answer));
                Poll::Ready(Ok(None))
            }
            None => Poll::Ready(Err(self.apologise())),
        }
    }

    /// What each request has in its extensions.
    fn extend(&self, extensions: &mut Extensions) {
        extensions.extend(self.extensions.clone());
        if let Some(info) = &self.info {
            extensions.insert(info.clone());
        }
        extensions.insert(self.place.open_interim());
    }

    fn poll_service_ready<S: LocalService>(
        &mut self,
        cx: &mut Context<'_>,
        service: &mut S,
    ) -> Poll<Result<(), CloseReason>> {
        match self.caught(|| service.poll_service_ready(cx)) {
            Some(Poll::Ready(Ok(()))) => Poll::Ready(Ok(())),
            Some(Poll::Ready(Err(_))) | None => Poll::Ready(Err(self.apologise())),
            // Earlier responses must not wait for a service that is not ready, and neither must who has gone.
            Some(Poll::Pending) => match self.poll_gone(cx) {
                Poll::Ready(reason) => Poll::Ready(Err(reason)),
                Poll::Pending => self.poll_write_behind(cx),
            },
        }
    }

    /// Waits for the answer, and sends its head.
    fn poll_answer<S: LocalService>(
        &mut self,
        cx: &mut Context<'_>,
        exchange: Pin<&mut Exchange<S>>,
    ) -> Poll<Result<Option<Step>, CloseReason>> {
        let mut this = exchange.project();
        let answered = loop {
            let Some(answer) = this.answer.as_mut().as_pin_mut() else {
                return Poll::Pending;
            };
            match self.caught(|| this.span.within(|| answer.poll(cx))) {
                Some(Poll::Ready(answered)) => break answered,
                Some(Poll::Pending) => {}
                None => return Poll::Ready(Err(self.apologise())),
            }
            if self.poll_feed(cx, this.feeding).is_pending() {
                return self.poll_meanwhile(cx);
            }
        };
        this.answer.set(None);
        let late = self.place.interim().close();
        // A handler may have ignored the error that its body gave it. What it made of half a request is not sent.
        if let Some(failure) = this.feeding.failure.take() {
            return Poll::Ready(Err(self.refuse_body(failure)));
        }
        self.send_informational(late);
        let Ok(mut response) = answered else {
            return Poll::Ready(Err(self.apologise()));
        };
        this.span.answered(response.status());
        if let Some(bridge) = this.bridge.take() {
            bridge.join_behind(&mut response);
        }
        if let Some(next) = next_protocol(&response, *this.is_connect) {
            let (head, _body) = response.into_parts();
            return Poll::Ready(Ok(Some(Step::Switches(Box::new(head), next))));
        }
        *this.began_behind = (self.transport.out.len(), self.transport.written);
        let body = self.send_head(response, this.feeding)?;
        this.body.set(Some(body));
        *this.ends_with_connection = self.codec.ends_with_connection();
        if *this.ends_with_connection {
            // Whatever ends it early, a panic or the deadline of a drain: half of it must not look like the whole.
            (self.ending.arm)(&self.transport.io);
        }
        Poll::Ready(Ok(None))
    }

    /// What a connection does while a handler takes its time.
    fn poll_meanwhile<T>(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, CloseReason>> {
        // A client that reads none of them must not collect them here.
        if self.transport.out.len() < OUT_BYTES_MAX {
            self.place.wake_later(cx);
            let informational = self.place.interim().take();
            self.send_informational(informational);
        }
        if let Poll::Ready(reason) = self.poll_gone(cx) {
            return Poll::Ready(Err(reason));
        }
        // Earlier responses must not wait for it.
        self.poll_write_behind(cx)
    }

    /// Runs what is not ours. A panic in it must not cost the answers before it, nor leave its own client without one:
    /// it is kept until the connection has ended. Nothing of what it may have left in disorder is used again: the
    /// service is this connection's own, and the connection ends.
    fn caught<T>(&mut self, run: impl FnOnce() -> T) -> Option<T> {
        catch_unwind(AssertUnwindSafe(run))
            .map_err(|panic| self.panic = Some(panic))
            .ok()
    }

    fn send_informational(&mut self, heads: Vec<response::Parts>) {
        for head in heads {
            // They were looked at when they were handed over, and no final response is under way.
            let sent = self
                .codec
                .send_informational(&head, &mut self.transport.out);
            debug_assert!(sent.is_ok());
        }
    }

    /// Writes what waits while something else is awaited; only a failure ends that wait.
    pub(super) fn poll_write_behind<T>(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<T, CloseReason>> {
        match self.transport.poll_flush(cx, self.config.write_timeout) {
            Poll::Ready(Err(stuck)) => Poll::Ready(Err(stuck.into())),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    }

    /// Sends the head, behind everything that is known of how the exchange goes on. What is left is the body.
    fn send_head<B: Body>(
        &mut self,
        response: Response<B>,
        feeding: &mut Feeding,
    ) -> Result<B, CloseReason> {
        match self.cannot_read_on(feeding) {
            // Nobody wanted it, but it is an attack all the same; that it is too large is no matter then.
            Err(error) if !matches!(error, ProtocolError::ContentTooLarge { .. }) => {
                return Err(self.refuse(error));
            }
            Ok(false) if !self.ends_here() => {}
            _ => self.codec.close_after_response(),
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
        if self
            .codec
            .send_head(&head, length, &date::now(), out)
            .is_err()
        {
            return Err(self.apologise());
        }
        Conn::reuse_fields(head.headers);
        Ok(body)
    }

    /// Sends the content, and the end of the response.
    fn poll_body<S: LocalService>(
        &mut self,
        cx: &mut Context<'_>,
        exchange: Pin<&mut Exchange<S>>,
    ) -> Poll<Result<Step, CloseReason>> {
        let mut this = exchange.project();
        if self.codec.takes_content()
            && let Some(body) = this.body.as_mut().as_pin_mut()
            && let Err(reason) = ready!(self.poll_content(cx, body, this.feeding, this.trailers))
        {
            // A response that was made of a broken request, and has not left yet, is taken back.
            let (length, written) = *this.began_behind;
            return Poll::Ready(Err(match this.feeding.failure.take() {
                Some(failure) if self.transport.written == written => {
                    self.transport.out.truncate(length);
                    let _ = self.codec.withdraw_response();
                    self.refuse_body(failure)
                }
                _ => reason,
            }));
        }
        this.body.set(None);
        let trailers = this.trailers.take();
        let ended = self
            .codec
            .send_end(trailers.as_ref(), &mut self.transport.out);
        ended.map_err(|_too_short| CloseReason::ResponseFailed)?;
        Poll::Ready(Ok(if *this.ends_with_connection {
            Step::RespondedUntilClose
        } else if this.feeding.is_over() && self.codec.has_received_request() {
            *this.span = RequestSpan::none();
            Step::Done
        } else {
            Step::Responded
        }))
    }

    /// Goes on behind a response that only the end of the connection ends.
    pub(super) async fn finish_connection(&mut self, feeding: Feeding) -> Result<(), CloseReason> {
        self.flush().await?;
        (self.ending.disarm)(&self.transport.io);
        self.finish_request(feeding).await
    }

    /// Sends the response behind which the connection goes on in another protocol. The request has to be received to
    /// its end before that, and 100 (Continue) comes before 101 ([RFC 9110 §7.8]).
    ///
    /// [RFC 9110 §7.8]: https://www.rfc-editor.org/rfc/rfc9110#section-7.8
    pub(super) async fn respond_and_switch(
        &mut self,
        head: Box<response::Parts>,
        next: Next,
        mut feeding: Feeding,
    ) -> Result<(), CloseReason> {
        if std::mem::take(&mut feeding.owes_continue) {
            let _ = self.codec.send_continue(&mut self.transport.out);
        }
        if let Err(reason) = self.discard_request().await {
            let (status, message) = match reason {
                CloseReason::Drain => (StatusCode::SERVICE_UNAVAILABLE, "the server is going away"),
                _ => (
                    StatusCode::BAD_REQUEST,
                    "the request did not come to its end",
                ),
            };
            self.answer_in_short(status, message);
            return Err(reason);
        }
        let out = &mut self.transport.out;
        if self.codec.send_switch(&head, &date::now(), out).is_err() {
            return Err(self.apologise());
        }
        self.flush().await?;
        self.next_protocol = Some(next);
        Ok(())
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
            let has_room = match self.transport.poll_room(cx, self.config.write_timeout) {
                Poll::Ready(Ok(())) => true,
                Poll::Ready(Err(stuck)) => return Poll::Ready(Err(stuck.into())),
                Poll::Pending => false,
            };
            if has_room {
                let Some(polled) = self.caught(|| body.as_mut().poll_frame(cx)) else {
                    return Poll::Ready(Err(CloseReason::ResponseFailed));
                };
                match polled {
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
                if let Poll::Ready(reason) = self.poll_gone(cx) {
                    return Poll::Ready(Err(reason));
                }
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
}

/// What the connection goes on with. A layer may have turned the response into another one.
fn next_protocol<B>(response: &Response<B>, is_connect: bool) -> Option<Next> {
    let status = response.status();
    let switches = status == StatusCode::SWITCHING_PROTOCOLS || is_connect && status.is_success();
    response
        .extensions()
        .get::<Next>()
        .filter(|_| switches)
        .cloned()
}
