//! What comes before the final response, or in its place.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf_http::h1::ProtocolError;

use super::odd::{Saying, Then, in_every_way, refused};
use crate::harness::{BOTH, OK, fetch, raw, read_head, say, soon};

#[tokio::test]
async fn informational_responses_come_first_and_are_told() {
    in_every_way(|odd, pace, way| async move {
        let early = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
        *odd.saying.lock().unwrap() = Saying {
            bytes: format!("HTTP/1.1 100 Continue\r\n\r\n{early}{early}{OK}").into_bytes(),
            pace,
            then: Then::Stays,
        };
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hear = Arc::clone(&heard);
        let mut request = odd.origin.get("/odd");
        wharf_http::on_informational(&mut request, move |head| {
            hear.lock().unwrap().push(head.status.as_u16());
        });
        let answer = fetch(&odd.origin.client(), request).await.unwrap();
        assert_eq!(answer.content, "ok", "{way}");
        assert_eq!(*heard.lock().unwrap(), [100, 103, 103], "{way}");
    })
    .await;
}

#[tokio::test]
async fn informational_responses_without_end_are_refused() {
    let many = "HTTP/1.1 102 Processing\r\n\r\n".repeat(101);
    let error = ProtocolError::TooManyInformational { limit: 100 };
    refused(&[(&many, error)]).await;
}

#[tokio::test]
async fn a_101_that_was_not_asked_for_is_refused() {
    let error = ProtocolError::NotRequestedProtocol;
    refused(&[
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", error.clone()),
        (
            "HTTP/1.1 101 Odd\r\nconnection: upgrade\r\nupgrade: a\r\n\r\n",
            error,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_101_that_was_asked_for_gives_the_stream_with_all_that_was_said_on_it() {
    for scheme in BOTH {
        let origin = raw(scheme, |_, mut io| async move {
            let head = read_head(&mut io).await;
            assert!(
                head.to_ascii_lowercase().contains("upgrade: echo"),
                "{head}"
            );
            let head = "HTTP/1.1 101 Odd\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
            say(&mut io, &format!("{head}hello ")).await;
            let mut said = [0; 5];
            io.read_exact(&mut said).await.unwrap();
            io.write_all(&said).await.unwrap();
            io.shutdown().await.unwrap();
        })
        .await;
        let mut request = origin.get("/");
        let fields = request.headers_mut();
        fields.insert("connection", "upgrade".parse().unwrap());
        fields.insert("upgrade", "echo".parse().unwrap());
        let response = soon(origin.client().send(request)).await.unwrap();
        assert_eq!(response.status(), 101, "{scheme:?}");
        let mut stream = response.into_body().into_switched().unwrap();
        stream.write_all(b"world").await.unwrap();
        stream.flush().await.unwrap();
        let mut said = String::new();
        let read = stream.read_to_string(&mut said);
        soon(read).await.unwrap();
        assert_eq!(said, "hello world", "{scheme:?}");
    }
}
