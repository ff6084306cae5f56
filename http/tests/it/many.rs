//! Several listeners, and a thread for each core.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::time::Duration;

use http::{Request, Response};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use wharf_http::{Entrance, Incoming, PerCore, Server, service_fn};
use wharf_net::{Addr, Bind, ConnInfo, Drain, Endpoint, Listener};

use super::pki::Pki;
use super::support::{content_of, full, statuses};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

async fn ask(mut io: impl AsyncRead + AsyncWrite + Unpin) -> String {
    io.write_all(GET).await.unwrap();
    let mut answer = String::new();
    io.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn listen(endpoint: &str) -> Listener {
    let endpoint: Endpoint = endpoint.parse().unwrap();
    Listener::bind(&endpoint, &Bind::default()).await.unwrap()
}

#[tokio::test]
async fn one_server_has_many_entrances() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let pki = Pki::new();
    let plain = listen("127.0.0.1:0").await;
    let unix = listen(&format!("unix:{}", path.display())).await;
    let secure = listen("127.0.0.1:0").await;
    let (plain_at, secure_at) = (plain.local_addr(), secure.local_addr());

    let service = service_fn(|request: Request<Incoming>| async move {
        let info = request.extensions().get::<ConnInfo>().unwrap();
        let kind = match info.local {
            Addr::Inet(_) => "inet",
            _ => "unix",
        };
        let tls = request.extensions().get::<wharf_http::TlsInfo>();
        let answer = format!("{kind}, tls {}", tls.is_some());
        Ok::<_, Infallible>(Response::new(full(answer)))
    });
    let server = Server::new(service);
    let (stats, drain) = (server.stats(), Drain::new());
    let entrances = [
        Entrance::http(plain),
        Entrance::http(unix),
        Entrance::https(secure, pki.server()),
    ];
    let serving = tokio::spawn(server.serve_all(entrances, drain.clone()));

    let tcp = TcpStream::connect(plain_at.to_string()).await.unwrap();
    assert_eq!(content_of(&ask(tcp).await), "inet, tls false");
    let unix = UnixStream::connect(&path).await.unwrap();
    assert_eq!(content_of(&ask(unix).await), "unix, tls false");
    let tcp = TcpStream::connect(secure_at.to_string()).await.unwrap();
    assert_eq!(
        content_of(&ask(pki.connect(tcp).await).await),
        "inet, tls true"
    );

    let mut idle = TcpStream::connect(plain_at.to_string()).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut answer = [0; 4096];
    assert!(idle.read(&mut answer).await.unwrap() > 0);
    drain.begin(Duration::from_secs(30));
    assert_eq!(idle.read(&mut answer).await.unwrap(), 0);
    drop(idle);
    let report = serving.await.unwrap().unwrap();
    assert_eq!((report.accepted, report.finished, report.cut), (4, 4, 0));
    assert_eq!((report.drained_idle, report.drained_answered), (1, 0));
    assert_eq!(stats.snapshot().requests, 4);
}

#[test]
fn each_thread_has_a_service_that_never_leaves_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let threads = NonZeroUsize::new(2).unwrap();
    let endpoint: Endpoint = "127.0.0.1:0".parse().unwrap();
    let per_core = runtime
        .block_on(PerCore::bind(&endpoint, &Bind::default(), threads))
        .unwrap();
    let address = per_core.local_addr().to_string();
    let server = Server::new(|| {
        let thread = std::thread::current().name().unwrap().to_owned();
        let count = Rc::new(Cell::new(0));
        service_fn(move |_: Request<Incoming>| {
            count.set(count.get() + 1);
            let answer = format!("{thread} {}", count.get());
            async move { Ok::<_, Infallible>(Response::new(full(answer))) }
        })
    });
    let drain = Drain::new();
    let report = std::thread::scope(|scope| {
        let serving = scope.spawn(|| per_core.serve(&server, &drain).unwrap());
        // The kernel spreads connections by a hash of their addresses: of so many, some go to each.
        let mut last: BTreeMap<String, u32> = BTreeMap::new();
        for _ in 0..64 {
            let answer =
                runtime.block_on(async { ask(TcpStream::connect(&address).await.unwrap()).await });
            assert_eq!(statuses(&answer), [200]);
            let (thread, count) = content_of(&answer).split_once(' ').unwrap();
            let last = last.entry(thread.to_owned()).or_default();
            assert_eq!(count.parse(), Ok(*last + 1));
            *last += 1;
        }
        let names: Vec<_> = last.keys().map(String::as_str).collect();
        assert_eq!(names, ["wharf-http-0", "wharf-http-1"]);
        drain.begin(Duration::from_secs(30));
        serving.join().unwrap()
    });
    assert_eq!((report.accepted, report.finished), (64, 64));
    assert_eq!(server.stats().snapshot().requests, 64);
}
