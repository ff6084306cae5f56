use std::io;

use quinn_udp::{EcnCodepoint, Transmit};
use tokio::io::Interest;

use super::{BatchUdp, Segments};

impl BatchUdp {
    /// Sends datagrams to one peer, in their order and in as few system calls as the kernel allows: 64 datagrams or 64 KiB in
    /// each. Where segments are refused, because a driver on the way cannot or they are longer than the path takes, they are
    /// sent one by one; the next ones to that destination too, for a thousand calls.
    ///
    /// # Errors
    ///
    /// As for [`Udp::send_to`](crate::Udp::send_to). Those before the one that failed were sent, those behind it were not. An
    /// error for which [`means_lost`](crate::means_lost) holds is not fatal.
    ///
    /// # Cancel safety
    ///
    /// A dropped call has sent some of the datagrams from the front, each of them whole, and does not say how many. With no more
    /// than one system call takes, it has sent all or none, unless they were refused as segments.
    pub async fn send(&self, segments: &Segments<'_>) -> io::Result<()> {
        segments.check()?;
        let mut left = *segments;
        loop {
            let sent = self
                .inner
                .async_io(Interest::WRITABLE, || self.send_now(&left))
                .await?;
            left.bytes = left.bytes.get(sent..).unwrap_or_default();
            if left.bytes.is_empty() {
                return Ok(());
            }
        }
    }

    /// Sends some of the datagrams from the front, and says how many bytes these are.
    pub(super) fn send_now(&self, segments: &Segments<'_>) -> io::Result<usize> {
        let segment = segments.segment();
        let count = segments.per_call(self.segments_sent_max());
        let bytes = segments.bytes.get(..count * segment);
        let bytes = bytes.unwrap_or(segments.bytes);
        let to = segments.to.ip();
        if bytes.len() <= segment || self.refusals.hold_for(to, segment) {
            return self.send_one(segments);
        }
        match self.try_send(segments, bytes, Some(segment)) {
            Ok(()) => Ok(bytes.len()),
            Err(error) => {
                let from_bytes = match error.raw_os_error() {
                    // The driver cannot.
                    Some(libc::EIO) => 0,
                    // Longer than the path takes; some kernels say so, others do not.
                    Some(libc::EMSGSIZE | libc::EINVAL) => segment,
                    _ => return Err(error),
                };
                // If that fails as well, it is not a matter of segments.
                let sent = self.send_one(segments)?;
                self.refusals.note(to, from_bytes);
                Ok(sent)
            }
        }
    }

    fn send_one(&self, segments: &Segments<'_>) -> io::Result<usize> {
        let bytes = segments.bytes.get(..segments.segment());
        let bytes = bytes.unwrap_or(segments.bytes);
        self.try_send(segments, bytes, None)?;
        Ok(bytes.len())
    }

    fn try_send(
        &self,
        segments: &Segments<'_>,
        contents: &[u8],
        segment_size: Option<usize>,
    ) -> io::Result<()> {
        let transmit = Transmit {
            destination: segments.to,
            ecn: EcnCodepoint::from_bits(segments.ecn.bits()),
            contents,
            segment_size,
            src_ip: segments.from,
        };
        self.error_queue
            .past(|| self.offload.try_send(&self.inner, &transmit))
    }
}
