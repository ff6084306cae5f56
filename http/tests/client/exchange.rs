//! One request and its response.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use wharf_http::{Incoming, ServerConfig, service_fn};

use crate::harness::{BOTH, Origin, Scheme, fetch, served};

async fn echo(scheme: Scheme) -> Origin {
    let mut config = ServerConfig::default();
    config.limits.content_bytes_max = None;
    let service = service_fn(|request: Request<Incoming>| async move {
        let method = request.method().to_string();
        let mut response = Response::new(request.into_body());
        response
            .headers_mut()
            .insert("x-method", method.parse().unwrap());
        Ok::<_, Infallible>(response)
    });
    served(scheme, config, service).await
}

#[tokio::test]
async fn content_comes_back_as_it_was_sent() {
    for scheme in BOTH {
        let origin = echo(scheme).await;
        let client = origin.client();
        for length in [0, 1, 5_000, 100_000, 3_000_000] {
            let content = Bytes::from(vec![b'x'; length]);
            let response = client.send(origin.request("POST", "/", content.clone()));
            let response = response.await.unwrap();
            assert_eq!(response.headers()["x-method"], "POST");
            let received = response.into_body().collect().await.unwrap().to_bytes();
            assert!(received == content, "{scheme:?} {length}");
        }
    }
}

#[tokio::test]
async fn content_of_unknown_length_and_trailers_go_both_ways() {
    for scheme in BOTH {
        let origin = echo(scheme).await;
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", "42".parse().unwrap());
        let frames = vec![
            Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"first "))),
            Ok(Frame::data(Bytes::from_static(b"second"))),
            Ok(Frame::trailers(trailers)),
        ];
        let body = StreamBody::new(futures_util::stream::iter(frames));
        let request = Request::post(origin.uri("/")).header("te", "trailers");
        let response = origin.client().send(request.body(body).unwrap()).await;
        let received = response.unwrap().into_body().collect().await.unwrap();
        assert_eq!(received.trailers().unwrap()["x-sum"], "42", "{scheme:?}");
        assert_eq!(received.to_bytes(), "first second");
    }
}

/// As a proxy does it, and as many a handler: `boxed` asks for `Sync`.
#[tokio::test]
async fn content_that_was_received_can_be_boxed_and_sent_on() {
    for scheme in BOTH {
        let origin = echo(scheme).await;
        let client = origin.client();
        let large = Bytes::from(vec![b'x'; 100_000]);
        let first = client.send(origin.request("POST", "/", large.clone()));
        let received = first.await.unwrap().into_body().boxed();
        let request = Request::post(origin.uri("/")).body(received).unwrap();
        let answer = fetch(&client, request).await.unwrap();
        assert!(answer.content == large, "{scheme:?}");
    }
}
