use std::io;

use rustix::io::Errno;

/// Whether an error only says that some datagram was lost, so that the socket is as good as before.
///
/// True for what a network reports about a datagram already sent (an ICMP message: port, host or network unreachable;
/// a connected socket returns it from whichever call comes next, sending or receiving), and for a sender whose queue is
/// full. A loop that receives should go on after such an error: anyone on the path can cause it at will.
pub fn means_lost(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(
            Errno::CONNREFUSED
                | Errno::HOSTUNREACH
                | Errno::HOSTDOWN
                | Errno::NETUNREACH
                | Errno::NETDOWN
                | Errno::NOBUFS
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_datagram_is_lost_and_a_socket_that_is_none_is_broken() {
        for lost in [
            Errno::CONNREFUSED,
            Errno::HOSTUNREACH,
            Errno::NETUNREACH,
            Errno::NOBUFS,
        ] {
            assert!(means_lost(&lost.into()), "{lost:?}");
        }
        for broken in [
            Errno::BADF,
            Errno::NOTSOCK,
            Errno::INVAL,
            Errno::MSGSIZE,
            Errno::ACCESS,
        ] {
            assert!(!means_lost(&broken.into()), "{broken:?}");
        }
        assert!(!means_lost(&io::Error::other("made up")));
    }
}
