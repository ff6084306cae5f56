//! Informational responses from handlers.

use std::convert::Infallible;

use http::header::LINK;
use http::{Request, Response, StatusCode};
use tokio::sync::oneshot;
use wharf_http::{Incoming, Interim, InterimError, service_fn};

use super::support::{Peer, config, content_of, full, statuses};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

fn hints(link: &str) -> Response<()> {
    let hints = Response::builder().status(StatusCode::EARLY_HINTS);
    hints.header(LINK, link).body(()).unwrap()
}

fn interim(request: &Request<Incoming>) -> Interim {
    request.extensions().get::<Interim>().unwrap().clone()
}

#[tokio::test]
async fn early_hints_arrive_while_the_handler_is_at_work() {
    let (finish, finished) = oneshot::channel::<()>();
    let finished = std::sync::Arc::new(tokio::sync::Mutex::new(Some(finished)));
    let service = service_fn(move |request: Request<Incoming>| {
        let finished = finished.clone();
        async move {
            interim(&request).send(hints("</a>")).unwrap();
            interim(&request).send(hints("</b>")).unwrap();
            finished.lock().await.take().unwrap().await.unwrap();
            Ok::<_, Infallible>(Response::new(full("page")))
        }
    });
    let mut peer = Peer::of(service, config());
    peer.send(GET).await;
    for link in ["</a>", "</b>"] {
        let expected = format!("HTTP/1.1 103 Early Hints\r\nlink: {link}\r\n\r\n");
        assert_eq!(peer.head().await, expected);
    }
    finish.send(()).unwrap();
    assert!(peer.head().await.starts_with("HTTP/1.1 200 OK\r\n"));
    peer.read_until("page").await;
}

#[tokio::test]
async fn another_task_may_send_them_and_wakes_the_connection() {
    let service = service_fn(|request: Request<Incoming>| async move {
        let interim = interim(&request);
        let (sent, was_sent) = oneshot::channel();
        tokio::spawn(async move {
            tokio::task::yield_now().await;
            interim.send(hints("</a>")).unwrap();
            // The connection is asleep: only the hint wakes it.
            tokio::task::yield_now().await;
            let _ = sent.send(());
        });
        was_sent.await.unwrap();
        Ok::<_, Infallible>(Response::new(full("page")))
    });
    let (text, _) = Peer::of(service, config()).exchange(GET).await;
    assert_eq!(statuses(&text), [103, 200]);
}

#[tokio::test]
async fn a_client_of_http_1_0_gets_none() {
    let service = service_fn(|request: Request<Incoming>| async move {
        interim(&request).send(hints("</a>")).unwrap();
        Ok::<_, Infallible>(Response::new(full("page")))
    });
    let (text, _) = Peer::of(service, config())
        .exchange("GET / HTTP/1.0\r\n\r\n")
        .await;
    assert_eq!((statuses(&text), content_of(&text)), (vec![200], "page"));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_its_reason() {
    let (tell, mut told) = tokio::sync::mpsc::channel(64);
    let service = service_fn(move |request: Request<Incoming>| {
        let tell = tell.clone();
        async move {
            let interim = interim(&request);
            for status in [101, 200] {
                let response = Response::builder().status(status).body(()).unwrap();
                tell.try_send((interim.clone(), interim.send(response)))
                    .unwrap();
            }
            for _ in 0..16 {
                interim.send(hints("</a>")).unwrap();
            }
            let seventeenth = interim.send(hints("</a>"));
            tell.try_send((interim, seventeenth)).unwrap();
            Ok::<_, Infallible>(Response::new(full("")))
        }
    });
    let mut peer = Peer::of(service, config());
    peer.send(GET).await;
    for _ in 0..16 {
        assert!(peer.head().await.starts_with("HTTP/1.1 103 "));
    }
    peer.head().await;
    let expected = [
        InterimError::NotInformational,
        InterimError::NotInformational,
        InterimError::TooMany,
    ];
    let mut stale = None;
    for error in expected {
        let (interim, refused) = told.recv().await.unwrap();
        assert_eq!(refused, Err(error));
        stale = Some(interim);
    }
    // Neither the next exchange nor anything else takes it for its own.
    assert_eq!(
        stale.unwrap().send(hints("</a>")),
        Err(InterimError::TooLate)
    );
}
