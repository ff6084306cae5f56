//! Requests that nobody waits for any more.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::io::AsyncReadExt;
use wharf_http::Client;

use super::clients::{one_place, polled};
use super::servers::{mumble, path_of, saying};
use crate::harness::{BOTH, OK, fetch, raw, read_head, say};

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
