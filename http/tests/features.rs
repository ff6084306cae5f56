//! What the client does with its features: cookies, content codings, JSON and forms, over a socket.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use wharf_http::{Client, ClientConfig, CookieJar, ReadContent};

/// A server that answers each request by what `answer` makes of its head and its content, and says how it is reached.
async fn server(answer: fn(&str, &str) -> Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        loop {
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") {
                let start = head.len();
                if stream.read_line(&mut head).await.unwrap() == 0 {
                    return;
                }
                if let Some(value) = head[start..].strip_prefix("content-length: ") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut content = vec![0; length];
            stream.read_exact(&mut content).await.unwrap();
            let answer = answer(&head, std::str::from_utf8(&content).unwrap());
            stream.write_all(&answer).await.unwrap();
        }
    });
    format!("http://{address}")
}

fn response(fields: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\n{fields}content-length: {}\r\n\r\n",
        content.len()
    );
    [head.as_bytes(), content].concat()
}

fn tell(head: &str, content: &str) -> Vec<u8> {
    response("", format!("{head}{content}").as_bytes())
}

fn gzipped(head: &str, _: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&b"the same again ".repeat(1000)).unwrap();
    let content = encoder.finish().unwrap();
    if head.contains("gzip") {
        response("content-encoding: gzip\r\n", &content)
    } else {
        response("", b"plain")
    }
}

#[tokio::test]
async fn codings_are_asked_for_and_taken_off_within_the_bound_of_the_reader() {
    let uri = server(gzipped).await;
    let client = Client::default();
    let answer = client.get(&uri).send().await.unwrap();
    assert!(!answer.headers().contains_key("content-encoding"));
    assert!(!answer.headers().contains_key("content-length"));
    let text = answer.text(15_000).await.unwrap();
    assert_eq!(text, "the same again ".repeat(1000));

    let answer = client.get(&uri).send().await.unwrap();
    let error = answer.text(14_999).await.unwrap_err();
    let too_large = wharf_http::h1::ProtocolError::ContentTooLarge { limit: 14_999 };
    assert_eq!(error.protocol(), Some(&too_large));

    // Who asks for codings gets them.
    let answer = client
        .get(&uri)
        .field("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert!(answer.bytes(1000).await.unwrap().starts_with(b"\x1f\x8b"));
    let answer = client
        .get(&uri)
        .field("range", "bytes=0-5")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.text(10).await.unwrap(), "plain");
}

fn with_cookies(head: &str, _: &str) -> Vec<u8> {
    if head.starts_with("GET /set ") {
        return b"HTTP/1.1 302 Found\r\nset-cookie: a=1; Path=/\r\nset-cookie: b=2; Path=/only\r\n\
            location: /next\r\ncontent-length: 0\r\n\r\n"
            .to_vec();
    }
    tell(head, "")
}

#[tokio::test]
async fn cookies_go_back_where_they_came_from_beside_those_of_the_caller() {
    let uri = server(with_cookies).await;
    let jar = CookieJar::default();
    let client = Client::new(ClientConfig {
        cookies: Some(jar.clone()),
        ..ClientConfig::default()
    });
    let cookies = async |path: &str| {
        let request = client.get(&format!("{uri}{path}")).field("cookie", "own=0");
        let told = request.send().await.unwrap().text(10_000).await.unwrap();
        let line = told.lines().find_map(|line| line.strip_prefix("cookie: "));
        line.unwrap_or_default().to_owned()
    };
    assert_eq!(cookies("/set").await, "own=0; a=1");
    assert_eq!(cookies("/only/here").await, "own=0; b=2; a=1");
    jar.clear();
    assert_eq!(cookies("/only/here").await, "own=0");
}

#[tokio::test]
async fn values_go_out_and_come_back() {
    let echo =
        server(|_, content| response("content-type: application/json\r\n", content.as_bytes()));
    let uri = echo.await;
    let client = Client::default();
    let answer = client.post(&uri).json(&[1, 2, 3]).send().await.unwrap();
    assert_eq!(answer.json::<Vec<u32>>(100).await.unwrap(), [1, 2, 3]);
    let answer = client
        .post(&uri)
        .form(&[("a", "1 2")])
        .send()
        .await
        .unwrap();
    let error = answer.json::<Vec<u32>>(100).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the content is not the JSON that was expected"
    );
    let answer = client
        .post(&uri)
        .form(&[("a", "1 2")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.text(100).await.unwrap(), "a=1+2");
}

/// Leads away to whatever the path says.
fn away(head: &str, _: &str) -> Vec<u8> {
    let target = head.split(' ').nth(1).unwrap().trim_start_matches('/');
    format!("HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn what_the_caller_says_of_itself_stays_with_its_origin_also_beside_a_jar() {
    let (from, to) = (server(away).await, server(tell).await);
    let client = Client::new(ClientConfig {
        cookies: Some(CookieJar::default()),
        ..ClientConfig::default()
    });
    let request = client
        .get(&format!("{from}/{to}/"))
        .field("cookie", "own=0");
    let request = request.field("authorization", "Bearer token");
    let told = request.send().await.unwrap().text(1000).await.unwrap();
    let told = told.to_ascii_lowercase();
    assert!(told.starts_with("get / "), "{told}");
    assert!(
        !told.contains("cookie") && !told.contains("bearer"),
        "{told}"
    );
}
