use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use crate::sockopt;

/// What the kernel knows of a TCP connection (`TCP_INFO`), at the moment of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpInfo {
    /// Smoothed round-trip time. Zero before the first measurement.
    pub rtt: Duration,
    /// Its mean deviation.
    pub rtt_variation: Duration,
    /// The least round-trip time seen lately.
    pub rtt_min: Duration,
    /// When an unacknowledged segment is sent again.
    pub retransmission_timeout: Duration,
    /// How many segments may be under way.
    pub congestion_window: u32,
    /// The largest segment we send, in bytes.
    pub mss_bytes: u32,
    /// The path's maximum transmission unit, in bytes.
    pub path_mtu_bytes: u32,
    /// Segments sent and not yet acknowledged.
    pub unacknowledged: u32,
    /// Segments taken for lost now.
    pub lost: u32,
    /// Segments sent again since the beginning.
    pub retransmitted: u32,
    /// Bytes that wait in the kernel and have not been sent once.
    pub unsent_bytes: u32,
    /// Bytes sent and acknowledged.
    pub acknowledged_bytes: u64,
    /// Bytes received in order.
    pub received_bytes: u64,
    /// The rate of delivery lately, in bytes per second.
    pub delivery_rate_bytes: u64,
}

impl TcpInfo {
    /// Asks the kernel about any TCP socket.
    ///
    /// # Errors
    ///
    /// When the socket is not TCP.
    pub fn of(socket: impl AsFd) -> io::Result<Self> {
        let raw = sockopt::tcp_info(socket.as_fd())?;
        let micros = |value: u32| Duration::from_micros(value.into());
        Ok(Self {
            rtt: micros(raw.rtt),
            rtt_variation: micros(raw.rttvar),
            // All ones until there is a sample.
            rtt_min: micros(if raw.min_rtt == u32::MAX {
                0
            } else {
                raw.min_rtt
            }),
            retransmission_timeout: micros(raw.rto),
            congestion_window: raw.snd_cwnd,
            mss_bytes: raw.snd_mss,
            path_mtu_bytes: raw.pmtu,
            unacknowledged: raw.unacked,
            lost: raw.lost,
            retransmitted: raw.total_retrans,
            unsent_bytes: raw.notsent_bytes,
            acknowledged_bytes: raw.bytes_acked,
            received_bytes: raw.bytes_received,
            delivery_rate_bytes: raw.delivery_rate,
        })
    }
}

/// The beginning of the kernel's `struct tcp_info`, as far as Linux 4.9 (2016) has it. A kernel that has more writes as
/// much as fits.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawTcpInfo {
    state: u8,
    ca_state: u8,
    retransmits: u8,
    probes: u8,
    backoff: u8,
    options: u8,
    window_scales: u8,
    app_limited: u8,
    rto: u32,
    ato: u32,
    snd_mss: u32,
    rcv_mss: u32,
    unacked: u32,
    sacked: u32,
    lost: u32,
    retrans: u32,
    fackets: u32,
    last_data_sent: u32,
    last_ack_sent: u32,
    last_data_recv: u32,
    last_ack_recv: u32,
    pmtu: u32,
    rcv_ssthresh: u32,
    rtt: u32,
    rttvar: u32,
    snd_ssthresh: u32,
    snd_cwnd: u32,
    advmss: u32,
    reordering: u32,
    rcv_rtt: u32,
    rcv_space: u32,
    total_retrans: u32,
    pacing_rate: u64,
    max_pacing_rate: u64,
    bytes_acked: u64,
    bytes_received: u64,
    segs_out: u32,
    segs_in: u32,
    notsent_bytes: u32,
    min_rtt: u32,
    data_segs_in: u32,
    data_segs_out: u32,
    delivery_rate: u64,
}

impl RawTcpInfo {
    /// Of a socket that listens: how many connections may wait. The field has another meaning then.
    pub(crate) fn backlog(&self) -> u32 {
        self.sacked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_the_kernels() {
        // Offsets from include/uapi/linux/tcp.h.
        assert_eq!(std::mem::offset_of!(RawTcpInfo, rtt), 68);
        assert_eq!(std::mem::offset_of!(RawTcpInfo, bytes_acked), 120);
        assert_eq!(std::mem::offset_of!(RawTcpInfo, delivery_rate), 160);
        assert_eq!(size_of::<RawTcpInfo>(), 168);
    }
}
