//! The connections of a client: how many there are, whose turn it is, when they are closed, and that none gets lost.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::Request;
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Barrier, Notify, mpsc, watch};
use tokio::task::{JoinSet, yield_now};
use wharf_http::{Client, ClientConfig, Error, Phase};

use crate::harness::{
    BOTH, BoxIo, Fetched, OK, Origin, Scheme, fetch, raw, read_content, read_head, say, soon,
};

fn client(origin: &Origin, change: impl FnOnce(&mut ClientConfig)) -> Client {
    let mut config = origin.config();
    change(&mut config);
    Client::new(config)
}

fn one_place(origin: &Origin) -> Client {
    client(origin, |config| config.open_per_origin_max = 1)
}

/// The path of a request whose head that is.
fn path_of(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

/// A response whose content is that.
fn saying(content: &str, fields: &str) -> String {
    let length = content.len();
    format!("HTTP/1.1 200 OK\r\n{fields}content-length: {length}\r\n\r\n{content}")
}

/// A server that answers each request with its path, and keeps the paths. The fields may close the connection.
async fn parrot(scheme: Scheme, fields: &'static str) -> (Origin, Arc<Mutex<Vec<String>>>) {
    let paths = Arc::<Mutex<Vec<String>>>::default();
    let seen = Arc::clone(&paths);
    let origin = raw(scheme, move |_, mut io| {
        let seen = Arc::clone(&seen);
        async move {
            loop {
                let head = read_head(&mut io).await;
                if head.is_empty() {
                    return;
                }
                let path = path_of(&head).to_owned();
                say(&mut io, &saying(&path, fields)).await;
                seen.lock().unwrap().push(path);
                if fields.contains("close") {
                    let _ = io.shutdown().await;
                    return;
                }
            }
        }
    })
    .await;
    (origin, paths)
}

/// A server that answers `/held` with a head and a byte, and no more; everything else with `OK`.
async fn holding(scheme: Scheme) -> Origin {
    raw(scheme, |_, mut io| async move {
        loop {
            let head = read_head(&mut io).await;
            if head.is_empty() {
                return;
            }
            let is_held = path_of(&head) == "/held";
            say(&mut io, if is_held { &OK[..OK.len() - 1] } else { OK }).await;
        }
    })
    .await
}

/// Polls it once, without waiting.
async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

#[tokio::test]
async fn whoever_asked_first_is_served_first() {
    for scheme in BOTH {
        for fields in ["", "connection: close\r\n"] {
            let (origin, paths) = parrot(scheme, fields).await;
            let client = one_place(&origin);
            let asked: Vec<_> = (0..20).map(|n| format!("/{n}")).collect();
            // They are polled in this order, and so stand in line in this order.
            let answers = asked.iter().map(|path| fetch(&client, origin.get(path)));
            for (answer, path) in join_all(answers).await.iter().zip(&asked) {
                assert_eq!(answer.as_ref().unwrap().content, path, "{scheme:?}");
            }
            assert_eq!(*paths.lock().unwrap(), asked, "{scheme:?} {fields}");
            let connections = if fields.is_empty() { 1 } else { 20 };
            assert_eq!(origin.accepted(), connections, "{scheme:?}");
        }
    }
}

#[tokio::test]
async fn no_more_connections_are_opened_than_may_be() {
    for scheme in BOTH {
        let origin = raw(scheme, |_, mut io| async move {
            while !read_head(&mut io).await.is_empty() {
                // All others get to ask meanwhile.
                for _ in 0..10 {
                    yield_now().await;
                }
                say(&mut io, OK).await;
            }
        })
        .await;
        let client = client(&origin, |config| config.open_per_origin_max = 3);
        let answers = (0..60).map(|_| fetch(&client, origin.get("/")));
        for answer in join_all(answers).await {
            assert_eq!(answer.unwrap().content, "ok");
        }
        assert_eq!(origin.accepted(), 3, "{scheme:?}");
    }
}

#[tokio::test]
async fn whoever_goes_away_gives_up_its_turn_before_it_comes_and_when_it_has_come() {
    for scheme in BOTH {
        for has_come in [false, true] {
            let (origin, paths) = parrot(scheme, "").await;
            let client = one_place(&origin);
            let mut first = pin!(fetch(&client, origin.get("/first")));
            let mut gone = Box::pin(fetch(&client, origin.get("/gone")));
            let mut last = pin!(fetch(&client, origin.get("/last")));
            assert!(poll_once(first.as_mut()).await.is_pending());
            assert!(poll_once(gone.as_mut()).await.is_pending());
            assert!(poll_once(last.as_mut()).await.is_pending());
            if has_come {
                soon(first).await.unwrap();
                drop(gone);
            } else {
                drop(gone);
                soon(first).await.unwrap();
            }
            soon(last).await.unwrap();
            assert_eq!(*paths.lock().unwrap(), ["/first", "/last"], "{scheme:?}");
            assert_eq!(origin.accepted(), 1, "{scheme:?} {has_come}");
        }
    }
}

#[tokio::test]
async fn a_line_that_is_full_takes_nobody_until_somebody_leaves() {
    for scheme in BOTH {
        let origin = holding(scheme).await;
        let client = client(&origin, |config| {
            config.open_per_origin_max = 1;
            config.waiting_per_origin_max = 2;
        });
        let held = client.send(origin.get("/held")).await.unwrap();
        let mut one = Box::pin(fetch(&client, origin.get("/")));
        let mut other = pin!(fetch(&client, origin.get("/")));
        assert!(poll_once(one.as_mut()).await.is_pending());
        assert!(poll_once(other.as_mut()).await.is_pending());
        let error = fetch(&client, origin.get("/")).await.unwrap_err();
        assert_eq!(error.phase(), Some(Phase::Queue), "{scheme:?}");
        assert!(!error.is_timeout() && !error.is_connect());
        drop(one);
        let mut third = pin!(fetch(&client, origin.get("/")));
        assert!(poll_once(third.as_mut()).await.is_pending());
        drop(held);
        soon(other).await.unwrap();
        soon(third).await.unwrap();
    }
}

#[tokio::test]
async fn the_line_of_one_origin_is_not_that_of_another() {
    for scheme in BOTH {
        let (busy, free) = (holding(scheme).await, holding(Scheme::Http).await);
        let client = one_place(&busy);
        let _held = client.send(busy.get("/held")).await.unwrap();
        let mut waiting = pin!(fetch(&client, busy.get("/")));
        assert!(poll_once(waiting.as_mut()).await.is_pending());
        fetch(&client, free.get("/")).await.unwrap();
    }
}

/// A server that answers when so many requests are there at once.
async fn together(scheme: Scheme, count: usize) -> Origin {
    let barrier = Arc::new(Barrier::new(count));
    raw(scheme, move |_, mut io| {
        let barrier = Arc::clone(&barrier);
        async move {
            while !read_head(&mut io).await.is_empty() {
                barrier.wait().await;
                say(&mut io, OK).await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn no_more_idle_connections_are_kept_than_may_be() {
    for scheme in BOTH {
        for (idle_per_origin_max, idle_max) in [(2, 100), (100, 2), (0, 100), (100, 0)] {
            let origin = together(scheme, 4).await;
            let client = client(&origin, |config| {
                config.idle_per_origin_max = idle_per_origin_max;
                config.idle_max = idle_max;
            });
            for _ in 0..2 {
                let answers = (0..4).map(|_| fetch(&client, origin.get("/")));
                for answer in join_all(answers).await {
                    answer.unwrap();
                }
            }
            let kept = idle_per_origin_max.min(idle_max);
            assert_eq!(origin.accepted(), 4 + (4 - kept), "{scheme:?} {kept}");
        }
    }
}

/// A server that answers one request with `response`, and tells whether the client then closes as it should.
async fn watching(scheme: Scheme, response: String) -> (Origin, mpsc::Receiver<bool>) {
    let (tell, told) = mpsc::channel(4);
    let origin = raw(scheme, move |_, mut io| {
        let (response, tell) = (response.clone(), tell.clone());
        async move {
            while !read_head(&mut io).await.is_empty() {
                say(&mut io, &response).await;
                if !response.ends_with("ok") {
                    break;
                }
            }
            // Over TLS, without a close_notify this is an error.
            let ended = io.read(&mut [0; 1]).await;
            let _ = tell.send(matches!(ended, Ok(0))).await;
        }
    })
    .await;
    (origin, told)
}

#[tokio::test]
async fn idle_connections_are_closed_when_their_time_is_over() {
    for scheme in BOTH {
        for (keep_alive, idle_timeout, is_used_again) in [
            ("", Duration::from_millis(1), false),
            (
                "keep-alive: timeout=600\r\n",
                Duration::from_millis(1),
                false,
            ),
            ("keep-alive: timeout=1\r\n", Duration::MAX, false),
            ("Keep-Alive: max=5, timeout=2\r\n", Duration::MAX, true),
        ] {
            let (origin, mut closed) = watching(scheme, saying("ok", keep_alive)).await;
            let client = client(&origin, |config| config.idle_timeout = idle_timeout);
            fetch(&client, origin.get("/")).await.unwrap();
            if is_used_again {
                fetch(&client, origin.get("/")).await.unwrap();
                assert_eq!(origin.accepted(), 1, "{scheme:?} {keep_alive}");
            }
            let is_orderly = soon(closed.recv()).await.unwrap();
            assert!(is_orderly, "{scheme:?} {keep_alive}");
            fetch(&client, origin.get("/")).await.unwrap();
            assert_eq!(origin.accepted(), 2, "{scheme:?} {keep_alive}");
        }
    }
}

#[tokio::test]
async fn idle_connections_are_closed_on_demand_and_with_the_client() {
    for scheme in BOTH {
        for is_dropped in [false, true] {
            let (origin, mut closed) = watching(scheme, OK.to_owned()).await;
            let client = origin.client();
            fetch(&client, origin.get("/")).await.unwrap();
            let clone = client.clone();
            drop(client);
            fetch(&clone, origin.get("/")).await.unwrap();
            assert_eq!(origin.accepted(), 1, "a clone was not enough to keep it");
            if is_dropped {
                drop(clone);
                assert!(soon(closed.recv()).await.unwrap(), "{scheme:?}");
            } else {
                clone.close_idle();
                assert!(soon(closed.recv()).await.unwrap(), "{scheme:?}");
                fetch(&clone, origin.get("/")).await.unwrap();
                assert_eq!(origin.accepted(), 2, "{scheme:?}");
            }
        }
    }
}

#[tokio::test]
async fn content_outlives_its_client_and_its_connection_is_closed_behind_it() {
    for scheme in BOTH {
        let (origin, mut closed) = watching(scheme, OK[..OK.len() - 2].to_owned() + "o").await;
        let client = origin.client();
        let response = client.send(origin.get("/")).await.unwrap();
        drop(client);
        let mut content = response.into_body();
        let first = content.frame().await.unwrap().unwrap();
        assert_eq!(first.into_data().unwrap(), "o");
        assert!(poll_once(pin!(closed.recv())).await.is_pending());
        drop(content);
        // It ends in the middle of a response, so how is of no importance.
        soon(closed.recv()).await.unwrap();

        let (origin, mut closed) = watching(scheme, OK.to_owned()).await;
        let client = origin.client();
        let response = client.send(origin.get("/")).await.unwrap();
        drop(client);
        let content = response.into_body().collect().await.unwrap();
        assert_eq!(content.to_bytes(), "ok");
        assert!(soon(closed.recv()).await.unwrap(), "{scheme:?}");
    }
}

#[tokio::test]
async fn content_that_is_dropped_costs_the_connection_only_if_there_is_more_to_come() {
    for scheme in BOTH {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let whole = format!("{head}1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1\r\nd\r\n0\r\na: b\r\n\r\n");
        for (response, frames, connections) in [
            (whole.clone(), 0, 1),
            (whole.clone(), 1, 1),
            (whole.clone(), 3, 1),
            (whole[..whole.len() - 2].to_owned(), 0, 2),
            (whole[..whole.len() - 2].to_owned(), 4, 2),
            (OK.to_owned(), 0, 1),
            (OK[..OK.len() - 1].to_owned(), 0, 2),
            (OK[..OK.len() - 1].to_owned(), 1, 2),
            // Nobody knows where it ends.
            ("HTTP/1.1 200 OK\r\n\r\nok".to_owned(), 1, 2),
        ] {
            let shown = format!("{scheme:?} {frames} {}", response.escape_debug());
            let origin = raw(scheme, move |_, mut io| {
                let response = response.clone();
                async move {
                    while !read_head(&mut io).await.is_empty() {
                        say(&mut io, &response).await;
                    }
                }
            })
            .await;
            let client = one_place(&origin);
            for _ in 0..2 {
                let response = soon(client.send(origin.get("/"))).await.unwrap();
                let mut content = response.into_body();
                for _ in 0..frames {
                    soon(content.frame()).await.unwrap().unwrap();
                }
                drop(content);
            }
            assert_eq!(origin.accepted(), connections, "{shown}");
        }
    }
}

/// In a task: what runs next in it has not been told yet of what happened meanwhile.
#[tokio::test]
async fn a_connection_that_its_server_has_closed_costs_no_request_not_even_a_post() {
    for scheme in BOTH {
        for is_orderly in [true, false] {
            let closed = Arc::new(Notify::new());
            let tell = Arc::clone(&closed);
            let origin = raw(scheme, move |_, mut io| {
                let tell = Arc::clone(&tell);
                async move {
                    read_head(&mut io).await;
                    read_content(&mut io, 4).await;
                    say(&mut io, OK).await;
                    if is_orderly {
                        let _ = io.shutdown().await;
                    }
                    drop(io);
                    tell.notify_one();
                }
            })
            .await;
            let asking = tokio::spawn(async move {
                let client = one_place(&origin);
                for n in 1..=20 {
                    let answer = fetch(&client, origin.request("POST", "/", "data")).await;
                    assert_eq!(answer.unwrap().content, "ok", "{scheme:?}");
                    soon(closed.notified()).await;
                    assert_eq!(origin.accepted(), n);
                }
            });
            asking.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_request_that_says_close_is_the_last_on_its_connection() {
    for scheme in BOTH {
        let (origin, _) = parrot(scheme, "").await;
        let client = one_place(&origin);
        for n in 1..=3 {
            let mut request = origin.get("/");
            let close = "close".parse().unwrap();
            request.headers_mut().insert("connection", close);
            fetch(&client, request).await.unwrap();
            assert_eq!(origin.accepted(), n, "{scheme:?}");
        }
    }
}

#[tokio::test]
async fn another_client_certificate_is_for_new_connections_and_no_request_uses_an_old_one() {
    let (origin, _) = parrot(Scheme::Https, "").await;
    let client = one_place(&origin);
    fetch(&client, origin.get("/")).await.unwrap();
    fetch(&client, origin.get("/")).await.unwrap();
    assert_eq!(origin.accepted(), 1);
    origin.tls.set_identity(None);
    fetch(&client, origin.get("/")).await.unwrap();
    fetch(&client, origin.get("/")).await.unwrap();
    assert_eq!(origin.accepted(), 2);
}

/// Says it byte by byte, so that the client has to wait in many places.
async fn mumble(io: &mut BoxIo, text: &str) {
    for byte in text.as_bytes() {
        if io.write_all(&[*byte]).await.is_err() || io.flush().await.is_err() {
            return;
        }
        yield_now().await;
    }
}

/// Polls a request so many times, and drops it unless it is ready by then.
async fn polled<F>(times: usize, sending: F) -> Option<Result<Fetched, Error>>
where
    F: Future<Output = Result<Fetched, Error>>,
{
    if times == 0 {
        return None;
    }
    let (mut sending, mut polls) = (pin!(sending), 0);
    let cut = poll_fn(|cx| {
        polls += 1;
        match sending.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if polls == times => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    });
    soon(cut).await
}

/// With one place, a lost one would stop everything.
#[tokio::test]
async fn a_request_that_is_dropped_anywhere_costs_no_place_and_its_answer_goes_to_nobody() {
    for scheme in BOTH {
        let origin = raw(scheme, |_, mut io| async move {
            loop {
                let head = read_head(&mut io).await;
                if head.is_empty() {
                    return;
                }
                if path_of(&head) == "/plain" {
                    say(&mut io, OK).await;
                    continue;
                }
                mumble(&mut io, "HTTP/1.1 100 Continue\r\n\r\n").await;
                let mut content = [0; 20_000];
                if io.read_exact(&mut content).await.is_err() {
                    return;
                }
                mumble(&mut io, &saying("dropped", "")).await;
            }
        })
        .await;
        let content = Bytes::from(vec![b'x'; 20_000]);
        for is_kept in [false, true] {
            let request = || -> Request<Full<Bytes>> {
                let mut request = origin.request("PUT", "/mumbled", content.clone());
                let fields = request.headers_mut();
                fields.insert("expect", "100-continue".parse().unwrap());
                request
            };
            let plain = async |client: &Client| {
                let answer = fetch(client, origin.get("/plain")).await.unwrap();
                assert_eq!(answer.content, "ok");
            };
            let mut times = 0;
            loop {
                let client = one_place(&origin);
                if is_kept {
                    plain(&client).await;
                }
                let answer = polled(times, fetch(&client, request())).await;
                if let Some(answer) = answer {
                    assert_eq!(answer.unwrap().content, "dropped");
                    break;
                }
                plain(&client).await;
                plain(&client).await;
                times += 1;
            }
            assert!(times > 10, "{scheme:?}: it waited {times} times only");
        }
    }
}

/// How many connections a server has open.
struct Open(watch::Sender<usize>);

impl Open {
    fn count(self: &Arc<Self>) -> OneOpen {
        self.0.send_modify(|open| *open += 1);
        OneOpen(Arc::clone(self))
    }
}

struct OneOpen(Arc<Open>);

impl Drop for OneOpen {
    fn drop(&mut self) {
        self.0.0.send_modify(|open| *open -= 1);
    }
}

/// Numbers that look random, and are the same each time.
fn scattered(n: usize) -> usize {
    (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % 1000
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_requests_get_their_own_answers_and_leave_no_connection_behind() {
    const TASKS: usize = 32;
    const EACH: usize = 60;
    for scheme in BOTH {
        let (sender, mut watched) = watch::channel(0);
        let (open, requests) = (Arc::new(Open(sender)), Arc::<AtomicUsize>::default());
        let origin = raw(scheme, move |_, mut io| {
            let (open, requests) = (Arc::clone(&open), Arc::clone(&requests));
            async move {
                let _one = open.count();
                loop {
                    let head = read_head(&mut io).await;
                    if head.is_empty() {
                        return;
                    }
                    if !head.starts_with("GET") {
                        read_content(&mut io, 4).await;
                    }
                    let chance = scattered(requests.fetch_add(1, SeqCst));
                    for _ in 0..chance / 100 {
                        yield_now().await;
                    }
                    let path = path_of(&head);
                    match chance % 10 {
                        0 => mumble(&mut io, &saying(path, "")).await,
                        1 => {
                            say(&mut io, &saying(path, "connection: close\r\n")).await;
                            let _ = io.shutdown().await;
                            return;
                        }
                        _ => say(&mut io, &saying(path, "")).await,
                    }
                    match chance % 23 {
                        // Without a word, at once or when the next request is here.
                        0 => return,
                        1 => {
                            read_head(&mut io).await;
                            return;
                        }
                        _ => {}
                    }
                }
            }
        })
        .await;
        let client = client(&origin, |config| {
            config.open_per_origin_max = 8;
            config.idle_per_origin_max = 4;
        });
        let origin = Arc::new(origin);
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let (client, origin) = (client.clone(), Arc::clone(&origin));
            tasks.spawn(async move {
                for n in 0..EACH {
                    let path = format!("/{task}/{n}");
                    let (method, content) = match (task + n) % 3 {
                        0 => ("GET", ""),
                        1 => ("PUT", "data"),
                        _ => ("POST", "data"),
                    };
                    let sending = fetch(&client, origin.request(method, &path, content));
                    let answer = match scattered(task * EACH + n) % 19 {
                        0 => polled(1 + n % 4, sending).await,
                        _ => Some(sending.await),
                    };
                    match answer {
                        // One that cannot be sent twice.
                        None => {}
                        Some(Err(_)) if method == "POST" => {}
                        Some(answer) => assert_eq!(answer.unwrap().content, path),
                    }
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
        client.close_idle();
        let none_open = watched.wait_for(|open| *open == 0);
        soon(none_open).await.unwrap();
        assert!(origin.accepted() > 8, "no connection was ever closed");
        fetch(&client, origin.get("/last")).await.unwrap();
        drop(client);
        soon(watched.wait_for(|open| *open == 0)).await.unwrap();
    }
}

/// As a client in a `static` does, in one test after the other.
#[test]
fn a_client_outlives_its_runtime_and_is_looked_after_in_the_next() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    for scheme in BOTH {
        let servers = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (origin, mut closed) = servers.block_on(watching(scheme, OK.to_owned()));
        let client = client(&origin, |config| {
            config.open_per_origin_max = 1;
            config.idle_timeout = Duration::from_millis(1);
        });
        for _ in 0..2 {
            // The second one finds what the first one has left, whose sockets nobody drives any more.
            runtime().block_on(async {
                fetch(&client, origin.get("/")).await.unwrap();
            });
        }
        runtime().block_on(async {
            fetch(&client, origin.get("/")).await.unwrap();
            for _ in 0..3 {
                soon(closed.recv()).await.unwrap();
            }
        });
    }
}
