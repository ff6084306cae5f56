//! The server behind a bad network: the same answers if it is only slow, and no half of anything if it breaks.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, Request, Response};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use wharf_faults::{End, Ends, FaultProxy, Outcome, Plan, Profile, Script, Step, faulty_pipe};
use wharf_http::{CloseReason, HttpService, Incoming, Phase, ServeReport, Server, service_fn};
use wharf_net::{Bind, Drain, Listener};

use crate::support::{Body, GENEROUS, config, content_of, full, statuses};

const HEAD: &str = "POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n";
const CONTENT: &str = "hello world";
const CHUNKED_HEAD: &str = "POST /one HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const CHUNKS: &str = "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Sum: t\r\n\r\n";

/// What happened in the handler.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Called,
    /// The content, or that there was an error.
    Content(Option<Bytes>),
}

/// Tells what it hears, and answers with the content.
fn listening(
    tell: mpsc::Sender<Heard>,
) -> impl HttpService<ResponseBody = Body, ServiceError = Infallible> {
    service_fn(move |request: Request<Incoming>| {
        let tell = tell.clone();
        async move {
            // A test that looks at nothing has dropped the receiver.
            let _ = tell.send(Heard::Called).await;
            let content = request.into_body().collect().await;
            let content = content.ok().map(|content| content.to_bytes());
            let _ = tell.send(Heard::Content(content.clone())).await;
            Ok(Response::new(full(content.unwrap_or_default())))
        }
    })
}

/// A server on the other side of a bad network.
struct Far {
    client: DuplexStream,
    heard: mpsc::Receiver<Heard>,
    server: JoinHandle<Option<CloseReason>>,
}

impl Far {
    fn new(plan: Plan) -> Self {
        let (tell, heard) = mpsc::channel(16);
        Self::of(plan, listening(tell), heard)
    }

    fn of(plan: Plan, service: impl HttpService, heard: mpsc::Receiver<Heard>) -> Self {
        let (client, far, network) = faulty_pipe(4096, plan);
        tokio::spawn(network);
        let server = tokio::spawn(async move {
            Server::new(service)
                .config(config())
                .serve_connection(far, Extensions::new(), &Drain::new())
                .await
        });
        Self {
            client,
            heard,
            server,
        }
    }

    /// Sends, reads to the end, and returns that and what the handler heard.
    async fn exchange(mut self, request: &str) -> (String, Vec<Heard>) {
        // It fails if the network has broken down already.
        let _ = self.client.write_all(request.as_bytes()).await;
        let _ = self.client.shutdown().await;
        let mut text = String::new();
        let read = timeout(GENEROUS, self.client.read_to_string(&mut text)).await;
        read.expect("the connection was not closed").unwrap();
        drop(self.client);
        self.server.await.unwrap().unwrap();
        let mut heard = Vec::new();
        while let Some(more) = self.heard.recv().await {
            heard.push(more);
        }
        (text, heard)
    }
}

/// Two requests in both framings, and their answers without the dates.
async fn two_requests(plan: Plan) -> String {
    let both = format!("{HEAD}{CONTENT}{CHUNKED_HEAD}{CHUNKS}");
    let (text, _) = Far::new(plan).exchange(&both).await;
    text.split_inclusive("\r\n")
        .filter(|line| !line.starts_with("date: "))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_slow_network_changes_no_answer() {
    let expected = two_requests(Plan::default()).await;
    assert_eq!(statuses(&expected), [200, 200]);
    assert_eq!(expected.matches(CONTENT).count(), 2);
    for size in 1..=7 {
        for script in [
            Script::sliced(size),
            Script::dripped(size, Duration::from_millis(20)),
        ] {
            let plan = Plan::both(script);
            assert_eq!(two_requests(plan.clone()).await, expected, "{plan:?}");
        }
    }
    for seed in 0..60 {
        let plan = Plan {
            a_to_b: Script::seeded(seed, Profile::Slow, 200),
            b_to_a: Script::seeded(seed + 1000, Profile::Slow, 200),
        };
        assert_eq!(two_requests(plan.clone()).await, expected, "{plan:?}");
    }
}

const BREAKS: [Step; 3] = [Step::Cut, Step::HalfClose, Step::Reset(Ends::Both)];

#[tokio::test(start_paused = true)]
async fn a_request_that_breaks_off_in_its_head_reaches_no_handler() {
    for step in BREAKS {
        for at in 0..HEAD.len() as u64 {
            let plan = Plan::a_to_b(Script::after(at, step));
            let request = format!("{HEAD}{CONTENT}");
            let (text, heard) = Far::new(plan.clone()).exchange(&request).await;
            assert_eq!(heard, [], "{plan:?}");
            assert!(!text.contains(" 200 "), "{plan:?}: {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_breaks_off_in_its_content_is_an_error_and_never_a_short_content() {
    for (head, content) in [(HEAD, CONTENT), (CHUNKED_HEAD, CHUNKS)] {
        for step in BREAKS {
            for at in 0..=content.len() {
                let plan = Plan::a_to_b(Script::after((head.len() + at) as u64, step));
                let request = format!("{head}{content}");
                let (text, heard) = Far::new(plan.clone()).exchange(&request).await;
                let is_whole = at == content.len();
                let content = is_whole.then_some(Bytes::from(CONTENT));
                let expected = [Heard::Called, Heard::Content(content)];
                assert_eq!(heard, expected, "{plan:?}");
                if step == Step::HalfClose {
                    let status = if is_whole { 200 } else { 400 };
                    assert_eq!(statuses(&text), [status], "{plan:?}: {text}");
                } else {
                    assert_eq!(text, "", "{plan:?}");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn wherever_the_network_breaks_no_handler_sees_half_a_request() {
    let request = format!("{HEAD}{CONTENT}{CHUNKED_HEAD}{CHUNKS}");
    for seed in 0..100 {
        let plan = Plan {
            a_to_b: Script::seeded(seed, Profile::Broken, request.len() as u64),
            b_to_a: Script::seeded(seed, Profile::Slow, 200),
        };
        let (text, heard) = Far::new(plan.clone()).exchange(&request).await;
        let mut whole = 0;
        for heard in heard {
            if let Heard::Content(Some(content)) = heard {
                assert_eq!(content, CONTENT, "{plan:?}");
                whole += 1;
            }
        }
        assert!(text.matches(" 200 ").count() <= whole, "{plan:?}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_meets_the_deadline_of_its_phase() {
    let length = |text: &str| text.len() as u64;
    for (at, seconds, reason) in [
        (0, 10, CloseReason::Idle),
        (1, 10, CloseReason::Timeout(Phase::Head)),
        (length(HEAD) - 1, 10, CloseReason::Timeout(Phase::Head)),
        (length(HEAD), 30, CloseReason::Timeout(Phase::Body)),
        (length(HEAD) + 10, 30, CloseReason::Timeout(Phase::Body)),
        (length(HEAD) + 11, 16, CloseReason::Idle),
    ] {
        for step in [Step::BlackHole, Step::Stall] {
            let start = Instant::now();
            let mut far = Far::new(Plan::a_to_b(Script::after(at, step)));
            let request = format!("{HEAD}{CONTENT}");
            far.client.write_all(request.as_bytes()).await.unwrap();
            let mut text = String::new();
            far.client.read_to_string(&mut text).await.unwrap();
            assert_eq!(start.elapsed().as_secs(), seconds, "{step:?} after {at}");
            // The client, too, is silent from then on, so the close has to give up.
            let closed = far.server.await.unwrap();
            assert_eq!(closed.as_ref(), Some(&reason), "{step:?} after {at}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_whose_network_takes_no_more_is_dropped() {
    let large = service_fn(|_: Request<Incoming>| async {
        Ok::<_, Infallible>(Response::new(full(vec![b'x'; 100_000])))
    });
    let start = Instant::now();
    let plan = Plan::b_to_a(Script::after(20_000, Step::Stall));
    let mut far = Far::of(plan, large, mpsc::channel(1).1);
    far.client
        .write_all(b"GET / HTTP/1.0\r\n\r\n")
        .await
        .unwrap();
    let mut head = [0; 15];
    far.client.read_exact(&mut head).await.unwrap();
    far.client.read_exact(&mut [0; 19_000]).await.unwrap();
    let reason = far.server.await.unwrap();
    assert_eq!(reason, Some(CloseReason::Timeout(Phase::Write)));
    assert_eq!(start.elapsed().as_secs(), 30);
}

/// A server on a real port, whose answers are a megabyte long.
async fn serve_large(drain: &Drain) -> (SocketAddr, JoinHandle<std::io::Result<ServeReport>>) {
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
        .await
        .unwrap();
    let address = listener.local_addr().inet().unwrap();
    let large = service_fn(|_: Request<Incoming>| async {
        Ok::<_, Infallible>(Response::new(full(vec![b'x'; 1_000_000])))
    });
    let server = Server::new(large).config(config());
    (address, tokio::spawn(server.serve(listener, drain.clone())))
}

/// Reads to the end, whatever that is.
async fn ask(address: SocketAddr) -> Vec<u8> {
    let mut received = Vec::new();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let asked = stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await;
    if asked.is_ok() {
        let _ = stream.read_to_end(&mut received).await;
    }
    received
}

#[tokio::test]
async fn a_reset_in_the_response_ends_that_connection_and_the_next_is_served() {
    let drain = Drain::new();
    let (address, server) = serve_large(&drain).await;
    let resets = [0, 1, 10, 100, 1000, 100_000, 999_999];
    let mut proxy = FaultProxy::start(address, move |number| {
        Plan::b_to_a(match resets.get(number / 2) {
            Some(at) if number % 2 == 0 => Script::after(*at, Step::Reset(Ends::Both)),
            _ => Script::default(),
        })
    })
    .await
    .unwrap();
    for at in resets {
        let received = timeout(GENEROUS, ask(proxy.address())).await.unwrap();
        assert!(received.len() as u64 <= at);
        let (_, outcome) = proxy.outcome().await;
        let Outcome::Forwarded(report) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(
            (report.b_to_a.delivered, report.b_to_a.end),
            (at, End::Reset(Ends::Both))
        );

        let received = timeout(GENEROUS, ask(proxy.address())).await.unwrap();
        let text = String::from_utf8(received).unwrap();
        assert_eq!(content_of(&text).len(), 1_000_000);
        proxy.outcome().await;
    }
    drain.begin(GENEROUS);
    let report = timeout(GENEROUS / 2, server)
        .await
        .expect("a connection hangs");
    let report = report.unwrap().unwrap();
    let connections = 2 * resets.len() as u64;
    assert_eq!(
        (report.accepted, report.finished),
        (connections, connections)
    );
}
