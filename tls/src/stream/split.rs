//! Two halves for two tasks.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::TlsStream;
use crate::TlsInfo;

/// The reading half of a [`TlsStream`].
pub struct ReadHalf<IO>(Arc<Shared<IO>>);

/// The writing half of a [`TlsStream`]. Dropping it sends nothing: shut it down first.
pub struct WriteHalf<IO>(Arc<Shared<IO>>);

/// Two halves that do not belong together.
#[derive(Debug, thiserror::Error)]
#[error("the halves are of two different streams")]
pub struct ReuniteError<IO>(pub ReadHalf<IO>, pub WriteHalf<IO>);

impl<IO: AsyncRead + AsyncWrite + Unpin> TlsStream<IO> {
    /// Splits the stream into halves that two tasks can use at the same time, in both directions at once.
    ///
    /// The halves share a lock, which is held for one poll: as long as it takes to encrypt or decrypt 64 KiB. Neither waits for
    /// the other's peer.
    pub fn split(mut self) -> (ReadHalf<IO>, WriteHalf<IO>) {
        self.engine.is_corked = false;
        let tasks = Arc::new(Tasks::default());
        let shared = Arc::new(Shared {
            info: self.info().clone(),
            stream: Mutex::new(self),
            waker: Waker::from(Arc::clone(&tasks)),
            tasks,
        });
        (ReadHalf(Arc::clone(&shared)), WriteHalf(shared))
    }
}

impl<IO> ReadHalf<IO> {
    /// What the handshake agreed on.
    pub fn info(&self) -> &TlsInfo {
        &self.0.info
    }

    /// The whole stream again.
    ///
    /// # Errors
    ///
    /// Both halves, if they are of two streams.
    pub fn reunite(self, other: WriteHalf<IO>) -> Result<TlsStream<IO>, ReuniteError<IO>> {
        if !Arc::ptr_eq(&self.0, &other.0) {
            return Err(ReuniteError(self, other));
        }
        drop(self);
        match Arc::try_unwrap(other.0) {
            Ok(shared) => Ok(shared
                .stream
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner)),
            // There are two halves of a stream, never a third.
            Err(shared) => Err(ReuniteError(Self(Arc::clone(&shared)), WriteHalf(shared))),
        }
    }
}

impl<IO> WriteHalf<IO> {
    /// What the handshake agreed on.
    pub fn info(&self) -> &TlsInfo {
        &self.0.info
    }
}

struct Shared<IO> {
    stream: Mutex<TlsStream<IO>>,
    info: TlsInfo,
    tasks: Arc<Tasks>,
    /// Wakes [`Self::tasks`].
    waker: Waker,
}

impl<IO> Shared<IO> {
    /// A transport remembers one task for each direction. A reader that pushes records, to send what was parked, would take the
    /// place of the writer that waits to send more. So the transport is told one waker, which wakes every half that waits.
    fn poll<R>(
        &self,
        half: Half,
        cx: &Context<'_>,
        poll: impl FnOnce(Pin<&mut TlsStream<IO>>, &mut Context<'_>) -> Poll<R>,
    ) -> Poll<R>
    where
        IO: Unpin,
    {
        self.tasks.wait(half, cx.waker());
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let polled = poll(Pin::new(&mut stream), &mut Context::from_waker(&self.waker));
        drop(stream);
        if polled.is_ready() {
            self.tasks.lock()[half as usize] = None;
        }
        polled
    }
}

#[derive(Clone, Copy)]
enum Half {
    Reader,
    Writer,
}

/// The tasks that wait, at most one for each half.
#[derive(Default)]
struct Tasks(Mutex<[Option<Waker>; 2]>);

impl Tasks {
    fn lock(&self) -> MutexGuard<'_, [Option<Waker>; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, half: Half, waker: &Waker) {
        match &mut self.lock()[half as usize] {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }
}

impl Wake for Tasks {
    fn wake(self: Arc<Self>) {
        let tasks = std::mem::take(&mut *self.lock());
        tasks.into_iter().flatten().for_each(Waker::wake);
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncRead for ReadHalf<IO> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0
            .poll(Half::Reader, cx, |stream, cx| stream.poll_read(cx, buf))
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WriteHalf<IO> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0
            .poll(Half::Writer, cx, |stream, cx| stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0.poll(Half::Writer, cx, |stream, cx| {
            stream.poll_write_vectored(cx, bufs)
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0
            .poll(Half::Writer, cx, |stream, cx| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0
            .poll(Half::Writer, cx, |stream, cx| stream.poll_shutdown(cx))
    }
}

impl<IO> fmt::Debug for ReadHalf<IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadHalf").finish_non_exhaustive()
    }
}

impl<IO> fmt::Debug for WriteHalf<IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteHalf").finish_non_exhaustive()
    }
}
