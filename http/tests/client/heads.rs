//! Heads, told as they are sent and received.

use std::sync::{Arc, Mutex};

use wharf_http::{Head, ReadContent, on_head};

use crate::harness::{BOTH, raw, read_head, say};

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
        on_head(&mut request, move |head| {
            let line = match head {
                Head::Sent(bytes) => {
                    let head = std::str::from_utf8(bytes).unwrap();
                    assert!(
                        head.contains("\r\nhost: ") && head.ends_with("\r\n\r\n"),
                        "{head}"
                    );
                    head.lines().next().unwrap().to_owned()
                }
                Head::Received(head) => head.status.as_str().to_owned(),
                other => panic!("{other:?}"),
            };
            telling.lock().unwrap().push(line);
        });
        let response = origin.client().send(request).await.unwrap();
        assert_eq!(response.text(2).await.unwrap(), "hi");
        let expected = ["GET /a HTTP/1.1", "103", "302", "GET /b HTTP/1.1", "200"];
        assert_eq!(*told.lock().unwrap(), expected, "{scheme:?}");
    }
}
