//! Whatever the sizes and the order of the ends, each side hears what the other said.

use std::time::Duration;

use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::UnixStream;
use wharf_net::{RelayEnd, RelayOptions, Splice, relay};

use crate::peers::Pair;

/// What one side says, and when.
#[derive(Clone, Debug)]
struct Side {
    chunks: Vec<Vec<u8>>,
    /// Ends its stream only after it has heard the other's end.
    ends_last: bool,
    /// How much it reads at once.
    read_bytes: usize,
}

fn side(chunk_bytes_max: usize) -> impl Strategy<Value = Side> {
    let chunk = (1..=chunk_bytes_max, any::<u8>()).prop_map(|(length, first)| {
        (0..length)
            .map(|at| first.wrapping_add((at % 251) as u8))
            .collect()
    });
    (
        prop::collection::vec(chunk, 0..8),
        any::<bool>(),
        1..chunk_bytes_max,
    )
        .prop_map(|(chunks, ends_last, read_bytes)| Side {
            chunks,
            ends_last,
            read_bytes,
        })
}

/// Says its chunks while it listens; what it heard.
async fn act<S: Pair>(stream: S, side: &Side) -> Vec<u8> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let (heard_end, end) = tokio::sync::oneshot::channel();
    let speak = async {
        for chunk in &side.chunks {
            writer.write_all(chunk).await.unwrap();
            tokio::task::yield_now().await;
        }
        if side.ends_last {
            end.await.unwrap();
        }
        writer.shutdown().await.unwrap();
    };
    let listen = async {
        let mut heard = Vec::new();
        let mut some = vec![0; side.read_bytes];
        loop {
            match reader.read(&mut some).await.unwrap() {
                0 => break,
                read => heard.extend_from_slice(&some[..read]),
            }
        }
        let _ = heard_end.send(());
        heard
    };
    tokio::join!(speak, listen).1
}

fn check<S: Pair>(
    streams: impl Future<Output = [S; 4]>,
    client: &Side,
    server: &Side,
    options: RelayOptions,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let [outer_a, mut a, mut b, outer_b] = streams.await;
        let (report, at_client, at_server) = tokio::join!(
            relay(&mut a, &mut b, &options),
            act(outer_a, client),
            act(outer_b, server)
        );
        assert!(at_server == client.chunks.concat());
        assert!(at_client == server.chunks.concat());
        assert!(matches!(report.end, RelayEnd::Finished), "{report:?}");
        assert_eq!(report.a_to_b, at_server.len() as u64);
        assert_eq!(report.b_to_a, at_client.len() as u64);
    });
}

fn options(buffer_bytes: usize, pipe_bytes: usize, splice: bool) -> RelayOptions {
    RelayOptions {
        // Both waiting for the other's end is no order of ends.
        idle: Some(Duration::from_secs(60)),
        buffer_bytes,
        pipe_bytes,
        splice: if splice { Splice::Auto } else { Splice::Never },
        ..RelayOptions::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_side_hears_the_other_through_memory(
        client in side(3_000), mut server in side(3_000),
        pipes in (1..2_000_usize, 1..2_000_usize), buffer_bytes in 0..5_000_usize,
    ) {
        server.ends_last &= !client.ends_last;
        let streams = async {
            let (outer_a, a) = duplex(pipes.0);
            let (b, outer_b): (DuplexStream, DuplexStream) = duplex(pipes.1);
            [outer_a, a, b, outer_b]
        };
        check(streams, &client, &server, options(buffer_bytes, 0, true));
    }

    #[test]
    fn each_side_hears_the_other_through_sockets(
        client in side(300_000), mut server in side(300_000),
        buffer_bytes in 0..100_000_usize, pipe_bytes in 0..500_000_usize, splice: bool,
    ) {
        server.ends_last &= !client.ends_last;
        let streams = async {
            let (outer_a, a) = UnixStream::pair().unwrap();
            let (b, outer_b) = UnixStream::pair().unwrap();
            [outer_a, a, b, outer_b]
        };
        check(streams, &client, &server, options(buffer_bytes, pipe_bytes, splice));
    }
}
