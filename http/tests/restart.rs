//! A server that is replaced again and again, under load: clients that take a new connection for each request notice
//! nothing.
//!
//! The listening socket is handed from one server to the next, as a supervisor or `systemd` does; so no connection is
//! ever in the queue of a socket that nobody listens on any more.

use std::convert::Infallible;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use http::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use wharf_http::{Incoming, Server, service_fn};
use wharf_net::{Bind, Drain, Listener};

const REQUESTS: usize = 30_000;
const CLIENTS: usize = 32;
const RESTARTS: usize = 20;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// One request on a connection of its own.
async fn ask(address: &str) -> String {
    let mut io = TcpStream::connect(address).await.unwrap();
    io.write_all(GET).await.unwrap();
    let mut answer = String::new();
    io.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_is_lost_when_servers_take_turns() {
    let options = Bind::default();
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &options)
        .await
        .unwrap();
    let address = listener.local_addr().to_string();
    let socket: OwnedFd = listener.into_fds().unwrap().pop().unwrap();

    let asked = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (address, asked) = (address.clone(), Arc::clone(&asked));
        clients.spawn(async move {
            let mut answered = 0;
            while asked.fetch_add(1, Relaxed) < REQUESTS {
                let answer = ask(&address).await;
                assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer:?}");
                assert!(answer.ends_with("\r\n\r\nstill here"), "{answer:?}");
                answered += 1;
            }
            answered
        });
    }

    let mut draining = JoinSet::new();
    for turn in 1..=RESTARTS {
        let listener = Listener::from_fd(socket.try_clone().unwrap(), &options).unwrap();
        let service = service_fn(|_: Request<Incoming>| async {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(Response::new("still here".to_owned()))
        });
        let drain = Drain::new();
        let serving = tokio::spawn(Server::new(service).serve(listener, drain.clone()));
        while asked.load(Relaxed) < REQUESTS * turn / RESTARTS {
            tokio::task::yield_now().await;
        }
        if turn == RESTARTS {
            // The last one stays until everybody has been answered.
            let answered: usize = clients.join_all().await.into_iter().sum();
            assert_eq!(answered, REQUESTS);
            clients = JoinSet::new();
        }
        drain.begin(Duration::from_secs(60));
        draining.spawn(serving);
    }
    for report in draining.join_all().await {
        let report = report.unwrap().unwrap();
        assert!(report.accepted > 0);
        assert_eq!((report.cut, report.panicked), (0, 0));
        assert_eq!(report.finished, report.accepted);
    }
}
