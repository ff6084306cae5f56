use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use http::{Response, response};

/// How many informational responses may wait for a connection that is busy. They are a few a request, if any.
const WAITING_MAX: usize = 16;

/// Sends informational responses (1xx, [RFC 9110 §15.2]) ahead of the final one. Found in the extensions of each request.
///
/// ```
/// # use wharf_http::{Incoming, Interim};
/// # use http::{Request, Response, StatusCode, header::LINK};
/// async fn page(request: Request<Incoming>) -> Response<String> {
///     if let Some(interim) = request.extensions().get::<Interim>() {
///         let mut hints = Response::new(());
///         *hints.status_mut() = StatusCode::EARLY_HINTS;
///         hints.headers_mut().insert(LINK, "</site.css>; rel=preload; as=style".parse().unwrap());
///         // What is only a hint may be too late.
///         let _ = interim.send(hints);
///     }
///     let slow_page = async { "…".to_owned() };
///     Response::new(slow_page.await)
/// }
/// ```
///
/// 100 (Continue) needs no help: it is sent when the content of the request is first asked for.
///
/// [RFC 9110 §15.2]: https://www.rfc-editor.org/rfc/rfc9110#section-15.2
#[derive(Clone, Debug)]
pub struct Interim {
    shared: Arc<Mutex<State>>,
    exchange: u64,
}

/// Why an informational response is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InterimError {
    /// The final response is under way, or the connection is gone.
    #[error("the final response is under way")]
    TooLate,
    /// Its status is not 1xx, or 101: to switch protocols see [`switch`](crate::switch).
    #[error("the status is not that of an informational response")]
    NotInformational,
    /// 16 of them wait to be sent already.
    #[error("too many informational responses wait to be sent")]
    TooMany,
}

impl Interim {
    /// Hands over a response to be sent at once. A client of HTTP/1.0 does not get it, as it knows none.
    ///
    /// Fields that frame content and `Connection` are left out.
    ///
    /// # Errors
    ///
    /// See [`InterimError`].
    pub fn send(&self, response: Response<()>) -> Result<(), InterimError> {
        let status = response.status();
        if !status.is_informational() || status.as_u16() == 101 {
            return Err(InterimError::NotInformational);
        }
        let mut state = lock(&self.shared);
        if state.exchange != Some(self.exchange) {
            return Err(InterimError::TooLate);
        }
        if state.waiting.len() == WAITING_MAX {
            return Err(InterimError::TooMany);
        }
        state.waiting.push(response.into_parts().0);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
        Ok(())
    }
}

/// The connection's end of its [`Interim`]s.
#[derive(Debug, Default)]
pub(super) struct InterimQueue {
    shared: Arc<Mutex<State>>,
    next: u64,
}

#[derive(Debug, Default)]
struct State {
    /// Which exchange takes informational responses.
    exchange: Option<u64>,
    waiting: Vec<response::Parts>,
    waker: Option<Waker>,
}

impl InterimQueue {
    /// A handle for the exchange that begins.
    pub(super) fn open(&mut self) -> Interim {
        self.next += 1;
        lock(&self.shared).exchange = Some(self.next);
        Interim {
            shared: Arc::clone(&self.shared),
            exchange: self.next,
        }
    }

    /// What waits. More of it wakes the task.
    pub(super) fn take(&self, cx: &Context<'_>) -> Vec<response::Parts> {
        let mut state = lock(&self.shared);
        // A handle may be used by another task, but only if there is a second one.
        if Arc::strong_count(&self.shared) > 1 {
            match &mut state.waker {
                Some(waker) => waker.clone_from(cx.waker()),
                empty => *empty = Some(cx.waker().clone()),
            }
        }
        std::mem::take(&mut state.waiting)
    }

    /// From now on it is too late. What waits still goes out.
    pub(super) fn close(&self) -> Vec<response::Parts> {
        let mut state = lock(&self.shared);
        state.exchange = None;
        state.waker = None;
        std::mem::take(&mut state.waiting)
    }
}

impl Drop for InterimQueue {
    fn drop(&mut self) {
        self.close();
    }
}

/// No code that could panic runs under this lock, so it is never poisoned.
fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
