use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Buf;
use http::{HeaderMap, Method, Response, StatusCode, response};
use http_body::{Body, Frame};
use tokio::io::{AsyncRead, AsyncWrite};

use super::conn::Connection;
use super::date;
use super::feeding::Feeding;
use super::hyper_compat::Bridge;
use super::switch::Next;
use super::trace::RequestSpan;
use crate::h1::{ContentLength, ProtocolError, Request};
use crate::{CloseReason, LocalService};

/// Finished responses are collected up to this size before they are written, as long as further requests are at hand.
const OUT_BYTES_MAX: usize = 64 * 1024;

impl<IO> Connection<IO>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    /// Lets the service answer a request and sends what it answers. `Err`: the connection has to be closed.
    pub(super) async fn exchange<S: LocalService>(
        &mut self,
        request: Request,
        service: &mut S,
    ) -> Result<(), CloseReason> {
        let wants_switch = request.wants_switch;
        let (incoming, mut feeding) = self.incoming(&request)?;
        let ready = poll_fn(|cx| match self.caught(|| service.poll_service_ready(cx)) {
            Some(Poll::Ready(Ok(()))) => Poll::Ready(Ok(())),
            Some(Poll::Ready(Err(_))) | None => Poll::Ready(Err(self.apologise())),
            // Earlier responses must not wait for a service that is not ready, and neither must who has gone.
            Some(Poll::Pending) => match self.poll_gone(cx) {
                Poll::Ready(reason) => Poll::Ready(Err(reason)),
                Poll::Pending => self.poll_write_behind(cx),
            },
        });
        ready.await?;
        let mut request = http::Request::from_parts(request.head, incoming);
        let extensions = request.extensions_mut();
        extensions.extend(self.extensions.clone());
        if let Some(info) = &self.info {
            extensions.insert(info.clone());
        }
        extensions.insert(self.interim.open());
        let is_connect = request.method() == Method::CONNECT;
        let bridge = if wants_switch {
            Bridge::offer(&mut request).await
        } else {
            None
        };
        let span = self.span.request(&request);

        // Called inside, so that a panic of the call itself is caught with those of its future.
        let response = {
            let answer = pin!(async { service.answer(request).await });
            self.await_answer(answer, &mut feeding, &span).await
        };
        let late = self.interim.close();
        let response = response?;
        // A handler may have ignored the error that its body gave it. What it made of half a request is not sent.
        if let Some(failure) = feeding.failure.take() {
            return Err(self.refuse_body(failure));
        }
        self.send_informational(late);
        let Ok(mut response) = response else {
            return Err(self.apologise());
        };
        span.answered(response.status());
        if let Some(bridge) = bridge {
            bridge.join_behind(&mut response);
        }
        if let Some(next) = next_protocol(&response, is_connect) {
            return self.respond_and_switch(response, next, feeding).await;
        }
        self.respond(response, &mut feeding).await?;
        self.finish_request(feeding).await
    }

    async fn await_answer<T>(
        &mut self,
        mut answer: Pin<&mut impl Future<Output = T>>,
        feeding: &mut Feeding,
        span: &RequestSpan,
    ) -> Result<T, CloseReason> {
        poll_fn(|cx| {
            loop {
                match self.caught(|| span.within(|| answer.as_mut().poll(cx))) {
                    Some(Poll::Ready(answer)) => return Poll::Ready(Ok(answer)),
                    Some(Poll::Pending) => {}
                    None => return Poll::Ready(Err(self.apologise())),
                }
                if self.poll_feed(cx, feeding).is_pending() {
                    break;
                }
            }
            // A client that reads none of them must not collect them here.
            if self.transport.out.len() < OUT_BYTES_MAX {
                let informational = self.interim.take(cx);
                self.send_informational(informational);
            }
            if let Poll::Ready(reason) = self.poll_gone(cx) {
                return Poll::Ready(Err(reason));
            }
            // The handler takes its time: earlier responses must not wait for it.
            self.poll_write_behind(cx)
        })
        .await
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

    /// Sends the response behind which the connection goes on in another protocol. The request has to be received to
    /// its end before that, and 100 (Continue) comes before 101 ([RFC 9110 §7.8]).
    ///
    /// [RFC 9110 §7.8]: https://www.rfc-editor.org/rfc/rfc9110#section-7.8
    async fn respond_and_switch<B>(
        &mut self,
        response: Response<B>,
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
        let (head, _body) = response.into_parts();
        let out = &mut self.transport.out;
        if self.codec.send_switch(&head, &date::now(), out).is_err() {
            return Err(self.apologise());
        }
        self.flush().await?;
        self.next_protocol = Some(next);
        Ok(())
    }

    /// Writes what waits while something else is awaited; only a failure ends that wait.
    pub(super) fn poll_write_behind<T>(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<T, CloseReason>> {
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
        // Responses without content never wait for room; without this, a client that asks and does not read collects
        // them.
        if self.transport.out.len() >= OUT_BYTES_MAX {
            self.flush().await?;
        }
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
        let (length_before, written_before) = (out.len(), self.transport.written);
        if self
            .codec
            .send_head(&head, length, &date::now(), out)
            .is_err()
        {
            return Err(self.apologise());
        }
        let ends_with_connection = self.codec.ends_with_connection();
        if ends_with_connection {
            // Whatever ends it early, a panic or the deadline of a drain: half of it must not look like the whole.
            (self.ending.arm)(&self.transport.io);
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
        ended.map_err(|_too_short| CloseReason::ResponseFailed)?;
        if ends_with_connection {
            self.flush().await?;
            (self.ending.disarm)(&self.transport.io);
        }
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
            let out = &self.transport.out;
            let has_room = !out.has_large_piece() && out.len() < OUT_BYTES_MAX
                || match self.transport.poll_flush(cx, &self.config) {
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
