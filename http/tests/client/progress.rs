//! What happens to a request, told as it happens.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use wharf_http::{Client, ClientConfig, Progress, ReadContent, Retries, on_progress};

use crate::harness::{BOTH, OK, Pki, Scheme, raw, read_head, say};

#[tokio::test]
async fn each_head_behind_a_redirect_is_told_in_its_order() {
    for scheme in BOTH {
        let origin = raw(scheme, |_, mut io| async move {
            loop {
                let head = read_head(&mut io).await;
                let answer = match head.split(' ').nth(1) {
                    None => return,
                    Some("/a") => {
                        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n"
                    }
                    Some(_) => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
                };
                say(&mut io, answer).await;
            }
        })
        .await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let mut request = origin.get("/a");
        let telling = Arc::clone(&told);
        on_progress(&mut request, move |head| {
            let line = match head {
                Progress::HeadSent(bytes) => {
                    let head = std::str::from_utf8(bytes).unwrap();
                    assert!(
                        head.contains("\r\nhost: ") && head.ends_with("\r\n\r\n"),
                        "{head}"
                    );
                    head.lines().next().unwrap().to_owned()
                }
                Progress::HeadReceived(head) => head.status.as_str().to_owned(),
                _ => return,
            };
            telling.lock().unwrap().push(line);
        });
        let response = origin.client().send(request).await.unwrap();
        assert_eq!(response.text(2).await.unwrap(), "hi");
        let expected = ["GET /a HTTP/1.1", "103", "302", "GET /b HTTP/1.1", "200"];
        assert_eq!(*told.lock().unwrap(), expected, "{scheme:?}");
    }
}

/// The name of a stage, and what it says that a test can know.
fn name(progress: Progress<'_>) -> String {
    match progress {
        Progress::Ended {
            sent,
            received,
            tcp,
        } => {
            format!("Ended {} {received} {}", sent > 0, tcp.is_some())
        }
        Progress::Dialed { report, .. } => format!("Dialed {}", report.attempts.len()),
        other => {
            let debug = format!("{other:?}");
            let end = debug.find(|c: char| !c.is_alphanumeric());
            debug[..end.unwrap_or(debug.len())].to_owned()
        }
    }
}

#[tokio::test]
async fn each_stage_is_told_in_its_turn() {
    for scheme in BOTH {
        let origin = raw(scheme, |_, mut io| async move {
            while !read_head(&mut io).await.is_empty() {
                say(&mut io, OK).await;
            }
        })
        .await;
        let client = origin.client();
        let secured = ["Securing", "Secured"];
        let made = ["Begun", "Dialing", "Dialed 1"].into_iter();
        let made = made.chain(secured.into_iter().filter(|_| scheme == Scheme::Https));
        let length = OK.len();
        for begun in [made.collect::<Vec<_>>(), vec!["Begun", "Kept"]] {
            let told = Arc::new(Mutex::new(Vec::new()));
            let stages = Arc::clone(&told);
            let mut request = origin.get("/");
            on_progress(&mut request, move |progress| {
                stages.lock().unwrap().push(name(progress));
            });
            client.send(request).await.unwrap().bytes(10).await.unwrap();
            let ended = format!("Ended true {length} true");
            let exchanged = ["HeadSent", "Sent", "HeadReceived", &ended];
            let expected: Vec<&str> = begun.into_iter().chain(exchanged).collect();
            assert_eq!(*told.lock().unwrap(), expected, "{scheme:?}");
        }
    }
}

/// The stages of a request that fails, in a line.
async fn told_of_failure(client: &Client, mut request: Request<Full<Bytes>>) -> String {
    let told = Arc::new(Mutex::new(Vec::new()));
    let stages = Arc::clone(&told);
    on_progress(&mut request, move |progress| {
        stages.lock().unwrap().push(name(progress));
    });
    client.send(request).await.unwrap_err();
    told.lock().unwrap().join(" ")
}

#[tokio::test]
async fn a_failure_is_told_behind_what_led_to_it() {
    let origin = raw(Scheme::Https, |_, mut io| async move {
        read_head(&mut io).await;
    })
    .await;
    let told = told_of_failure(&origin.client(), origin.get("/")).await;
    let until = "Begun Dialing Dialed 1 Securing";
    // A second attempt is for connections that were kept.
    let unanswered = "Secured HeadSent Sent Ended true 0 true Failed";
    assert_eq!(told, format!("{until} {unanswered}"));

    let stranger = Client::new(ClientConfig {
        tls: Some(Pki::new().client),
        ..origin.config()
    });
    let told = told_of_failure(&stranger, origin.get("/")).await;
    assert_eq!(told, format!("{until} NotSecured Failed"));

    // Nobody listens there any more.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let request = Request::get(uri).body(Full::default()).unwrap();
    let told = told_of_failure(&origin.client(), request).await;
    assert_eq!(told, "Begun Dialing Failed");
}

#[tokio::test]
async fn each_attempt_is_told_from_its_beginning() {
    let first = Arc::new(AtomicUsize::new(0));
    let origin = raw(Scheme::Http, move |_, mut io| {
        let first = Arc::clone(&first);
        async move {
            read_head(&mut io).await;
            if first.fetch_add(1, SeqCst) == 0 {
                return;
            }
            say(&mut io, OK).await;
        }
    })
    .await;
    let client = Client::new(ClientConfig {
        retries: Some(Retries::default()),
        ..origin.config()
    });
    let told = Arc::new(Mutex::new(Vec::new()));
    let stages = Arc::clone(&told);
    let mut request = origin.get("/");
    on_progress(&mut request, move |progress| {
        stages.lock().unwrap().push(name(progress));
    });
    client.send(request).await.unwrap();
    let told = told.lock().unwrap().join(" ");
    let (first, second) = told.split_once(" Failed Pausing ").unwrap();
    for attempt in [first, second] {
        assert!(
            attempt.starts_with("Begun Dialing Dialed 1 HeadSent"),
            "{told}"
        );
    }
}
