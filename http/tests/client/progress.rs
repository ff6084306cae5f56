//! What happens to a request, told as it happens.

use std::sync::{Arc, Mutex};

use wharf_http::{Progress, ReadContent, on_progress};

use crate::harness::{BOTH, OK, Scheme, raw, read_head, say};

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
        let made = ["Dialing", "Dialed 1"].into_iter();
        let made = made.chain(secured.into_iter().filter(|_| scheme == Scheme::Https));
        let length = OK.len();
        for begun in [made.collect::<Vec<_>>(), vec!["Kept"]] {
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
