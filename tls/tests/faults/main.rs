//! TLS over a bad network: what arrives is what was sent, or there is an error.

#[expect(dead_code, reason = "each test file uses its part of it")]
#[path = "../authority/mod.rs"]
mod authority;
mod cuts;
mod pair;
mod peers;
mod silence;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf_faults::{Plan, Profile, Script, Step, faulty_pipe};

use crate::peers::{Peers, TLS12, TLS13};

/// Sends 200 kB to the server, which sends them back.
async fn echo_large(plan: Plan) {
    let content: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let peers = Peers::new(TLS13);
    let (near, far, network) = faulty_pipe(64 * 1024, plan.clone());
    let network = tokio::spawn(network);
    let serve = async {
        let mut stream = peers.server.accept(far).await.unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).await.unwrap();
        stream.write_all(&received).await.unwrap();
        stream.shutdown().await.unwrap();
    };
    let ask = async {
        let mut stream = peers.connect(near).await.unwrap();
        stream.write_all(&content).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).await.unwrap();
        assert!(received == content, "{plan:?}: other content");
    };
    tokio::join!(serve, ask);
    network.await.unwrap();
}

#[tokio::test]
async fn a_large_transfer_survives_slices_of_every_small_size() {
    // The first of them go through the handshake. All 200 kB in single bytes would take a minute.
    let slices: Vec<_> = (1..=7)
        .map(|size| Step::Slice { size, bytes: 5000 })
        .collect();
    echo_large(Plan::both(Script::new(slices))).await;
}

#[tokio::test]
async fn a_handshake_and_some_records_survive_slices_of_every_small_size() {
    let peers = Peers::new(TLS13);
    for size in 1..=7 {
        let plan = Plan::both(Script::sliced(size));
        let uploaded = peers
            .upload(plan.clone(), &[&[b'x'; 1000], &[b'x'; 1]])
            .await;
        assert!(uploaded.is_honest(&[b'x'; 1001], &plan), "{size}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_transfer_survives_a_drip() {
    let drip = Script::dripped(1000, Duration::from_millis(50));
    echo_large(Plan::both(drip)).await;
}

#[tokio::test(start_paused = true)]
async fn no_corrupted_byte_of_a_record_is_ever_delivered() {
    for (version, overhead) in [(TLS13, 5 + 1 + 16), (TLS12, 5 + 8 + 16)] {
        let peers = Peers::new(version);
        let (handshake, _) = peers.handshake_bytes().await;
        let record = b"forty bytes of content in a single record";
        for at in 0..record.len() as u64 + overhead {
            for xor in [0x01, 0x80, 0xff] {
                let plan = Plan::a_to_b(Script::after(handshake + at, Step::Corrupt { xor }));
                let uploaded = peers.upload(plan.clone(), &[record]).await;
                // rustls authenticates the header that a record of TLS 1.3 has to have, not the one that came: it does
                // not look at the type, nor at the version, which RFC 8446 §5.1 tells to ignore. The content is
                // the one that was sent.
                if version == TLS13 && at <= 2 {
                    uploaded.is_honest(record, &plan);
                    continue;
                }
                let what = format!("{:?}, byte {at}, xor {xor:#x}", version.version);
                let (received, _) = uploaded.broken(&what);
                assert_eq!(received, b"", "{what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_swapped_repeated_or_lost_is_an_error() {
    let (first, second): (&[u8], &[u8]) = (b"first record", b"other record");
    let length = first.len() + 5 + 1 + 16;
    let peers = Peers::new(TLS13);
    let (handshake, _) = peers.handshake_bytes().await;
    for (step, delivered) in [
        (
            Step::Swap {
                first: length,
                second: length,
            },
            &b""[..],
        ),
        (Step::Duplicate { bytes: length }, first),
        (
            Step::Lose {
                bytes: length as u64,
            },
            b"",
        ),
    ] {
        let plan = Plan::a_to_b(Script::after(handshake, step));
        let uploaded = peers.upload(plan, &[first, second]).await;
        let (received, _) = uploaded.broken(&format!("{step:?}"));
        assert_eq!(received, delivered, "{step:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_the_network_does_the_content_is_whole_or_there_is_an_error() {
    let content = [b'x'; 3000];
    for (profile, arrives) in [
        (Profile::Slow, true),
        (Profile::Broken, false),
        (Profile::Silent, false),
        (Profile::Corrupting, false),
    ] {
        for seed in 0..40 {
            let peers = Peers::new(if seed % 2 == 0 { TLS13 } else { TLS12 });
            let plan = Plan {
                a_to_b: Script::seeded(seed, profile, 4000),
                b_to_a: Script::seeded(seed + 1000, Profile::Slow, 1000),
            };
            let uploaded = peers.upload(plan.clone(), &[&content]).await;
            let is_whole = uploaded.is_honest(&content, &plan);
            assert!(is_whole || !arrives, "{plan:?}: {:?}", uploaded.0);
        }
    }
}
