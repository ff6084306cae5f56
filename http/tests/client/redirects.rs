//! Redirects that are followed, and those that are not.

use http::{Method, StatusCode};
use wharf_http::{Client, ClientConfig, ReadContent, RedirectError, RedirectedTo, Redirects};

use tokio::task::yield_now;

use crate::harness::{BOTH, BoxIo, OK, Origin, Scheme, fetch, raw, read_content, read_head, say};

/// Says what the request was, as content.
async fn tell(io: &mut BoxIo, head: &str, content: &[u8]) {
    let text = format!("{head}{}", String::from_utf8_lossy(content));
    let length = text.len();
    say(
        io,
        &format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{text}"),
    )
    .await;
}

/// `/STATUS/TARGET` leads to `TARGET`; everything else tells what it was asked. Content is four bytes long.
async fn wanderer(scheme: Scheme) -> Origin {
    raw(scheme, |_, mut io| async move {
        loop {
            let head = read_head(&mut io).await;
            if head.is_empty() {
                return;
            }
            let content = if head.contains("content-length: 4") {
                read_content(&mut io, 4).await
            } else {
                Vec::new()
            };
            let target = head.split(' ').nth(1).unwrap().to_owned();
            match target.get(1..4).and_then(|status| status.parse::<u16>().ok()) {
                Some(status) => {
                    let location = &target[5..];
                    let answer = format!(
                        "HTTP/1.1 {status} Elsewhere\r\nlocation: {location}\r\ncontent-length: 4\r\n\r\ngone"
                    );
                    say(&mut io, &answer).await;
                }
                None => tell(&mut io, &head, &content).await,
            }
        }
    })
    .await
}

#[tokio::test]
async fn method_and_content_go_along_or_not_as_the_status_says() {
    for scheme in BOTH {
        let origin = wanderer(scheme).await;
        let client = origin.client();
        for (method, status, expected, content) in [
            ("POST", 301, "GET", ""),
            ("POST", 303, "GET", ""),
            ("PUT", 302, "PUT", "data"),
            ("POST", 307, "POST", "data"),
            ("PUT", 308, "PUT", "data"),
        ] {
            let uri = origin.uri(&format!("/{status}//end"));
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let response = client
                .request(method, &uri)
                .content("text/plain", "data")
                .send()
                .await;
            let response = response.unwrap();
            let final_uri = &response.extensions().get::<RedirectedTo>().unwrap().0;
            assert_eq!(final_uri.path(), "/end");
            let told = response.text(10_000).await.unwrap();
            assert!(told.starts_with(&format!("{expected} /end ")), "{told}");
            assert!(told.ends_with(&format!("\r\n\r\n{content}")), "{told}");
            assert_eq!(told.contains("content-type"), !content.is_empty());
        }
        // Everything went over one connection, the content of the redirects included.
        assert_eq!(origin.accepted(), 1, "{scheme:?}");
    }
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    let (first, second) = (wanderer(Scheme::Http).await, wanderer(Scheme::Http).await);
    let client = first.client();
    let here = first.uri("/307//kept");
    let there = first.uri(&format!("/307/{}", second.uri("/left")));
    for (uri, keeps) in [(here, true), (there, false)] {
        let request = client.get(&uri).bearer_auth("secret").field("x-own", "1");
        let told = request.send().await.unwrap().text(10_000).await.unwrap();
        assert_eq!(
            told.contains("authorization: Bearer secret"),
            keeps,
            "{told}"
        );
        assert!(told.contains("x-own: 1"));
    }
}

#[tokio::test]
async fn what_is_not_followed_says_why_or_is_handed_out() {
    let (http, https) = (wanderer(Scheme::Http).await, wanderer(Scheme::Https).await);
    let refused = async |client: &Client, uri: &str| {
        let error = client.get(uri).send().await.unwrap_err();
        let redirect = error.redirect().cloned();
        redirect.unwrap_or_else(|| panic!("{error:?}"))
    };
    let client = https.client();
    let down = https.uri(&format!("/302/{}", http.uri("/")));
    assert_eq!(refused(&client, &down).await, RedirectError::Downgrade);
    let other = https.uri("/302/ftp://a.example/");
    assert_eq!(refused(&client, &other).await, RedirectError::NotHttp);

    let mut round = String::from("/x");
    for _ in 0..12 {
        round = format!("/302/{round}");
    }
    let error = refused(&http.client(), &http.uri(&round)).await;
    assert_eq!(error, RedirectError::TooMany { limit: 10 });
    let few = Client::new(ClientConfig {
        redirects: Some(Redirects {
            hops_max: 12,
            ..Redirects::default()
        }),
        ..http.config()
    });
    assert!(few.get(&http.uri(&round)).send().await.is_ok());

    let none = Client::new(ClientConfig {
        redirects: None,
        ..http.config()
    });
    let response = none.get(&http.uri("/302//end")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(response.text(10).await.unwrap(), "gone");
}

#[tokio::test]
async fn content_that_is_not_remembered_is_not_sent_again() {
    let origin = wanderer(Scheme::Http).await;
    let client = Client::new(ClientConfig {
        replay_bytes_max: 3,
        ..origin.config()
    });
    let response = client
        .send(origin.request("POST", "/307//end", "data"))
        .await;
    assert_eq!(response.unwrap().status(), StatusCode::TEMPORARY_REDIRECT);
    let response = client
        .send(origin.request("POST", "/307//end", "data"))
        .await;
    assert_eq!(response.unwrap().text(10).await.unwrap(), "gone");
}

/// A server whose redirects come with so much content, but for some bytes at its end that never come.
async fn wordy(scheme: Scheme, length: usize, cut: usize) -> Origin {
    raw(scheme, move |_, mut io| async move {
        loop {
            let head = read_head(&mut io).await;
            if head.is_empty() {
                return;
            }
            if head.contains(" /end ") {
                say(&mut io, OK).await;
                continue;
            }
            say(
                &mut io,
                &format!(
                    "HTTP/1.1 302 Elsewhere\r\nlocation: /end\r\ncontent-length: {length}\r\n\r\n"
                ),
            )
            .await;
            // It is another segment, and may well come later.
            yield_now().await;
            say(&mut io, &"x".repeat(length - cut)).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_redirect_costs_its_connection_only_if_its_content_is_long_or_late() {
    for scheme in BOTH {
        for (length, cut, connections) in [
            (1, 0, 1),
            (16 * 1024, 0, 1),
            (16 * 1024 + 1, 0, 2),
            (2, 1, 2),
        ] {
            let origin = wordy(scheme, length, cut).await;
            let answer = fetch(&origin.client(), origin.get("/")).await;
            assert_eq!(answer.unwrap().content, "ok", "{scheme:?} {length}");
            assert_eq!(origin.accepted(), connections, "{scheme:?} {length} {cut}");
        }
    }
}

#[tokio::test]
async fn a_host_of_the_callers_own_goes_along_within_the_origin_and_not_beyond() {
    let origin = wanderer(Scheme::Http).await;
    let other = wanderer(Scheme::Http).await;
    let client = origin.client();
    for (path, expected) in [
        ("/302//end".to_owned(), "host: app.internal\r\n".to_owned()),
        (
            format!("/302/{}", other.uri("/end")),
            format!("host: {}\r\n", other.address),
        ),
    ] {
        let request = client.get(&origin.uri(&path)).field("host", "app.internal");
        let content = request.send().await.unwrap().text(1000).await.unwrap();
        assert!(content.contains(&expected), "{path} {content}");
    }
}
