//! Requests that are sent again because they may be.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;
use tokio::time::sleep;
use wharf_http::{Client, ClientConfig, Phase, Progress, Retries, Timeouts, on_progress};

use crate::harness::{BOTH, OK, Origin, Scheme, fetch, raw, read_head, say};

const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Is busy for the first `busy` connections, or closes them when it has read a request.
async fn busy(scheme: Scheme, busy: usize, says_so: bool) -> Origin {
    raw(scheme, move |number, mut io| async move {
        read_head(&mut io).await;
        match (number < busy, says_so) {
            (true, true) => say(&mut io, BUSY).await,
            (true, false) => {}
            (false, _) => say(&mut io, OK).await,
        }
    })
    .await
}

fn patient(origin: &Origin) -> Client {
    Client::new(ClientConfig {
        retries: Some(Retries {
            pause: Duration::from_millis(1),
            ..Retries::default()
        }),
        ..origin.config()
    })
}

#[tokio::test]
async fn passing_trouble_is_waited_out_only_where_it_is_asked_for_and_a_request_may_be_repeated() {
    for scheme in BOTH {
        for says_so in [true, false] {
            let origin = busy(scheme, 2, says_so).await;
            let response = patient(&origin).send(origin.get("/")).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(origin.accepted(), 3);

            let origin = busy(scheme, 3, says_so).await;
            let response = patient(&origin).send(origin.get("/")).await;
            assert_eq!(response.is_ok(), says_so);
            assert_eq!(origin.accepted(), 3);

            let origin = busy(scheme, 1, says_so).await;
            let response = origin.client().send(origin.get("/")).await;
            assert_eq!(response.is_ok(), says_so);
            assert_eq!(origin.accepted(), 1);

            let origin = busy(scheme, 1, says_so).await;
            let response = patient(&origin).send(origin.request("POST", "/", "")).await;
            assert_eq!(response.is_ok(), says_so);
            assert_eq!(origin.accepted(), 1);
        }
    }
}

/// Asks to come back after so many seconds, on its first `busy` connections.
async fn asking_for(seconds: u32, busy: usize) -> Origin {
    raw(Scheme::Http, move |number, mut io| async move {
        read_head(&mut io).await;
        if number >= busy {
            return say(&mut io, OK).await;
        }
        let answer = format!(
            "HTTP/1.1 503 Service Unavailable\r\nretry-after: {seconds}\r\n\
             content-length: 5\r\nconnection: close\r\n\r\nlater"
        );
        say(&mut io, &answer).await;
    })
    .await
}

#[tokio::test]
async fn a_server_is_left_alone_for_as_long_as_it_asks() {
    let origin = asking_for(1, 1).await;
    let client = patient(&origin);
    let mut sending = pin!(fetch(&client, origin.get("/")));
    tokio::select! {
        // Looked at first: however slow this machine is, this is over before that second.
        biased;
        () = sleep(Duration::from_millis(500)) => {}
        answer = &mut sending => panic!("{answer:?}"),
    }
    assert_eq!(origin.accepted(), 1);
    assert_eq!(sending.await.unwrap().content, "ok");
    assert_eq!(origin.accepted(), 2);
}

#[tokio::test]
async fn a_response_that_asks_for_too_much_is_handed_out() {
    let origin = asking_for(31, 1).await;
    let answer = fetch(&patient(&origin), origin.get("/")).await.unwrap();
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.content, "later");
    assert_eq!(origin.accepted(), 1);
}

#[tokio::test]
async fn a_pause_is_no_longer_than_there_is_time_for_all_of_it() {
    // The pause that a server asks for, and the own one.
    for (origin, pause) in [
        (asking_for(3600, 1).await, Duration::ZERO),
        (busy(Scheme::Http, 1, false).await, Duration::from_secs(600)),
    ] {
        let client = Client::new(ClientConfig {
            retries: Some(Retries {
                pause,
                pause_max: pause,
                retry_after_max: Duration::MAX,
                ..Retries::default()
            }),
            ..origin.config()
        });
        let mut request = origin.get("/");
        let timeouts = Timeouts::within(Duration::from_millis(300));
        request.extensions_mut().insert(timeouts);
        let error = fetch(&client, request).await.unwrap_err();
        assert_eq!(error.phase(), Some(Phase::Total), "{error:?}");
        assert!(error.is_timeout(), "{error:?}");
        assert!(error.to_string().contains(&origin.uri("")), "{error}");
        assert_eq!(origin.accepted(), 1);
    }
}

#[tokio::test]
async fn when_the_budget_is_spent_responses_and_errors_are_handed_out() {
    for says_so in [true, false] {
        let origin = busy(Scheme::Http, usize::MAX, says_so).await;
        let client = Client::new(ClientConfig {
            retries: Some(Retries {
                attempts_max: 3,
                pause: Duration::ZERO,
                budget_percent: 50,
                budget_reserve: 3,
                ..Retries::default()
            }),
            ..origin.config()
        });
        // Three are there, of which two are spent at once; each further request earns half a one.
        for sent in [3, 5, 7, 8, 10] {
            let answer = client.send(origin.get("/")).await;
            assert_eq!(answer.is_ok(), says_so);
            assert_eq!(origin.accepted(), sent, "{says_so}");
        }
    }
}

#[tokio::test]
async fn each_pause_is_told_with_what_led_to_it() {
    for (says_so, led_to_it) in [(true, "503"), (false, "failed")] {
        let origin = busy(Scheme::Http, 2, says_so).await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let telling = Arc::clone(&told);
        let mut request = origin.get("/");
        on_progress(&mut request, move |progress| {
            let line = match progress {
                Progress::Begun { .. } => "begun",
                Progress::HeadReceived(head) if head.status.is_success() => "200",
                Progress::HeadReceived(_) => "503",
                Progress::Failed(_) => "failed",
                Progress::Pausing(pause) if pause < Duration::from_secs(1) => "pausing",
                _ => return,
            };
            telling.lock().unwrap().push(line);
        });
        fetch(&patient(&origin), request).await.unwrap();
        let again = ["begun", led_to_it, "pausing"];
        let expected = [&again[..], &again, &["begun", "200"]].concat();
        assert_eq!(*told.lock().unwrap(), expected);
    }
}
