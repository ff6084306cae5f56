use std::io;

use futures_util::stream::{self, Stream};

use crate::{Recv, Udp, Undelivered, message};

impl Udp {
    /// Receives one datagram into `buffer`. If the buffer is too small, [`Recv::truncated`] says so; 65,535 bytes hold
    /// any datagram.
    ///
    /// # Errors
    ///
    /// On a connected socket the network may report that an earlier datagram was lost: `ConnectionRefused` when nobody
    /// listens there. That is not fatal, the peer may come up the next moment, and it can be forged: see
    /// [`means_lost`](crate::means_lost). An unconnected socket is not told, and one with an
    /// [error queue](crate::DgramOptions::error_queue) is told there.
    ///
    /// # Cancel safety
    ///
    /// A dropped call loses no datagram: it stays in the kernel's queue.
    pub async fn recv(&self, buffer: &mut [u8]) -> io::Result<Recv> {
        self.inner
            .async_io(self.error_queue.interest_of_recv(), || {
                self.error_queue
                    .past(|| message::recv(&self.inner, buffer, self.tell))
            })
            .await
    }

    /// Waits for the network's next answer to a datagram that it did not deliver.
    ///
    /// # Errors
    ///
    /// `Unsupported` without [`DgramOptions::error_queue`](crate::DgramOptions::error_queue).
    ///
    /// # Cancel safety
    ///
    /// A dropped call loses nothing: the report stays in the queue.
    pub async fn recv_error(&self) -> io::Result<Undelivered> {
        self.error_queue.recv(&self.inner).await
    }

    /// The network's answers to datagrams that it did not deliver, as they come. The stream does not end by itself; after an
    /// error, which is [`Udp::recv_error`]'s, it goes on.
    ///
    /// # Cancel safety
    ///
    /// A dropped stream loses nothing.
    pub fn errors(&self) -> impl Stream<Item = io::Result<Undelivered>> + Send + '_ {
        stream::unfold((), |()| async { Some((self.recv_error().await, ())) })
    }
}
