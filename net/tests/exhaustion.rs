//! A process at its descriptor limit. A program of its own: the limit is the process's.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use wharf_net::{Bind, Listener};

/// More than there is room for.
const CLIENTS: usize = 40;
const ROOM: usize = 20;
/// How long the process is watched at its limit.
const WATCHED: Duration = Duration::from_secs(2);

fn cpu_time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap()
}

/// Takes every descriptor there is but `ROOM`. A limit counts numbers, and there may be gaps among those in use.
fn leave_room(limit: u64) -> Vec<std::fs::File> {
    let open = |_| std::fs::File::open("/dev/null");
    let mut files: Vec<_> = (0..=limit).map_while(|at| open(at).ok()).collect();
    files.truncate(files.len() - ROOM);
    files
}

#[tokio::test]
async fn at_the_limit_it_rests_keeps_what_it_has_and_recovers() {
    let mut listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
        .await
        .unwrap();
    let address = listener.local_addr().inet().unwrap();
    let stats = listener.stats();
    // Made before the limit, connected after it.
    let sockets: Vec<_> = (0..CLIENTS).map(|_| TcpSocket::new_v4().unwrap()).collect();
    let before = getrlimit(Resource::Nofile);
    let limit = Rlimit {
        current: Some(128),
        maximum: before.maximum,
    };
    setrlimit(Resource::Nofile, limit).unwrap();
    let _taken = leave_room(128);

    let began = std::time::Instant::now();
    let (accepted, mut conns) = tokio::sync::mpsc::channel(CLIENTS);
    let accepting = tokio::spawn(async move {
        while let Ok(conn) = listener.accept().await {
            if accepted.send(conn).await.is_err() {
                return;
            }
        }
    });
    let mut clients = Vec::new();
    for socket in sockets {
        clients.push(socket.connect(address).await.unwrap());
    }
    let mut served = Vec::new();
    for _ in 0..ROOM {
        served.push(conns.recv().await.unwrap());
    }

    // Watched for a while: what it does is counted, not how long anything takes.
    let cpu_before = cpu_time();
    tokio::time::sleep(WATCHED).await;
    let cpu = cpu_time() - cpu_before;
    let exhausted = stats.snapshot().exhausted;
    assert!(
        conns.try_recv().is_err(),
        "there was no descriptor for one more"
    );
    // Pauses of 10, 20, 40, … 640 ms, then of a second each: seven, and one for each second that it has lasted.
    let attempts_max = 8 + began.elapsed().as_secs();
    assert!(
        (1..=attempts_max).contains(&exhausted),
        "{exhausted} attempts"
    );
    assert!(cpu < WATCHED.mul_f64(0.05), "{cpu:?} of {WATCHED:?}");

    // What it has goes on.
    let mut buffer = [0; 4];
    served[3].write_all(b"ping").await.unwrap();
    let mut answered = 0;
    for client in &mut clients {
        if Some(client.local_addr().unwrap()) == served[3].info().peer.inet() {
            client.read_exact(&mut buffer).await.unwrap();
            answered += 1;
        }
    }
    assert_eq!((answered, &buffer), (1, b"ping"));

    // With each attempt, one of those that wait was refused instead of being left in the belief to be connected.
    let mut refused = 0;
    for client in &mut clients {
        refused += usize::from(client.try_read(&mut buffer).is_ok_and(|read| read == 0));
    }
    assert!(
        refused >= 1 && refused as u64 <= exhausted,
        "{refused} refused"
    );

    // Half of them end: the next ones are served, without anybody having to tell the listener.
    let recovered = 10;
    served.truncate(ROOM - recovered);
    for _ in 0..recovered {
        served.push(conns.recv().await.unwrap());
    }
    setrlimit(Resource::Nofile, before).unwrap();
    accepting.abort();
}
