//! The client behind a bad network: the right answer or an error, and nothing that must not be sent twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use tokio::io::AsyncReadExt;
use wharf_faults::{Ends, FaultProxy, Outcome, Plan, Profile, Report, Script, Step};
use wharf_http::{Client, Error, Timeouts};

use crate::harness::{BOTH, OK, Origin, Scheme, fetch, raw, read_head, say, soon};

const METHODS: [&str; 3] = ["GET", "PUT", "POST"];
const SENT: &str = "what is sent";
/// Chunked, so that there is much that can be cut.
const ANSWER: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
                      4;a=b\r\nthe \r\n6\r\nright \r\n6\r\nanswer\r\n0\r\nx-sum: 1\r\n\r\n";

/// A server that counts how often it sees each request.
struct Far {
    origin: Origin,
    seen: Arc<Mutex<HashMap<String, usize>>>,
    asked: AtomicUsize,
}

impl Far {
    async fn new(scheme: Scheme) -> Self {
        let seen = Arc::<Mutex<HashMap<_, _>>>::default();
        let count = Arc::clone(&seen);
        let origin = raw(scheme, move |_, mut io| {
            let count = Arc::clone(&count);
            async move {
                loop {
                    let head = read_head(&mut io).await;
                    // A part of a head, too, if it tells which request it is.
                    let mut words = head.split(' ');
                    if let (Some(_), Some(path), Some(_)) =
                        (words.next(), words.next(), words.next())
                    {
                        *count.lock().unwrap().entry(path.to_owned()).or_default() += 1;
                    }
                    if !head.ends_with("\r\n\r\n") {
                        return;
                    }
                    if head.contains(" /plain ") {
                        say(&mut io, OK).await;
                        continue;
                    }
                    if !head.starts_with("GET") {
                        let mut content = [0; SENT.len()];
                        if io.read_exact(&mut content).await.is_err() {
                            return;
                        }
                        assert_eq!(content, SENT.as_bytes());
                    }
                    say(&mut io, ANSWER).await;
                }
            }
        })
        .await;
        Self {
            origin,
            seen,
            asked: AtomicUsize::default(),
        }
    }

    /// Sends a request through a network that is bad for the first connection.
    async fn ask(&self, method: &str, is_kept: bool, plan: &Plan) -> Asked {
        let connections = Arc::<AtomicUsize>::default();
        let (first, count) = (plan.clone(), Arc::clone(&connections));
        let mut proxy = FaultProxy::start(self.origin.address, move |number| {
            count.fetch_add(1, SeqCst);
            match number {
                0 => first.clone(),
                _ => Plan::default(),
            }
        })
        .await
        .unwrap();
        let client = self.origin.client();
        let (near, far) = (proxy.address().to_string(), self.origin.address.to_string());
        let request = |method: &str, path: &str, content: &'static str| {
            let mut request = self.origin.request(method, path, content);
            let uri = request.uri().to_string().replace(&far, &near);
            *request.uri_mut() = uri.parse().unwrap();
            request
        };
        if is_kept {
            // It may be cut in its handshake, or behind the response.
            let _ = fetch(&client, request("GET", "/plain", "")).await;
        }
        let content = if method == "GET" { "" } else { SENT };
        let path = format!("/{}", self.asked.fetch_add(1, SeqCst));
        let answer = fetch(&client, request(method, &path, content)).await;
        let answer = answer.map(|answer| {
            let sum = &answer.trailers.expect("trailers")["x-sum"];
            assert_eq!((sum.as_bytes(), answer.status.as_u16()), (&b"1"[..], 200));
            answer.content
        });
        drop(client);
        let report = loop {
            if let (0, outcome) = soon(proxy.outcome()).await {
                break match outcome {
                    Outcome::Forwarded(report) => report,
                    other => panic!("{other:?}"),
                };
            }
        };
        Asked {
            answer,
            path,
            connections: connections.load(SeqCst),
            report,
        }
    }

    /// How often the server saw the request.
    fn seen(&self, asked: &Asked) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.get(&asked.path).copied().unwrap_or_default()
    }

    /// How many bytes the request takes that is sent first on a connection that is kept.
    async fn plain_length(&self) -> u64 {
        let (first, second) = (
            self.lengths("GET", true).await,
            self.lengths("GET", false).await,
        );
        first.0 - second.0
    }

    /// How many bytes go each way when nothing breaks.
    async fn lengths(&self, method: &str, is_kept: bool) -> (u64, u64) {
        let asked = self.ask(method, is_kept, &Plan::default()).await;
        assert_eq!(asked.answer.unwrap(), "the right answer");
        let Report { a_to_b, b_to_a, .. } = asked.report;
        (a_to_b.delivered, b_to_a.delivered)
    }
}

#[derive(Debug)]
struct Asked {
    answer: Result<Bytes, Error>,
    path: String,
    connections: usize,
    /// Of the first connection.
    report: Report,
}

const BREAKS: [Step; 2] = [Step::Cut, Step::Reset(Ends::Both)];

/// Cuts the connection behind every byte that goes one way; over TLS, every few.
async fn cut_everywhere(is_kept: bool) {
    for scheme in BOTH {
        let far = Far::new(scheme).await;
        let stride = match scheme {
            Scheme::Http => 1,
            Scheme::Https => 23,
        };
        let mut all = Vec::new();
        for method in METHODS {
            let (forth, back) = far.lengths(method, is_kept).await;
            for (is_back, length) in [(false, forth), (true, back)] {
                for step in BREAKS {
                    for at in (0..=length).step_by(stride) {
                        let script = Script::after(at, step);
                        let plan = if is_back {
                            Plan::b_to_a(script)
                        } else {
                            Plan::a_to_b(script)
                        };
                        let asked = far.ask(method, is_kept, &plan).await;
                        check(&asked, is_kept && method != "POST" && !is_back);
                        all.push((method, asked));
                    }
                }
            }
        }
        for (method, asked) in all {
            let seen_max = if is_kept && method != "POST" { 2 } else { 1 };
            let seen = far.seen(&asked);
            assert!(seen <= seen_max, "{scheme:?} {method} {seen} {asked:?}");
            if !is_kept {
                assert_eq!(asked.connections, 1, "{asked:?}");
            }
        }
    }
}

#[track_caller]
fn check(asked: &Asked, is_answered: bool) {
    match &asked.answer {
        Ok(content) => assert_eq!(content, "the right answer", "{asked:?}"),
        Err(error) => assert!(!error.is_timeout() && !is_answered, "{asked:?}"),
    }
}

#[tokio::test]
async fn a_fresh_connection_that_breaks_anywhere_gives_the_right_answer_or_an_error() {
    cut_everywhere(false).await;
}

#[tokio::test]
async fn a_kept_connection_that_breaks_anywhere_costs_no_request_that_may_be_repeated() {
    cut_everywhere(true).await;
}

#[tokio::test]
async fn a_slow_network_changes_no_answer() {
    for scheme in BOTH {
        let far = Arc::new(Far::new(scheme).await);
        let asked = (0..60).map(|seed| {
            let far = &far;
            async move {
                let plan = Plan {
                    a_to_b: Script::seeded(seed, Profile::Slow, 2000),
                    b_to_a: Script::seeded(seed + 1000, Profile::Slow, 2000),
                };
                let method = METHODS[usize::try_from(seed).unwrap() % 3];
                let asked = far.ask(method, seed % 2 == 0, &plan).await;
                assert_eq!(asked.answer.unwrap(), "the right answer", "{plan:?}");
            }
        });
        join_all(asked).await;
    }
}

/// The proxy knows what the client has sent on the first connection.
#[tokio::test]
async fn a_post_of_which_a_byte_was_sent_is_not_sent_again() {
    let far = Far::new(Scheme::Http).await;
    let plain = far.plain_length().await;
    let (forth, _) = far.lengths("POST", true).await;
    let mut begun = 0;
    for step in BREAKS {
        for at in plain..=forth {
            let plan = Plan::a_to_b(Script::after(at, step));
            let asked = far.ask("POST", true, &plan).await;
            if asked.report.a_to_b.received > plain {
                assert_eq!(asked.connections, 1, "{plan:?} {asked:?}");
                assert!(asked.answer.is_err(), "{plan:?} {asked:?}");
                begun += 1;
            }
        }
    }
    assert!(begun > 100, "{begun}");
}

/// TCP finds no such changes; TLS does.
#[tokio::test]
async fn what_is_changed_on_its_way_is_an_error_over_tls_and_never_another_answer() {
    let origin = raw(Scheme::Https, |_, mut io| async move {
        while !read_head(&mut io).await.is_empty() {
            say(&mut io, ANSWER).await;
        }
    })
    .await;
    let asked = (0..100).map(|seed| {
        let origin = &origin;
        async move {
            let script = Script::seeded(seed, Profile::Corrupting, 1500);
            let plan = match seed % 2 {
                0 => Plan::a_to_b(script),
                _ => Plan::b_to_a(script),
            };
            let fate = plan.clone();
            let proxy = FaultProxy::start(origin.address, move |_| fate.clone());
            let proxy = proxy.await.unwrap();
            let mut request = origin.get("/");
            let uri = format!("https://{}/", proxy.address());
            *request.uri_mut() = uri.parse().unwrap();
            // What was lost is waited for.
            let within = Timeouts::within(Duration::from_secs(1));
            request.extensions_mut().insert(within);
            let client = Client::new(origin.config());
            match fetch(&client, request).await {
                Ok(answer) => assert_eq!(answer.content, "the right answer", "{plan:?}"),
                Err(_) => return 1,
            }
            0
        }
    });
    let failed: usize = join_all(asked).await.into_iter().sum();
    assert!(failed > 20, "{failed} only");
}
