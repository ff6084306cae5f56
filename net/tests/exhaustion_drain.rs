//! A drain at the descriptor limit. A program of its own: the limit is the process's.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wharf_net::{Bind, Conn, Drain, Listener, serve};

#[tokio::test]
async fn who_waits_for_a_descriptor_when_the_drain_begins_is_still_served() {
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
        .await
        .unwrap();
    let address = listener.local_addr().inet().unwrap();
    let stats = listener.stats();
    let mut client = TcpStream::connect(address).await.unwrap();

    let before = getrlimit(Resource::Nofile);
    let limit = Rlimit {
        current: Some(128),
        maximum: before.maximum,
    };
    setrlimit(Resource::Nofile, limit).unwrap();
    let taken: Vec<_> = (0..=128)
        .map_while(|_| std::fs::File::open("/dev/null").ok())
        .collect();

    let drain = Drain::new();
    drain.begin(Duration::from_secs(60));
    let server = serve(listener, drain, |mut conn: Conn| async move {
        conn.write_u8(1).await.unwrap();
    });
    let client = async {
        while stats.snapshot().exhausted == 0 {
            tokio::task::yield_now().await;
        }
        drop(taken);
        client.read_u8().await.unwrap()
    };
    let (report, answer) = tokio::join!(server, client);
    assert_eq!((report.unwrap().finished, answer), (1, 1));
    setrlimit(Resource::Nofile, before).unwrap();
}
