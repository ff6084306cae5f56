use std::io;

use tokio::io::Interest;
use tokio::net::UdpSocket;

use crate::{Undelivered, message};

/// Whether the kernel keeps the network's answers to lost datagrams, and what follows from that.
///
/// It also makes the next call on the socket fail once for each of them, whatever that call is about. Since the answer is in
/// the queue, with the datagram it is about, such a call is simply made again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorQueue {
    pub(crate) on: bool,
}

/// How often a call is made again. Each error is reported once, so only as many as arrive in between can follow.
const PENDING_MAX: usize = 8;

impl ErrorQueue {
    /// A refused datagram makes a socket erroneous and not readable: waiting for `READABLE` alone never wakes. With the queue
    /// that is the business of [`ErrorQueue::recv`] alone: who waits for an event also clears it for the others.
    pub(crate) fn interest_of_recv(self) -> Interest {
        if self.on {
            Interest::READABLE
        } else {
            Interest::READABLE | Interest::ERROR
        }
    }

    /// Makes a call, and makes it again if it failed because of an earlier datagram.
    pub(crate) fn past<T>(self, mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        if self.on {
            for _ in 0..PENDING_MAX {
                match call() {
                    Err(error) if error.kind() != io::ErrorKind::WouldBlock => {}
                    done => return done,
                }
            }
        }
        call()
    }

    pub(crate) async fn recv(self, socket: &UdpSocket) -> io::Result<Undelivered> {
        if !self.on {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "the error queue is off, switch it on with `DgramOptions::error_queue`",
            ));
        }
        socket
            .async_io(Interest::ERROR, || message::recv_error(socket))
            .await
    }
}
