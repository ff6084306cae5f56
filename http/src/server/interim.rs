use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Acquire, Release},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Response, response};

use super::registry::Entry;

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
    entry: Arc<Entry>,
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
        self.entry
            .interim
            .push(self.exchange, response.into_parts().0)?;
        self.entry.wake();
        Ok(())
    }

    /// The handle for an exchange that begins, the connection's `exchange`th.
    pub(super) fn open(entry: &Arc<Entry>, exchange: u64) -> Self {
        entry.interim.exchange.store(exchange, Release);
        Self {
            entry: Arc::clone(entry),
            exchange,
        }
    }
}

/// What waits to be sent by a connection.
///
/// Most requests send none: what is asked for each of them takes no lock.
#[derive(Debug, Default)]
pub(super) struct InterimQueue {
    /// Which exchange takes informational responses; 0 is none.
    exchange: AtomicU64,
    /// There is something in the queue.
    is_waiting: AtomicBool,
    /// With the exchange each belongs to.
    waiting: Mutex<Vec<(u64, response::Parts)>>,
}

impl InterimQueue {
    fn push(&self, exchange: u64, head: response::Parts) -> Result<(), InterimError> {
        let mut waiting = self.lock();
        if self.exchange.load(Acquire) != exchange {
            return Err(InterimError::TooLate);
        }
        if waiting.len() == WAITING_MAX {
            return Err(InterimError::TooMany);
        }
        waiting.push((exchange, head));
        self.is_waiting.store(true, Release);
        Ok(())
    }

    /// What waits.
    pub(super) fn take(&self) -> Vec<response::Parts> {
        self.drain(self.exchange.load(Acquire))
    }

    /// From now on it is too late. What waits still goes out.
    pub(super) fn close(&self) -> Vec<response::Parts> {
        let exchange = self.exchange.load(Acquire);
        self.exchange.store(0, Release);
        self.drain(exchange)
    }

    fn drain(&self, exchange: u64) -> Vec<response::Parts> {
        if !self.is_waiting.load(Acquire) {
            return Vec::new();
        }
        let mut waiting = self.lock();
        self.is_waiting.store(false, Release);
        let waiting = std::mem::take(&mut *waiting).into_iter();
        // Another thread may have been in the middle of it when an earlier exchange ended.
        waiting
            .filter(|(belongs_to, _)| *belongs_to == exchange)
            .map(|(_, head)| head)
            .collect()
    }

    /// No code that could panic runs under this lock, so it is never poisoned.
    fn lock(&self) -> MutexGuard<'_, Vec<(u64, response::Parts)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
