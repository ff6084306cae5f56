//! The same sentences over a pipe in memory and over real sockets, copied and spliced.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wharf_net::{RelayEnd, RelayOptions, RelayReport, RelaySide, Splice, relay};

use crate::peers::{Pair, expect_pattern, read_all, send_pattern};

/// A client, a server, and the relay between them, which drops both its streams at the end as a proxy does.
async fn relayed<S: Pair>(options: RelayOptions) -> (S, S, JoinHandle<RelayReport>) {
    let (client, mut near) = S::pair().await;
    let (mut far, server) = S::pair().await;
    let task = tokio::spawn(async move { relay(&mut near, &mut far, &options).await });
    (client, server, task)
}

fn options(splice: Splice) -> RelayOptions {
    RelayOptions {
        splice,
        ..RelayOptions::default()
    }
}

/// Over each kind of stream, with splicing and without.
macro_rules! over_each {
    ($($scenario:ident)*) => {
        mod tcp { over_each!(@both TcpStream: $($scenario)*); }
        mod unix { over_each!(@both UnixStream: $($scenario)*); }
        mod memory { over_each!(@both DuplexStream: $($scenario)*); }
    };
    (@both $stream:ident: $($scenario:ident)*) => {
        mod spliced { $(over_each!(@one $scenario $stream Auto);)* }
        mod copied { $(over_each!(@one $scenario $stream Never);)* }
    };
    (@one $scenario:ident $stream:ident $splice:ident) => {
        #[tokio::test]
        async fn $scenario() {
            crate::sockets::$scenario::<super::super::$stream>(wharf_net::Splice::$splice).await;
        }
    };
}

over_each! {
    all_of_64_mib_arrives_both_ways_at_once
    an_answer_comes_after_the_end_of_the_request
    an_end_of_the_server_leaves_the_client_sending
    ping_and_pong_pass_between_bursts
    a_side_that_never_ends_is_left_at_the_half_closed_limit
    what_is_not_taken_is_not_read
}

async fn all_of_64_mib_arrives_both_ways_at_once<S: Pair>(splice: Splice) {
    const BYTES: usize = 64 << 20;
    let (client, server, relay) = relayed::<S>(options(splice)).await;
    let (mut client_reads, mut client_writes) = tokio::io::split(client);
    let (mut server_reads, mut server_writes) = tokio::io::split(server);
    tokio::join!(
        send_pattern(&mut client_writes, 1, BYTES),
        send_pattern(&mut server_writes, 2, BYTES),
        expect_pattern(&mut server_reads, 1, BYTES),
        expect_pattern(&mut client_reads, 2, BYTES),
    );
    let report = relay.await.unwrap();
    assert!(matches!(report.end, RelayEnd::Finished), "{report:?}");
    assert_eq!((report.a_to_b, report.b_to_a), (BYTES as u64, BYTES as u64));
}

async fn an_answer_comes_after_the_end_of_the_request<S: Pair>(splice: Splice) {
    let (mut client, mut server, relay) = relayed::<S>(options(splice)).await;
    client.write_all(b"request").await.unwrap();
    client.shutdown().await.unwrap();
    assert_eq!(read_all(&mut server).await, b"request");
    tokio::join!(send_pattern(&mut server, 3, 3_000_000), async {
        expect_pattern(&mut client, 3, 3_000_000).await;
    });
    let report = relay.await.unwrap();
    assert!(matches!(report.end, RelayEnd::Finished), "{report:?}");
    assert_eq!((report.a_to_b, report.b_to_a), (7, 3_000_000));
}

async fn an_end_of_the_server_leaves_the_client_sending<S: Pair>(splice: Splice) {
    let (mut client, mut server, relay) = relayed::<S>(options(splice)).await;
    server.shutdown().await.unwrap();
    assert_eq!(read_all(&mut client).await, b"");
    tokio::join!(send_pattern(&mut client, 4, 3_000_000), async {
        expect_pattern(&mut server, 4, 3_000_000).await;
    });
    assert!(matches!(relay.await.unwrap().end, RelayEnd::Finished));
}

/// Small messages and bulk take turns, so that both ways of carrying do, and each wakes up after the other.
async fn ping_and_pong_pass_between_bursts<S: Pair>(splice: Splice) {
    let (mut client, mut server, relay) = relayed::<S>(options(splice)).await;
    let burst = vec![5; 700_000];
    let mut heard = vec![0; burst.len()];
    for round in 0..20 {
        client.write_u8(round).await.unwrap();
        assert_eq!(server.read_u8().await.unwrap(), round);
        server.write_u8(round).await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), round);
        let (sent, received) =
            tokio::join!(client.write_all(&burst), server.read_exact(&mut heard));
        sent.unwrap();
        received.unwrap();
        assert!(heard == burst);
    }
    drop((client, server));
    let report = relay.await.unwrap();
    assert_eq!((report.a_to_b, report.b_to_a), (20 * 700_001, 20));
}

async fn a_side_that_never_ends_is_left_at_the_half_closed_limit<S: Pair>(splice: Splice) {
    let (client, mut server, relay) = relayed::<S>(RelayOptions {
        half_closed_idle: Some(Duration::from_millis(50)),
        ..options(splice)
    })
    .await;
    drop(client);
    assert_eq!(read_all(&mut server).await, b"");
    let report = relay.await.unwrap();
    assert!(matches!(report.end, RelayEnd::Idle), "{report:?}");
}

async fn what_is_not_taken_is_not_read<S: Pair>(splice: Splice) {
    let (mut client, server, relay) = relayed::<S>(options(splice)).await;
    // The sockets' own buffers take some megabytes; a relay without back-pressure would take these 256.
    const STALLED_BYTES: usize = 256 << 20;
    let mut sent = 0;
    let chunk = vec![0; 1 << 20];
    while let Ok(written) = timeout(Duration::from_millis(300), client.write(&chunk)).await {
        sent += written.unwrap();
        assert!(sent < STALLED_BYTES, "nothing holds the writer back");
    }
    drop((client, server));
    relay.await.unwrap();
}

mod resets {
    use super::*;
    use std::io::ErrorKind::ConnectionReset;

    const BOTH: [Splice; 2] = [Splice::Auto, Splice::Never];

    fn reset(stream: TcpStream) {
        socket2::SockRef::from(&stream)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    }

    #[track_caller]
    fn assert_failed(report: &RelayReport, expected: RelaySide) {
        assert!(
            matches!(&report.end, RelayEnd::Failed { side, .. } if *side == expected),
            "{report:?}"
        );
    }

    #[tokio::test]
    async fn a_reset_of_either_side_reaches_the_other_as_one() {
        for splice in BOTH {
            let (client, mut server, relay) = relayed::<TcpStream>(options(splice)).await;
            reset(client);
            let error = server.read_u8().await.unwrap_err();
            assert_eq!(error.kind(), ConnectionReset);
            assert_failed(&relay.await.unwrap(), RelaySide::A);

            let (mut client, server, relay) = relayed::<TcpStream>(options(splice)).await;
            reset(server);
            let error = client.read_u8().await.unwrap_err();
            assert_eq!(error.kind(), ConnectionReset);
            assert_failed(&relay.await.unwrap(), RelaySide::B);
        }
    }

    #[tokio::test]
    async fn a_reset_in_the_middle_of_bulk_reaches_the_other_side() {
        for splice in BOTH {
            let (mut client, mut server, relay) = relayed::<TcpStream>(options(splice)).await;
            let source = tokio::spawn(async move {
                let chunk = vec![0; 1 << 20];
                for _ in 0..8 {
                    client.write_all(&chunk).await.unwrap();
                }
                reset(client);
            });
            let mut chunk = vec![0; 1 << 20];
            let error = loop {
                match server.read(&mut chunk).await {
                    Ok(0) => panic!("a cut stream looks whole"),
                    Ok(_) => {}
                    Err(error) => break error,
                }
            };
            assert_eq!(error.kind(), ConnectionReset);
            source.await.unwrap();
            assert_failed(&relay.await.unwrap(), RelaySide::A);
        }
    }

    #[tokio::test]
    async fn what_was_sent_before_a_reset_is_delivered() {
        for splice in BOTH {
            let (mut client, mut near) = TcpStream::pair().await;
            let (mut far, mut server) = TcpStream::pair().await;
            client.write_all(b"last words").await.unwrap();
            reset(client);
            let report = relay(&mut near, &mut far, &options(splice)).await;
            assert_failed(&report, RelaySide::A);
            drop((near, far));
            let mut heard = [0; 10];
            server.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"last words");
            let error = server.read_u8().await.unwrap_err();
            assert_eq!(error.kind(), ConnectionReset);
        }
    }

    /// A server that refuses a body answers and closes, and its kernel resets because it had not read everything. The
    /// answer waits in the relay's socket when writing to it fails.
    #[tokio::test]
    async fn an_answer_survives_the_failure_of_writing_to_its_sender() {
        for splice in BOTH {
            let (mut client, mut near) = TcpStream::pair().await;
            let (mut far, mut server) = TcpStream::pair().await;
            far.write_all(b"the head").await.unwrap();
            server.write_all(b"413").await.unwrap();
            server.readable().await.unwrap();
            drop(server);
            client.write_all(b"the body").await.unwrap();
            let report = relay(&mut near, &mut far, &options(splice)).await;
            assert_failed(&report, RelaySide::B);
            drop((near, far));
            let mut heard = [0; 3];
            client.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"413");
            let error = client.read_u8().await.unwrap_err();
            assert_eq!(error.kind(), ConnectionReset);
        }
    }

    /// FIN came first, so the answer is whole, whatever becomes of the rest of the request.
    #[tokio::test]
    async fn an_end_that_came_before_the_failure_is_passed_on_as_an_end() {
        for splice in BOTH {
            let (mut client, mut near) = TcpStream::pair().await;
            let (mut far, mut server) = TcpStream::pair().await;
            server.write_all(b"all of it").await.unwrap();
            drop(server);
            // The first write after the FIN is answered with a reset.
            far.write_all(b"too late").await.unwrap();
            client.write_all(b"the rest").await.unwrap();
            let report = relay(&mut near, &mut far, &options(splice)).await;
            assert_failed(&report, RelaySide::B);
            drop(far);
            assert_eq!(report.b_to_a, 9);
            let mut heard = [0; 9];
            client.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"all of it");
            assert_eq!(client.read(&mut heard).await.unwrap(), 0);
        }
    }

    #[tokio::test]
    async fn a_side_that_is_given_up_as_idle_is_reset() {
        for splice in BOTH {
            let (_client, mut server, relay) = relayed::<TcpStream>(RelayOptions {
                idle: Some(Duration::from_millis(50)),
                ..options(splice)
            })
            .await;
            let error = server.read_u8().await.unwrap_err();
            assert_eq!(error.kind(), ConnectionReset);
            assert!(matches!(relay.await.unwrap().end, RelayEnd::Idle));
        }
    }
}

#[tokio::test]
async fn connections_are_relayed_through_a_pipe_and_count_what_passes_them_by() {
    use wharf_net::{Addr, Conn, ConnInfo, Stream};
    let pair = || {
        let (near, far) = UnixStream::pair().unwrap();
        let conn = Conn::new(
            Stream::from(near),
            ConnInfo::new(Addr::Unnamed, Addr::Unnamed),
        );
        (conn, far)
    };
    let ((mut a, mut client), (mut b, mut server)) = (pair(), pair());
    let (counted_a, counted_b) = (a.counters().clone(), b.counters().clone());
    let sent = vec![7; 8 << 20];
    let mut received = Vec::new();
    let options = RelayOptions::default();
    let (report, written, read) = tokio::join!(
        relay(&mut a, &mut b, &options),
        async {
            client.write_all(&sent).await?;
            client.shutdown().await
        },
        async {
            server.read_to_end(&mut received).await?;
            server.write_all(b"thanks").await?;
            server.shutdown().await
        },
    );
    written.unwrap();
    read.unwrap();
    assert_eq!((report.a_to_b, report.b_to_a), (sent.len() as u64, 6));
    assert_eq!(received.len(), sent.len());
    let both = |counters: &wharf_net::Counters| (counters.read_bytes(), counters.written_bytes());
    assert_eq!(both(&counted_a), (sent.len() as u64, 6));
    assert_eq!(both(&counted_b), (6, sent.len() as u64));
}
