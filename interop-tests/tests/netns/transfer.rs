//! Bytes over a link that is slow or loses them, and what `tcp_info` says of it.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf_interop_tests::netns::{self, WIRE};
use wharf_net::{Conn, TcpOptions};

use crate::{NOTICED, connect};

const TRANSFER_BYTES: usize = 256 * 1024;

/// Sends from one end to the other, which answers with one byte when it has all. Returns how long that took.
async fn transfer(from: &mut Conn, to: &mut Conn) -> Duration {
    let sent: Vec<u8> = (0..TRANSFER_BYTES)
        .map(|at| (at * 31 % 251) as u8)
        .collect();
    let started = Instant::now();
    let sending = async {
        from.write_all(&sent).await.unwrap();
        assert_eq!(from.read_u8().await.unwrap(), b'!');
    };
    let receiving = async {
        let mut received = vec![0; TRANSFER_BYTES];
        to.read_exact(&mut received).await.unwrap();
        to.write_all(b"!").await.unwrap();
        received
    };
    let ((), received) = tokio::join!(sending, receiving);
    assert!(received == sent, "not what was sent");
    started.elapsed()
}

#[test]
fn a_slow_link_is_seen_in_the_kernels_figures() {
    let Some(pair) = netns::pair() else { return };
    // 2 Mbit/s are 250 000 bytes per second.
    pair.client.tc(&format!(
        "qdisc add dev {WIRE} root tbf rate 2mbit burst 16kb latency 400ms"
    ));
    let rate = 250_000;
    pair.client.play(async || {
        let (mut dialed, mut accepted) = connect(&pair, TcpOptions::default()).await;
        let elapsed = transfer(&mut dialed, &mut accepted).await;
        let info = dialed.tcp_info().unwrap();
        assert!(info.acknowledged_bytes >= TRANSFER_BYTES as u64, "{info:?}");
        // All but the bucket's 16 KiB waited their turn.
        assert!(elapsed >= Duration::from_millis(900), "{elapsed:?}");
        // A sample can be taken over the bucket, or over a moment in which this machine was busy.
        assert!(
            (rate / 20..rate * 4).contains(&info.delivery_rate_bytes),
            "{info:?}"
        );
        assert!(
            info.rtt > Duration::from_millis(1) && info.rtt < NOTICED,
            "{info:?}"
        );
        assert!(info.rtt_min <= info.rtt, "{info:?}");
    });
}

#[test]
fn a_lossy_link_costs_retransmissions_and_no_byte() {
    let Some(pair) = netns::pair() else { return };
    // One segment per packet, so that a loss is one and not forty.
    pair.client
        .ip(&format!("link set dev {WIRE} gso_max_segs 1"));
    pair.server
        .on_input("tcp dport 7000 meta length > 1000 numgen inc mod 10 0 drop");
    pair.client.play(async || {
        let (mut dialed, mut accepted) = connect(&pair, TcpOptions::default()).await;
        transfer(&mut dialed, &mut accepted).await;
        let info = dialed.tcp_info().unwrap();
        assert!(info.retransmitted > 0, "{info:?}");
        assert!(info.acknowledged_bytes >= TRANSFER_BYTES as u64, "{info:?}");
    });
}

/// The twin: without a rule nothing is lost, so it is the rule that the figure shows.
#[test]
fn a_good_link_costs_no_retransmission() {
    let Some(pair) = netns::pair() else { return };
    pair.client.play(async || {
        let (mut dialed, mut accepted) = connect(&pair, TcpOptions::default()).await;
        transfer(&mut dialed, &mut accepted).await;
        assert_eq!(dialed.tcp_info().unwrap().retransmitted, 0);
    });
}
