use std::io;
use std::net::{IpAddr, SocketAddr};

use crate::Ecn;

/// Datagrams to one peer, one behind the other in memory, all of one length but the last, which may be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segments<'a> {
    /// Where to.
    pub to: SocketAddr,
    /// The datagrams.
    pub bytes: &'a [u8],
    /// The length of each but the last. 0, or as much as there is, means that all is one datagram.
    pub segment_bytes: usize,
    /// The ECN field of all of them.
    pub ecn: Ecn,
    /// The source address; `None` leaves it to the route.
    pub from: Option<IpAddr>,
}

impl<'a> Segments<'a> {
    /// Datagrams of `segment_bytes` each to `to`.
    pub fn new(to: SocketAddr, bytes: &'a [u8], segment_bytes: usize) -> Self {
        Self {
            to,
            bytes,
            segment_bytes,
            ecn: Ecn::NotEct,
            from: None,
        }
    }

    /// One datagram.
    pub fn one(to: SocketAddr, bytes: &'a [u8]) -> Self {
        Self::new(to, bytes, 0)
    }

    /// How many datagrams it is.
    pub fn count(&self) -> usize {
        self.bytes.len().div_ceil(self.segment()).max(1)
    }

    /// The length of each, which is never 0.
    pub(super) fn segment(&self) -> usize {
        match self.segment_bytes {
            0 => self.bytes.len().max(1),
            bytes => bytes,
        }
    }

    /// What cannot be sent to anyone is refused before the kernel sees it: quinn-udp takes the kernel's refusal for a sign that
    /// GSO does not work on this host.
    pub(super) fn check(&self) -> io::Result<()> {
        if self.to.port() == 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "nothing can be sent to port 0",
            ));
        }
        Ok(())
    }

    /// How many of them the kernel takes at a time: no more than `max`, and together no longer than the longest datagram.
    pub(super) fn per_call(&self, max: usize) -> usize {
        let bytes_max = match self.to.ip().to_canonical() {
            IpAddr::V4(_) => 65_535 - 20 - 8,
            IpAddr::V6(_) => 65_535 - 40 - 8,
        };
        (bytes_max / self.segment()).clamp(1, max.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(len: usize, segment_bytes: usize) -> Segments<'static> {
        const ZEROS: &[u8] = &[0; 100_000];
        let to = "127.0.0.1:9".parse().unwrap();
        Segments::new(to, &ZEROS[..len], segment_bytes)
    }

    #[test]
    fn the_last_may_be_shorter_and_nothing_is_one_empty_datagram() {
        for (len, segment, count) in [
            (0, 0, 1),
            (0, 9, 1),
            (1, 0, 1),
            (9, 9, 1),
            (10, 9, 2),
            (18, 9, 2),
            (19, 9, 3),
        ] {
            assert_eq!(segments(len, segment).count(), count, "{len} by {segment}");
        }
    }

    #[test]
    fn a_call_is_no_longer_than_the_longest_datagram() {
        assert_eq!(segments(100_000, 1200).per_call(64), 54);
        assert_eq!(segments(100_000, 100).per_call(64), 64);
        assert_eq!(segments(100_000, 100).per_call(1), 1);
        assert_eq!(segments(70_000, 70_000).per_call(64), 1);
        let mut six = segments(100_000, 65_487 / 2);
        six.to = "[::1]:9".parse().unwrap();
        assert_eq!(six.per_call(64), 2);
        six.segment_bytes += 1;
        assert_eq!(six.per_call(64), 1);
    }
}
