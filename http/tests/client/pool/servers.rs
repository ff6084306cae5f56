//! Servers that answer as a test of connections needs it.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::yield_now;

use crate::harness::{BoxIo, OK, Origin, Scheme, raw, read_head, say};

/// The path of a request whose head that is.
pub(super) fn path_of(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

/// A response whose content is that.
pub(super) fn saying(content: &str, fields: &str) -> String {
    let length = content.len();
    format!("HTTP/1.1 200 OK\r\n{fields}content-length: {length}\r\n\r\n{content}")
}

/// A server that answers each request with its path, and keeps the paths. The fields may close the connection.
pub(super) async fn parrot(
    scheme: Scheme,
    fields: &'static str,
) -> (Origin, Arc<Mutex<Vec<String>>>) {
    let paths = Arc::<Mutex<Vec<String>>>::default();
    let seen = Arc::clone(&paths);
    let origin = raw(scheme, move |_, mut io| {
        let seen = Arc::clone(&seen);
        async move {
            loop {
                let head = read_head(&mut io).await;
                if head.is_empty() {
                    return;
                }
                let path = path_of(&head).to_owned();
                say(&mut io, &saying(&path, fields)).await;
                seen.lock().unwrap().push(path);
                if fields.contains("close") {
                    let _ = io.shutdown().await;
                    return;
                }
            }
        }
    })
    .await;
    (origin, paths)
}

/// A server that answers `/held` with a head and a byte, and no more; everything else with `OK`.
pub(super) async fn holding(scheme: Scheme) -> Origin {
    raw(scheme, |_, mut io| async move {
        loop {
            let head = read_head(&mut io).await;
            if head.is_empty() {
                return;
            }
            let is_held = path_of(&head) == "/held";
            say(&mut io, if is_held { &OK[..OK.len() - 1] } else { OK }).await;
        }
    })
    .await
}

/// A server that answers one request with `response`, and tells whether the client then closes as it should.
pub(super) async fn watching(scheme: Scheme, response: String) -> (Origin, mpsc::Receiver<bool>) {
    let (tell, told) = mpsc::channel(4);
    let origin = raw(scheme, move |_, mut io| {
        let (response, tell) = (response.clone(), tell.clone());
        async move {
            while !read_head(&mut io).await.is_empty() {
                say(&mut io, &response).await;
                if !response.ends_with("ok") {
                    break;
                }
            }
            // Over TLS, without a close_notify this is an error.
            let ended = io.read(&mut [0; 1]).await;
            let _ = tell.send(matches!(ended, Ok(0))).await;
        }
    })
    .await;
    (origin, told)
}

/// Says it byte by byte, so that the client has to wait in many places.
pub(super) async fn mumble(io: &mut BoxIo, text: &str) {
    for byte in text.as_bytes() {
        if io.write_all(&[*byte]).await.is_err() || io.flush().await.is_err() {
            return;
        }
        yield_now().await;
    }
}
