use std::io;

use rustix::io::Errno;

/// Whether an error only says that some datagram was lost, so that the socket is as good as before.
///
/// True for what a network reports about a datagram already sent (an ICMP message: port, host or network unreachable,
/// datagram too long for the path, refused by a rule; a connected socket returns it from whichever call comes next,
/// sending or receiving), for a sender whose queue is full, and for a datagram that this host itself would not send: too
/// long for UDP, or against its firewall. A loop that receives should go on after such an error: anyone on the path can
/// cause it at will. A loop that sends should go on with the next datagram.
pub fn means_lost(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(
            // What ICMP says, as Linux translates it.
            Errno::CONNREFUSED
                | Errno::HOSTUNREACH
                | Errno::HOSTDOWN
                | Errno::NETUNREACH
                | Errno::NETDOWN
                | Errno::NONET
                | Errno::NOPROTOOPT
                | Errno::PROTO
                | Errno::MSGSIZE
                // "Administratively prohibited" of ICMPv6, and the host's own firewall.
                | Errno::ACCESS
                | Errno::PERM
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
            Errno::NOPROTOOPT,
            Errno::MSGSIZE,
            Errno::ACCESS,
            Errno::NOBUFS,
        ] {
            assert!(means_lost(&lost.into()), "{lost:?}");
        }
        for broken in [Errno::BADF, Errno::NOTSOCK, Errno::INVAL, Errno::NOMEM] {
            assert!(!means_lost(&broken.into()), "{broken:?}");
        }
        assert!(!means_lost(&io::Error::other("made up")));
    }
}
