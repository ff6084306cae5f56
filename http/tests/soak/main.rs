//! A pool in bad company for a long time: its servers are slow, break off, and close whenever they like. Behind that it has
//! no connection left, and no more memory than near the beginning.
//!
//! One test in a process of its own: sockets and memory are those of the process, servers included.

#[expect(dead_code, reason = "the tests of the client use the rest")]
#[path = "../client/harness.rs"]
mod harness;

#[path = "../slow/memory.rs"]
mod memory;

mod figures;
mod requests;
mod server;

use std::net::TcpListener;
use std::time::Duration;

use tokio::task::yield_now;
use wharf_http::{Client, ClientConfig};

use crate::figures::sockets;
use crate::harness::{BOTH, Pki, Scheme, soon};
use crate::memory::grown_bytes;
use crate::requests::round;

/// Each has servers of its own, so that origins come and go too.
const ROUNDS: usize = 48;
/// By then there is what is kept for good: buffers of threads, the allocator's reserves.
const WARM_UP: usize = 8;
const EACH: usize = 250;
/// What may come on top. A kibibyte that is lost with each request is twice as much.
const GROWTH_BYTES_MAX: u64 = 8 * 1024 * 1024;

fn client(pki: &Pki) -> Client {
    Client::new(ClientConfig {
        tls: Some(pki.client.clone()),
        open_per_origin_max: 8,
        idle_per_origin_max: 4,
        idle_timeout: Duration::from_millis(50),
        ..ClientConfig::default()
    })
}

/// Waits until no socket is open that was not at the beginning.
async fn all_closed(at_first: usize) {
    let closed = async {
        while sockets() > at_first {
            yield_now().await;
        }
    };
    soon(closed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_time_with_servers_that_are_slow_and_close_leaks_no_connection_and_no_memory() {
    let at_first = sockets();
    let pki = Pki::new();
    let client = client(&pki);
    for number in 0..ROUNDS {
        if number == WARM_UP {
            all_closed(at_first).await;
            assert_eq!(grown_bytes(), 0, "from now on");
        }
        for scheme in BOTH {
            round(&client, &pki, scheme, number * EACH, EACH).await;
        }
    }
    // Nobody closes them but the pool, whose client is still here.
    all_closed(at_first).await;
    let grown = grown_bytes();
    eprintln!("{} KiB more than near the beginning", grown / 1024);
    assert!(grown < GROWTH_BYTES_MAX, "{grown} bytes more");

    // With an idle connection left, the client ends.
    round(&client, &pki, Scheme::Https, 0, EACH).await;
    drop(client);
    all_closed(at_first).await;

    // What was looked at does show a leak.
    let _socket = TcpListener::bind("127.0.0.1:0").unwrap();
    assert_eq!(sockets(), at_first + 1);
    let requests = (ROUNDS - WARM_UP) * 2 * EACH;
    let _lost: Vec<_> = (0..requests).map(|_| vec![1_u8; 1024]).collect();
    let grown = grown_bytes();
    assert!(grown > GROWTH_BYTES_MAX, "{grown} bytes more");
}
