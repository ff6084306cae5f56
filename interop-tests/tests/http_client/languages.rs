//! The servers of Go and Node, and one on h11.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use wharf_interop_tests::peer::{self, HttpServer};
use wharf_interop_tests::tls::content;

use crate::harbour::{Far, Identity};

/// Goes through all scenarios, over both schemes.
async fn all(server: HttpServer) {
    let identity = Identity::new();
    for secured in [None, Some(&identity)] {
        let serving = server.start(secured.map(Identity::files));
        let far = Far::new(server.name(), serving.port, secured);
        downloads(&far).await;
        uploads(&far).await;
        informational(&far).await;
        refused(&far).await;
    }
}

async fn downloads(far: &Far) {
    let first = far.get("/length/5").await;
    for length in [0, 1, 100, 100_000, 5_000_000] {
        for framing in ["length", "chunked"] {
            let fetched = far.get(&format!("/{framing}/{length}")).await;
            assert_eq!(fetched.status, 200, "{}", far.name);
            assert!(fetched.content == content(length), "{} {length}", far.name);
            assert_eq!(fetched.port(), first.port(), "{}: not kept", far.name);
            if framing == "chunked" {
                let sum = &fetched.trailers.expect("trailers")["x-sum"];
                assert_eq!(sum, "42", "{}", far.name);
            }
        }
        let head = far.request("HEAD", &format!("/length/{length}"));
        let fetched = far
            .fetch(head.body(Full::<Bytes>::default()).unwrap())
            .await;
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
            let mut request = far.request("POST", "/echo");
            if expects {
                request = request.header("expect", "100-continue");
            }
            let body = Full::new(sent.clone());
            let fetched = far.fetch(request.body(body).unwrap()).await;
            assert!(fetched.content == sent, "{} {length}", far.name);
            assert_eq!(fetched.fields["x-framing"], format!("length {length}"));
            ports.push(fetched.port());
        }
        let pieces: Vec<_> = sent
            .chunks(10_000)
            .map(|piece| Ok::<_, Infallible>(Frame::data(sent.slice_ref(piece))))
            .collect();
        let body = StreamBody::new(stream::iter(pieces));
        let request = far.request("PUT", "/echo").body(body);
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
    let request = far.request("GET", "/hints").body(Full::<Bytes>::default());
    let mut request = request.unwrap();
    wharf_http::on_informational(&mut request, move |head| {
        let link = head.headers["link"].to_str().unwrap().to_owned();
        hear.lock().unwrap().push((head.status.as_u16(), link));
    });
    assert_eq!(far.fetch(request).await.content, "hinted", "{}", far.name);
    let link = "</a>; rel=preload".to_owned();
    assert_eq!(*heard.lock().unwrap(), [(103, link)], "{}", far.name);
}

async fn refused(far: &Far) {
    for expects in [true, false] {
        let mut request = far.request("POST", "/refuse");
        if expects {
            request = request.header("expect", "100-continue");
        }
        let body = Full::new(Bytes::from(vec![b'x'; 50_000_000]));
        let fetched = far.fetch(request.body(body).unwrap()).await;
        assert_eq!(fetched.status, 413, "{} {expects}", far.name);
        assert_eq!(fetched.content, "no", "{} {expects}", far.name);
        let next = far.get("/length/5").await;
        assert_ne!(next.port(), fetched.port(), "{} {expects}", far.name);
    }
}

#[tokio::test]
async fn go_is_understood() {
    let Some(go) = peer::go_server() else { return };
    all(go).await;
}

#[tokio::test]
async fn node_is_understood() {
    let Some(node) = peer::node_server() else {
        return;
    };
    all(node).await;
}

#[tokio::test]
async fn h11_is_understood() {
    let Some(h11) = peer::h11_server() else {
        return;
    };
    all(h11).await;
}
