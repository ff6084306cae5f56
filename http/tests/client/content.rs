//! The content of responses: how much of it there may be, and what is known of its length.

use http_body::Body;
use http_body_util::BodyExt;
use wharf_http::h1::ProtocolError;
use wharf_http::{Client, Incoming};

use crate::harness::{BOTH, Origin, Scheme, fetch, raw, read_head, say, soon};

/// All framings of ten bytes, with a pause behind the head and behind five of them if it is asked for by path.
const FRAMINGS: [(&str, [&str; 3]); 3] = [
    (
        "length",
        [
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n",
            "01234",
            "56789",
        ],
    ),
    (
        "chunked",
        [
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "5\r\n01234\r\n",
            "5\r\n56789\r\n0\r\n\r\n",
        ],
    ),
    ("close", ["HTTP/1.1 200 OK\r\n\r\n", "01234", "56789"]),
];

async fn framing(scheme: Scheme) -> Origin {
    raw(scheme, |_, mut io| async move {
        loop {
            let head = read_head(&mut io).await;
            let Some(path) = head.split(' ').nth(1) else {
                return;
            };
            let mut words = path.split('/').skip(1);
            let (name, pace) = (words.next().unwrap(), words.next().unwrap());
            let (_, pieces) = FRAMINGS.iter().find(|(n, _)| *n == name).unwrap();
            if pace == "whole" {
                say(&mut io, &pieces.concat()).await;
            } else {
                for piece in pieces {
                    say(&mut io, piece).await;
                    tokio::task::yield_now().await;
                }
            }
            if name == "close" {
                let _ = tokio::io::AsyncWriteExt::shutdown(&mut io).await;
                return;
            }
        }
    })
    .await
}

async fn content(client: &Client, origin: &Origin, path: &str) -> Incoming {
    soon(client.send(origin.get(path)))
        .await
        .unwrap()
        .into_body()
}

fn paths() -> impl Iterator<Item = String> {
    let names = FRAMINGS.iter().map(|(name, _)| name);
    names.flat_map(|name| ["whole", "pieces"].map(|pace| format!("/{name}/{pace}")))
}

#[tokio::test]
async fn more_content_than_the_reader_takes_is_an_error_that_says_how_much_that_is() {
    for scheme in BOTH {
        let origin = framing(scheme).await;
        let client = origin.client();
        for path in paths() {
            for limit in [0, 1, 4, 5, 9] {
                let limited = content(&client, &origin, &path).await.limit(Some(limit));
                let error = soon(limited.collect()).await.unwrap_err();
                let too_large = ProtocolError::ContentTooLarge { limit };
                let shown = format!("{scheme:?} {path} {limit}");
                assert_eq!(error.protocol(), Some(&too_large), "{shown}");
            }
            for limit in [Some(10), Some(11), None] {
                let limited = content(&client, &origin, &path).await.limit(limit);
                let whole = soon(limited.collect()).await.unwrap().to_bytes();
                assert_eq!(whole, "0123456789", "{scheme:?} {path} {limit:?}");
            }
        }
    }
}

#[tokio::test]
async fn no_more_than_the_limit_is_handed_out_before_the_error() {
    for scheme in BOTH {
        let origin = framing(scheme).await;
        for path in paths() {
            let mut content = content(&origin.client(), &origin, &path)
                .await
                .limit(Some(7));
            let mut taken = 0;
            let error = loop {
                match soon(content.frame()).await.expect("an error") {
                    Ok(frame) => taken += frame.into_data().unwrap().len(),
                    Err(error) => break error,
                }
            };
            assert!(taken <= 7, "{scheme:?} {path} {taken}");
            assert!(error.protocol().is_some(), "{error:?}");
            assert!(soon(content.frame()).await.is_none(), "nothing behind it");
        }
    }
}

#[tokio::test]
async fn a_client_may_bound_all_content() {
    for scheme in BOTH {
        let origin = framing(scheme).await;
        let mut config = origin.config();
        for (limit, is_enough) in [(9, false), (10, true)] {
            config.limits.content_bytes_max = Some(limit);
            let client = Client::new(config.clone());
            for path in paths() {
                let answer = fetch(&client, origin.get(&path)).await;
                let too_large = ProtocolError::ContentTooLarge { limit };
                let error = answer.err().and_then(|error| error.protocol().cloned());
                let expected = (!is_enough).then_some(too_large);
                assert_eq!(error, expected, "{scheme:?} {path}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_known_of_the_length_is_told_and_gets_less_as_it_is_read() {
    for scheme in BOTH {
        let origin = framing(scheme).await;
        let client = origin.client();
        for path in paths() {
            let mut content = content(&client, &origin, &path).await;
            let mut left = 10;
            loop {
                let hint = content.size_hint();
                let is_exact = hint.exact().is_some();
                if path.starts_with("/length") {
                    assert!(is_exact, "{scheme:?} {path}");
                }
                assert!(hint.lower() <= left, "{scheme:?} {path} {hint:?}");
                assert!(!is_exact || hint.lower() == left, "{path} {hint:?}");
                if left > 0 {
                    assert!(!content.is_end_stream(), "{scheme:?} {path}");
                }
                let Some(frame) = soon(content.frame()).await else {
                    break;
                };
                left -= frame.unwrap().into_data().unwrap().len() as u64;
            }
            assert!(content.is_end_stream(), "{scheme:?} {path}");
            assert_eq!((left, content.size_hint().exact()), (0, Some(0)));
        }
    }
}
