use std::io;
use std::net::{IpAddr, SocketAddr};

/// What the network, or this host, has to say about a datagram that was not delivered.
///
/// Anyone on the path can forge it; that `quoted` begins like something that was really sent to `to` makes that harder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undelivered {
    /// Where the datagram was to go. An IPv4 address is one, also on an IPv6 socket.
    pub to: Option<SocketAddr>,
    /// Who says so.
    pub origin: Origin,
    /// The error number that stands for it: `ECONNREFUSED` for a port on which nobody listens, `EMSGSIZE` for a datagram that
    /// is longer than the path takes. [`Undelivered::error`] has it as an error.
    pub errno: i32,
    /// The host that sent the ICMP message: the destination, or a router on the way.
    pub offender: Option<IpAddr>,
    /// The longest packet, with its IP header, that the next link takes; with `EMSGSIZE` only.
    pub mtu: Option<u32>,
    /// The beginning of the datagram, as far as the ICMP message quoted it: 0 to 1,232 bytes.
    pub quoted: Vec<u8>,
}

/// Where an [`Undelivered`] comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// This host, before anything was sent.
    Local,
    /// An ICMP message ([RFC 792](https://www.rfc-editor.org/rfc/rfc792)).
    Icmp {
        /// 3: destination unreachable; 11: time exceeded.
        kind: u8,
        /// What exactly.
        code: u8,
    },
    /// An ICMPv6 message ([RFC 4443](https://www.rfc-editor.org/rfc/rfc4443)).
    Icmp6 {
        /// 1: destination unreachable; 2: packet too big; 3: time exceeded.
        kind: u8,
        /// What exactly.
        code: u8,
    },
    /// Something that the kernel has learned since.
    Other(u8),
}

impl Undelivered {
    pub(crate) fn new(
        to: Option<SocketAddr>,
        report: &libc::sock_extended_err,
        offender: Option<IpAddr>,
        quoted: &[u8],
    ) -> Self {
        let (kind, code) = (report.ee_type, report.ee_code);
        let origin = match report.ee_origin {
            libc::SO_EE_ORIGIN_LOCAL => Origin::Local,
            libc::SO_EE_ORIGIN_ICMP => Origin::Icmp { kind, code },
            libc::SO_EE_ORIGIN_ICMP6 => Origin::Icmp6 { kind, code },
            other => Origin::Other(other),
        };
        let errno = i32::try_from(report.ee_errno).unwrap_or_default();
        Self {
            to,
            origin,
            errno,
            // The kernel leaves the address of who is not known at zero.
            offender: offender.filter(|offender| !offender.is_unspecified()),
            mtu: (errno == libc::EMSGSIZE && report.ee_info > 0).then_some(report.ee_info),
            quoted: quoted.to_vec(),
        }
    }

    /// As an error, for those who treat it like one from sending.
    pub fn error(&self) -> io::Error {
        io::Error::from_raw_os_error(self.errno)
    }
}
