use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Acquire, Release},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use http::{Response, response};

/// How many informational responses may wait for a connection that is busy. They are a few a request, if any.
const WAITING_MAX: usize = 16;

/// Sends informational responses (1xx, [RFC 9110 §15.2]) ahead of the final one. Found in the extensions of each
/// request.
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
    shared: Arc<Shared>,
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
        let mut queue = self.shared.lock();
        if self.shared.exchange.load(Acquire) != self.exchange {
            return Err(InterimError::TooLate);
        }
        if queue.waiting.len() == WAITING_MAX {
            return Err(InterimError::TooMany);
        }
        queue.waiting.push((self.exchange, response.into_parts().0));
        self.shared.is_waiting.store(true, Release);
        if let Some(waker) = queue.waker.take() {
            waker.wake();
        }
        Ok(())
    }
}

/// The connection's end of its [`Interim`]s.
#[derive(Debug, Default)]
pub(super) struct InterimQueue {
    /// `None` while the connection rests.
    shared: Option<Arc<Shared>>,
    last: u64,
}

/// Most requests send none: what is asked for each of them takes no lock.
#[derive(Debug, Default)]
struct Shared {
    /// Which exchange takes informational responses; 0 is none.
    exchange: AtomicU64,
    /// There is something in the queue.
    is_waiting: AtomicBool,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// With the exchange each belongs to.
    waiting: Vec<(u64, response::Parts)>,
    waker: Option<Waker>,
}

impl Shared {
    /// No code that could panic runs under this lock, so it is never poisoned.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InterimQueue {
    /// An exchange begins. The handle for it.
    pub(super) fn open(&mut self) -> Interim {
        self.last += 1;
        let shared = self.shared.get_or_insert_default();
        shared.exchange.store(self.last, Release);
        Interim {
            shared: Arc::clone(shared),
            exchange: self.last,
        }
    }

    /// What waits. More of it wakes the task.
    pub(super) fn take(&self, cx: &Context<'_>) -> Vec<response::Parts> {
        let Some(shared) = &self.shared else {
            return Vec::new();
        };
        let mut queue = shared.lock();
        match &mut queue.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            empty => *empty = Some(cx.waker().clone()),
        }
        self.drain(shared, &mut queue)
    }

    /// From now on it is too late. What waits still goes out.
    pub(super) fn close(&self) -> Vec<response::Parts> {
        let Some(shared) = &self.shared else {
            return Vec::new();
        };
        shared.exchange.store(0, Release);
        if shared.is_waiting.load(Acquire) {
            self.drain(shared, &mut shared.lock())
        } else {
            Vec::new()
        }
    }

    /// Keeps nothing for a connection that is going to rest.
    pub(super) fn rest(&mut self) {
        self.shared = None;
    }

    fn drain(&self, shared: &Shared, queue: &mut Queue) -> Vec<response::Parts> {
        shared.is_waiting.store(false, Release);
        let waiting = std::mem::take(&mut queue.waiting).into_iter();
        // Another thread may have been in the middle of it when an earlier exchange ended.
        waiting
            .filter(|(exchange, _)| *exchange == self.last)
            .map(|(_, head)| head)
            .collect()
    }
}

impl Drop for InterimQueue {
    fn drop(&mut self) {
        self.close();
    }
}
