//! Pipes cost descriptors: none is lost, none is held by a relay that waits, and their want stops nothing. In a program
//! of its own, since it counts the descriptors of the whole process and lowers their limit.

use std::sync::{Mutex, PoisonError};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use wharf_net::{RelayEnd, RelayOptions, RelayReport, relay};

/// Enough that most of it is spliced.
const BYTES: usize = 4 << 20;
/// Two for each pipe that a thread keeps for its next relay.
const KEPT_MAX: usize = 2 * 4;

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Bulk from one end to the other, whose streams stay open.
async fn bulk(client: &mut UnixStream, server: &mut UnixStream) {
    let sent = vec![9; BYTES];
    let mut heard = vec![0; BYTES];
    let (written, read) = tokio::join!(client.write_all(&sent), server.read_exact(&mut heard));
    written.unwrap();
    read.unwrap();
    assert!(sent == heard);
}

async fn relay_bulk_and_end(options: &RelayOptions) -> RelayReport {
    let (mut client, mut near) = UnixStream::pair().unwrap();
    let (mut far, mut server) = UnixStream::pair().unwrap();
    let peers = async {
        bulk(&mut client, &mut server).await;
        drop((client, server));
    };
    tokio::join!(relay(&mut near, &mut far, options), peers).0
}

/// One test at a time, each on a thread of its own: what that kept is closed when it is joined, and no sooner.
fn run<Fut: Future<Output = ()>>(test: impl FnOnce() -> Fut + Send + 'static) {
    static TURN: Mutex<()> = Mutex::new(());
    let _alone = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let thread = std::thread::spawn(|| {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(test());
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn a_relay_splices_and_leaves_no_descriptor_but_the_few_that_are_kept() {
    run(async || {
        let before = descriptors();
        for _ in 0..20 {
            let report = relay_bulk_and_end(&RelayOptions::default()).await;
            assert!(matches!(report.end, RelayEnd::Finished), "{report:?}");
        }
        let after = descriptors();
        assert!(after > before, "no pipe was kept, so none was used");
        assert!(after <= before + KEPT_MAX, "{before} became {after}");
    });
}

#[test]
fn a_relay_that_is_dropped_in_the_middle_takes_its_pipe_with_it() {
    run(async || {
        let before = descriptors();
        for _ in 0..20 {
            let (mut client, mut near) = UnixStream::pair().unwrap();
            let (mut far, _server) = UnixStream::pair().unwrap();
            let options = RelayOptions::default();
            let stalled = async {
                // No one reads at the other end: the pipe is full when this stops.
                let chunk = [0; 64 * 1024];
                while tokio::time::timeout(
                    std::time::Duration::from_millis(5),
                    client.write_all(&chunk),
                )
                .await
                .is_ok()
                {}
            };
            tokio::select! {
                report = relay(&mut near, &mut far, &options) => panic!("{report:?}"),
                () = stalled => {}
            }
        }
        let after = descriptors();
        assert!(after <= before + KEPT_MAX, "{before} became {after}");
    });
}

#[test]
fn silent_relays_hold_no_pipes() {
    const RELAYS: usize = 50;
    run(async || {
        let before = descriptors();
        let mut peers = Vec::new();
        for _ in 0..RELAYS {
            let (mut client, mut near) = UnixStream::pair().unwrap();
            let (mut far, mut server) = UnixStream::pair().unwrap();
            tokio::spawn(async move { relay(&mut near, &mut far, &RelayOptions::default()).await });
            bulk(&mut client, &mut server).await;
            bulk(&mut server, &mut client).await;
            peers.push((client, server));
        }
        let sockets = 4 * RELAYS;
        let held = descriptors() - before - sockets;
        assert!(held <= KEPT_MAX, "{held} descriptors");
    });
}

#[test]
fn where_no_descriptor_is_left_for_a_pipe_bytes_are_copied() {
    run(async || {
        // A size of its own: no pipe of it is kept from another test.
        let options = RelayOptions {
            pipe_bytes: 128 * 1024,
            ..RelayOptions::default()
        };
        let (mut client, mut near) = UnixStream::pair().unwrap();
        let (mut far, mut server) = UnixStream::pair().unwrap();
        let limit = getrlimit(Resource::Nofile);
        // Descriptors are given out from the lowest: nothing is free below the highest in use and a little above.
        let fillers: Vec<_> = (0..64)
            .map(|_| std::fs::File::open("/dev/null").unwrap())
            .collect();
        let highest = std::os::fd::AsRawFd::as_raw_fd(fillers.last().unwrap());
        let lowered = Rlimit {
            current: Some(u64::try_from(highest).unwrap() + 1),
            ..limit
        };
        setrlimit(Resource::Nofile, lowered).unwrap();
        let exhausted = rustix::pipe::pipe().is_err();
        let peers = async {
            bulk(&mut client, &mut server).await;
            bulk(&mut server, &mut client).await;
            setrlimit(Resource::Nofile, limit).unwrap();
            // And it goes on, now with a pipe.
            bulk(&mut client, &mut server).await;
            drop((client, server));
        };
        // It owns its streams: were it to end early, the peers would see it.
        let relay = async move { relay(&mut near, &mut far, &options).await };
        let (report, ()) = tokio::join!(relay, peers);
        assert!(exhausted, "pipes could still be had");
        assert!(matches!(report.end, RelayEnd::Finished), "{report:?}");
        assert_eq!(report.a_to_b, 2 * BYTES as u64);
        drop(fillers);
    });
}
