//! Whole connections, each at every pace.

use http::Extensions;
use wharf_http::{CloseReason, Server};

use crate::gate::{Pace, Wake};
use crate::reply::Reply;
use crate::runner::{Order, Tasks, run};
use crate::service::{LARGE_BYTES, service};
use crate::wire::{Script, Step, Wire};

const GET: &str = "GET /one HTTP/1.1\r\nHost: a\r\n\r\n";

/// What a client makes of a response.
type Seen = (u16, String, Vec<(String, String)>);

fn seen(status: u16, content: &str) -> Seen {
    (status, content.to_owned(), Vec::new())
}

/// Runs a connection and returns what the client saw, and why it was closed. The clock stands still.
#[track_caller]
fn connection(steps: &[Step], script: Script, order: Order) -> (Vec<Seen>, CloseReason, Lengths) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let _entered = runtime.enter();
    let wire = Wire::new(steps, script);
    let drain = wire.lock().drain.clone();
    let tasks = Tasks::default();
    let server = Server::new(service(tasks.clone()));
    let served = run(
        server.serve_connection(wire.clone(), Extensions::new(), &drain),
        &tasks,
        &wire,
        order,
    );
    let reason = served.unwrap_or_else(|fault| {
        panic!(
            "{fault:?}: {script:?} {order:?}\n{}",
            wire.lock().seen().escape_ascii()
        )
    });
    let state = wire.lock();
    let replies = Reply::all(state.seen()).into_iter();
    let replies = replies.map(|reply| (reply.status, reply.text().to_owned(), reply.trailers));
    let lengths = Lengths {
        sent: steps
            .iter()
            .map(|step| {
                if let Step::Send(bytes) = step {
                    bytes.len()
                } else {
                    0
                }
            })
            .sum(),
        received: state.seen().len(),
    };
    (
        replies.collect(),
        reason.expect("there is no handshake to fail"),
        lengths,
    )
}

struct Lengths {
    sent: usize,
    received: usize,
}

const FREE: Script = Script {
    reads: Pace::Free,
    writes: Pace::Free,
    wake: Wake::Later,
    is_vectored: true,
};

/// The same is seen whenever the transport is not ready.
#[track_caller]
fn check(steps: &[Step], expected: &[Seen], reason: CloseReason) {
    let same = |script: Script, order| {
        let (seen, closed, lengths) = connection(steps, script, order);
        assert_eq!(seen, expected, "{script:?} {order:?}");
        assert_eq!(closed, reason, "{script:?} {order:?}");
        lengths
    };
    let lengths = same(FREE, Order::ReadsFirst);
    let scripts = |reads, writes| {
        [Wake::AtOnce, Wake::Later].map(|wake| Script {
            reads,
            writes,
            wake,
            ..FREE
        })
    };
    for bytes in [1, 2, 3, 7, 64] {
        let every = Pace::Every(bytes);
        for script in [(every, every), (every, Pace::Free), (Pace::Free, every)]
            .into_iter()
            .flat_map(|(reads, writes)| scripts(reads, writes))
        {
            same(script, Order::ReadsFirst);
            same(script, Order::WritesFirst);
            let is_vectored = false;
            same(
                Script {
                    is_vectored,
                    ..script
                },
                Order::WritesFirst,
            );
            for seed in 0..3 {
                same(script, Order::Seeded(seed * 1_000_003 + bytes as u64));
            }
        }
    }
    // One wait in all: nothing else can wake the task for it.
    for at in 0..=lengths.sent {
        for script in scripts(Pace::Once(at), Pace::Free) {
            same(script, Order::ReadsFirst);
        }
    }
    for at in 0..lengths.received.min(1000) {
        for script in scripts(Pace::Free, Pace::Once(at)) {
            same(script, Order::ReadsFirst);
        }
    }
}

#[test]
fn requests_of_a_kept_connection_are_answered_in_turn() {
    let late = "GET /late HTTP/1.1\r\nHost: a\r\n\r\n";
    check(
        &[
            Step::Send(GET),
            Step::Await(1, "/one"),
            Step::Send(late),
            Step::Await(1, "late"),
            Step::Send(GET),
            Step::Await(2, "/one"),
        ],
        &[seen(200, "/one"), seen(200, "late"), seen(200, "/one")],
        CloseReason::ByPeer,
    );
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    check(
        &[Step::Send(concat!(
            "GET /one HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            "POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "GET /late HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /two HTTP/1.1\r\nHost: a\r\n\r\n",
        ))],
        &[
            seen(200, "/one"),
            seen(200, "hello"),
            seen(200, "abc"),
            seen(200, "late"),
            seen(200, "/two"),
        ],
        CloseReason::ByPeer,
    );
}

#[test]
fn chunks_go_up_and_down_with_their_trailers() {
    let trailers = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    check(
        &[
            Step::Send(
                "POST /echo HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n",
            ),
            Step::Send("5\r\nhello\r\n6;a=b\r\n world\r\n"),
            Step::Await(1, "HTTP/1.1 200"),
            Step::Send("0\r\nX-Sum: 11\r\n\r\n"),
            Step::Await(1, "x-sum: 11"),
            Step::Send("GET /pieces HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n"),
            Step::Await(1, "x-pieces"),
        ],
        &[
            (200, "hello world".to_owned(), trailers("x-sum", "11")),
            (
                200,
                "piece 1;piece 2;piece 3;".to_owned(),
                trailers("x-pieces", "3"),
            ),
        ],
        CloseReason::ByPeer,
    );
}

#[test]
fn an_echo_gives_back_each_piece_before_the_next_is_sent() {
    check(
        &[
            Step::Send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"),
            Step::Await(1, "abc"),
            Step::Send("def"),
            Step::Await(1, "abcdef"),
            Step::Send("ghi"),
            Step::Await(1, "abcdefghi"),
        ],
        &[seen(200, "abcdefghi")],
        CloseReason::ByPeer,
    );
}

#[test]
fn a_client_that_waits_for_100_gets_it() {
    let head =
        "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    check(
        &[
            Step::Send(head),
            Step::Await(1, "HTTP/1.1 100 Continue\r\n\r\n"),
            Step::Send("hello"),
            Step::Await(1, "hello"),
            Step::Send(GET),
        ],
        &[seen(100, ""), seen(200, "hello"), seen(200, "/one")],
        CloseReason::ByPeer,
    );
}

#[test]
fn a_response_before_the_request_is_whole_leaves_the_connection_usable() {
    check(
        &[
            Step::Send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"),
            Step::Await(1, "ignored"),
            Step::Send("0123456789"),
            Step::Send(GET),
            Step::Await(1, "/one"),
        ],
        &[seen(200, "ignored"), seen(200, "/one")],
        CloseReason::ByPeer,
    );
}

#[test]
fn a_response_to_a_request_that_is_too_long_to_read_ends_the_connection() {
    check(
        &[
            Step::Send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"),
            Step::AwaitEnd,
            Step::Send("what was on its way already"),
        ],
        &[seen(200, "ignored")],
        CloseReason::NotPersistent,
    );
}

#[test]
fn a_refusal_arrives_and_the_close_waits_for_the_client() {
    check(
        &[
            Step::Send(GET),
            Step::Await(1, "/one"),
            Step::Send("GARBAGE\r\n\r\n"),
            Step::AwaitEnd,
            Step::Send("more of it"),
        ],
        &[seen(200, "/one"), seen(400, "malformed request line\n")],
        CloseReason::Protocol(wharf_http::h1::ProtocolError::MalformedRequestLine),
    );
}

#[test]
fn a_drain_wakes_an_idle_connection() {
    check(
        &[
            Step::Send(GET),
            Step::Await(1, "/one"),
            Step::Drain,
            Step::AwaitEnd,
        ],
        &[seen(200, "/one")],
        CloseReason::Drain,
    );
}

#[test]
fn content_that_is_not_copied_leaves_whole() {
    let get = "GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\n\r\n";
    let large = "x".repeat(LARGE_BYTES);
    check(
        &[Step::Send(get)],
        &[seen(200, &large), seen(200, &large)],
        CloseReason::ByPeer,
    );
}

#[test]
fn a_body_is_read_in_another_task() {
    check(
        &[
            Step::Send("POST /elsewhere HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"),
            Step::Send("01234"),
            Step::Send("56789"),
            Step::Await(1, "0123456789"),
            Step::Send("POST /elsewhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Step::Send("3\r\nabc\r\n"),
            Step::Send("0\r\n\r\n"),
            Step::Await(1, "abc"),
        ],
        &[seen(200, "0123456789"), seen(200, "abc")],
        CloseReason::ByPeer,
    );
}

#[test]
fn a_body_is_left_in_another_task_behind_the_response() {
    for (head, answer) in [
        (
            "POST /leave HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n",
            "left",
        ),
        (
            "POST /give-up HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n",
            "given up",
        ),
    ] {
        check(
            &[
                Step::Send(head),
                Step::Send("01234"),
                Step::Await(1, answer),
                Step::Send("56789"),
                Step::Send(GET),
                Step::Await(1, "/one"),
            ],
            &[seen(200, answer), seen(200, "/one")],
            CloseReason::ByPeer,
        );
    }
}
