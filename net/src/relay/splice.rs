use std::io;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll, ready};

use super::pool::Pool;
use super::socket::Socket;
use rustix::buffer::spare_capacity;
use rustix::io::{Errno, retry_on_intr};
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};

thread_local! {
    static IDLE: Pool<(OwnedFd, OwnedFd)> = const { Pool::new() };
}

/// Neither end waits: what blocks is the socket, and the runtime waits for that.
///
/// The kernel raises SIGPIPE where the target is gone, and takes no flag against it. Rust's runtime ignores the signal;
/// a program whose `main` is not Rust's has to do so itself.
const FLAGS: SpliceFlags = SpliceFlags::NONBLOCK.union(SpliceFlags::MOVE);

/// Bytes on their way from a socket to a socket, inside the kernel.
pub(super) struct Pipe {
    out: OwnedFd,
    into: OwnedFd,
    held: usize,
    /// What was asked for.
    size: usize,
}

/// What came of trying to fill a pipe.
pub(super) enum Filled {
    Bytes(Pipe),
    EndOfStream,
    /// No descriptor for a pipe: copy this time.
    NoPipe,
    /// The kernel does not splice from this socket: copy from now on.
    Unable,
}

/// Waits until `from` has bytes, and only then takes a pipe and moves them into it.
///
/// The pipe is empty, so it cannot be the pipe that blocks: EAGAIN speaks of the socket. That is why a pipe is never
/// filled up while it still holds something.
pub(super) fn poll_fill(
    cx: &mut Context<'_>,
    from: Socket<'_>,
    size: usize,
) -> Poll<io::Result<Filled>> {
    loop {
        ready!(from.poll_readable(cx))?;
        let Ok(mut pipe) = Pipe::take(size.max(1)) else {
            return Poll::Ready(Ok(Filled::NoPipe));
        };
        let filled = match from.try_read(|socket| pipe.fill(socket)) {
            Ok(1..) => return Poll::Ready(Ok(Filled::Bytes(pipe))),
            Ok(0) => Ok(Filled::EndOfStream),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                pipe.give_back();
                continue;
            }
            Err(error) if is_unable(&error) => Ok(Filled::Unable),
            Err(error) => Err(error),
        };
        pipe.give_back();
        return Poll::Ready(filled);
    }
}

impl Pipe {
    fn take(size: usize) -> io::Result<Self> {
        let (out, into) = match IDLE.with(|idle| idle.take(size)) {
            Some(ends) => ends,
            None => open(size)?,
        };
        Ok(Self {
            out,
            into,
            held: 0,
            size,
        })
    }

    /// For the next relay. One that holds bytes is closed instead: they belong to no one else.
    pub(super) fn give_back(self) {
        if self.held == 0 {
            IDLE.with(|idle| idle.give_back(self.size, (self.out, self.into)));
        }
    }

    /// How many bytes wait to be written.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    fn fill(&mut self, from: impl std::os::fd::AsFd) -> io::Result<usize> {
        let filled = retry_on_intr(|| splice(&from, None, &self.into, None, self.size, FLAGS))?;
        self.held += filled;
        Ok(filled)
    }

    /// Writes once. The pipe holds something, so EAGAIN speaks of the socket.
    pub(super) fn poll_drain(
        &mut self,
        cx: &mut Context<'_>,
        to: Socket<'_>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(to.poll_writable(cx))?;
            let drained = to.try_write(|socket| {
                Ok(retry_on_intr(|| {
                    splice(&self.out, None, socket, None, self.held, FLAGS)
                })?)
            });
            match drained {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(drained) => {
                    self.held -= drained;
                    return Poll::Ready(Ok(drained));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// What it holds, read back to be written in the ordinary way.
    pub(super) fn into_bytes(mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.held);
        while self.held > 0 {
            match retry_on_intr(|| rustix::io::read(&self.out, spare_capacity(&mut bytes)))? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => self.held -= read,
            }
        }
        self.give_back();
        Ok(bytes)
    }
}

/// Whether the kernel says that it does not splice with this kind of socket.
pub(super) fn is_unable(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP)
    )
}

fn open(size: usize) -> io::Result<(OwnedFd, OwnedFd)> {
    let (out, into) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
    // Refused where the user has many large pipes already. The pipe is then smaller, and works.
    let _ = fcntl_setpipe_size(&into, size);
    Ok((out, into))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pipe_holds_is_read_back_whole() {
        let mut pipe = Pipe::take(64 * 1024).unwrap();
        let sent: Vec<u8> = (0..30_000_u32).map(|at| at.to_le_bytes()[0]).collect();
        pipe.held = rustix::io::write(&pipe.into, &sent).unwrap();
        assert_eq!(pipe.held(), sent.len());
        assert_eq!(pipe.into_bytes().unwrap(), sent);
    }

    #[test]
    fn a_pipe_that_holds_bytes_serves_no_other_relay() {
        let size = 4096;
        let mut pipe = Pipe::take(size).unwrap();
        pipe.held = rustix::io::write(&pipe.into, b"someone's").unwrap();
        pipe.give_back();
        assert!(IDLE.with(|idle| idle.take(size)).is_none());
        Pipe::take(size).unwrap().give_back();
        assert!(IDLE.with(|idle| idle.take(size)).is_some());
    }
}
