/// The bounds of a PROXY header that is received.
///
/// A line of version 1 has a bound of its own in the specification, 107 bytes with its CRLF, and needs no field here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyLimits {
    /// The longest header of version 2, in bytes, its fixed part of 16 included.
    ///
    /// The specification lets a header fit the smallest TCP segment that every host must take, 536 bytes, so that it
    /// arrives in one piece. That leaves 484 bytes of TLVs behind a pair of IPv6 addresses. A proxy that passes on whole
    /// client certificates needs more; the format ends at 65 551. A longer header is refused as soon as it tells its
    /// length. Parsed, a header takes at most about twenty times its bytes of memory, when it is nothing but empty
    /// TLVs.
    ///
    /// Others: Postfix 536, dnsdist 512 without the fixed part, nginx 4096. The default is 536.
    pub v2_bytes_max: usize,
}

impl Default for ProxyLimits {
    fn default() -> Self {
        Self { v2_bytes_max: 536 }
    }
}
