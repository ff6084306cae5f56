//! The servers of Go and Node, uvicorn, and one on h11.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::Full;
use wharf_interop_tests::peer::{self, HttpServer};
use wharf_interop_tests::tls::content;

use crate::harbour::{Far, chunked};
use crate::identity::Identity;

/// Whether a server sends trailers, and informational responses other than 100.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extras {
    Sent,
    None,
}

/// Goes through all scenarios, over both schemes.
async fn all(server: HttpServer, extras: Extras) {
    let identity = Identity::new();
    for secured in [None, Some(&identity)] {
        let serving = server.start(secured.map(Identity::files));
        let far = Far::new(server.name(), serving.port, secured);
        downloads(&far, extras).await;
        uploads(&far).await;
        if extras == Extras::Sent {
            informational(&far).await;
        }
        refused(&far, extras).await;
    }
}

async fn downloads(far: &Far, extras: Extras) {
    let first = far.get("/length/5").await;
    for length in [0, 1, 100, 100_000, 5_000_000] {
        for framing in ["length", "chunked"] {
            let fetched = far.get(&format!("/{framing}/{length}")).await;
            assert_eq!(fetched.status, 200, "{}", far.name);
            assert!(fetched.content == content(length), "{} {length}", far.name);
            assert_eq!(fetched.port(), first.port(), "{}: not kept", far.name);
            if framing == "chunked" && extras == Extras::Sent {
                let sum = &fetched.trailers.expect("trailers")["x-sum"];
                assert_eq!(sum, "42", "{}", far.name);
            }
        }
        let head = far.empty("HEAD", &format!("/length/{length}"));
        let fetched = far.fetch(head).await;
        assert_eq!(fetched.fields["content-length"], length.to_string());
        assert_eq!(fetched.content, "", "{}", far.name);
        assert_eq!(fetched.port(), first.port(), "{}: not kept", far.name);
    }
    assert_eq!(far.get("/nothing").await.status, 404, "{}", far.name);
    let closed = far.get("/close/100000").await;
    assert!(closed.content == content(100_000), "{}", far.name);
    let next = far.get("/length/5").await;
    assert_ne!(next.port(), closed.port(), "{}: it was closed", far.name);
}

async fn uploads(far: &Far) {
    let mut ports = Vec::new();
    for length in [0, 1, 100_000, 5_000_000] {
        let sent = Bytes::from(content(length));
        for expects in [false, true] {
            let request = far.upload("/echo", expects);
            let body = Full::new(sent.clone());
            let fetched = far.fetch(request.body(body).unwrap()).await;
            assert!(fetched.content == sent, "{} {length}", far.name);
            assert_eq!(fetched.fields["x-framing"], format!("length {length}"));
            ports.push(fetched.port());
        }
        let request = far.request("PUT", "/echo").body(chunked(&sent));
        let fetched = far.fetch(request.unwrap()).await;
        assert!(fetched.content == sent, "{} {length}", far.name);
        assert_eq!(fetched.fields["x-framing"], "chunked", "{}", far.name);
        ports.push(fetched.port());
    }
    ports.dedup();
    assert_eq!(ports.len(), 1, "{}: not kept", far.name);
}

async fn informational(far: &Far) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&heard);
    let mut request = far.empty("GET", "/hints");
    wharf_http::on_informational(&mut request, move |head| {
        let link = head.headers["link"].to_str().unwrap().to_owned();
        hear.lock().unwrap().push((head.status.as_u16(), link));
    });
    assert_eq!(far.fetch(request).await.content, "hinted", "{}", far.name);
    let link = "</a>; rel=preload".to_owned();
    assert_eq!(*heard.lock().unwrap(), [(103, link)], "{}", far.name);
}

async fn refused(far: &Far, extras: Extras) {
    for expects in [true, false] {
        let request = far.upload("/refuse", expects);
        let body = Full::new(Bytes::from(vec![b'x'; 50_000_000]));
        let fetched = far.try_fetch(request.body(body).unwrap()).await;
        // uvicorn closes with content unread, and the reset that comes of it may overtake what it has said.
        if let (Err(_), false, Extras::None) = (&fetched, expects, extras) {
            assert_eq!(far.get("/length/0").await.content, "", "{}", far.name);
            continue;
        }
        let fetched = fetched.unwrap();
        assert_eq!(fetched.status, 413, "{} {expects}", far.name);
        assert_eq!(fetched.content, "no", "{} {expects}", far.name);
        let next = far.get("/length/5").await;
        assert_ne!(next.port(), fetched.port(), "{} {expects}", far.name);
    }
}

#[tokio::test]
async fn go_is_understood() {
    let Some(go) = peer::go_server() else { return };
    all(go, Extras::Sent).await;
}

#[tokio::test]
async fn node_is_understood() {
    let Some(node) = peer::node_server() else {
        return;
    };
    all(node, Extras::Sent).await;
}

#[tokio::test]
async fn h11_is_understood() {
    let Some(h11) = peer::h11_server() else {
        return;
    };
    all(h11, Extras::Sent).await;
}

#[tokio::test]
async fn uvicorn_is_understood() {
    for parser in ["h11", "httptools"] {
        let Some(uvicorn) = peer::uvicorn_server(parser, &[]) else {
            return;
        };
        all(uvicorn, Extras::None).await;
    }
}

/// Right behind each response it closes, and does not say so: the race with a closing connection, each time.
#[tokio::test]
async fn connections_that_uvicorn_keeps_for_no_time_at_all_cost_no_request() {
    let identity = Identity::new();
    for parser in ["h11", "httptools"] {
        let Some(uvicorn) = peer::uvicorn_server(parser, &["keep_alive=0"]) else {
            return;
        };
        for secured in [None, Some(&identity)] {
            let serving = uvicorn.start(secured.map(Identity::files));
            let far = Far::new(uvicorn.name(), serving.port, secured);
            let sent = Bytes::from(content(1000));
            for n in 0..200 {
                let fetched = match n % 3 {
                    0 => far.get("/length/1000").await,
                    1 => far.get("/chunked/1000").await,
                    _ => {
                        let put = far.request("PUT", "/echo");
                        far.fetch(put.body(Full::new(sent.clone())).unwrap()).await
                    }
                };
                assert!(fetched.content == sent, "{} {n}", far.name);
            }
        }
    }
}
