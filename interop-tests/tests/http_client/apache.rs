//! Apache as a server of files, and one that says what it is sent.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use tempfile::TempDir;
use wharf_interop_tests::peer;
use wharf_interop_tests::tls::content;

use crate::harbour::{Far, chunked};
use crate::identity::Identity;

/// Files of these lengths, whose names are their lengths.
const LENGTHS: [usize; 4] = [0, 1, 100_000, 5_000_000];

fn files() -> TempDir {
    let root = TempDir::new().unwrap();
    for length in LENGTHS {
        std::fs::write(root.path().join(length.to_string()), content(length)).unwrap();
    }
    root
}

#[tokio::test]
async fn apache_is_understood() {
    let Some(apache) = peer::apache() else { return };
    let (identity, root) = (Identity::new(), files());
    for secured in [None, Some(&identity)] {
        let serving = apache.files(root.path(), secured.map(Identity::files), "");
        let far = Far::new("Apache", serving.port, secured);
        downloads(&far).await;
        parts(&far).await;
        compressed(&far).await;
        uploads(&far).await;
        refused(&far).await;
    }
}

async fn downloads(far: &Far) {
    let first = far.get("/1").await;
    for length in LENGTHS {
        for folder in ["", "/chunked"] {
            let fetched = far.get(&format!("{folder}/{length}")).await;
            assert_eq!(fetched.status, 200, "{}", far.name);
            assert!(fetched.content == content(length), "{} {length}", far.name);
            assert_eq!(fetched.port(), first.port(), "{}: not kept", far.name);
            // What it has as a whole by then it measures.
            let is_chunked = folder == "/chunked" && length > 1_000_000;
            let coding = fetched.fields.get("transfer-encoding");
            assert_eq!(coding.is_some(), is_chunked, "{} {length}", far.name);
        }
        let fetched = far.fetch(far.empty("HEAD", &format!("/{length}"))).await;
        // It leaves out that there would be nothing.
        if length > 0 {
            assert_eq!(fetched.fields["content-length"], length.to_string());
        }
        assert_eq!(fetched.content, "", "{}", far.name);
        assert_eq!(fetched.port(), first.port(), "{}: not kept", far.name);
    }
}

/// Responses without content, and with a part of it.
async fn parts(far: &Far) {
    let first = far.get("/100000").await;
    let part = far.request("GET", "/100000").header("range", "bytes=16-47");
    let part = far
        .fetch(part.body(Full::<Bytes>::default()).unwrap())
        .await;
    assert_eq!(part.status, 206, "{}", far.name);
    assert_eq!(part.content, content(48)[16..], "{}", far.name);
    let tag = first.fields["etag"].clone();
    let known = far.request("GET", "/100000").header("if-none-match", tag);
    let known = far
        .fetch(known.body(Full::<Bytes>::default()).unwrap())
        .await;
    assert_eq!((known.status.as_u16(), known.content.len()), (304, 0));
    let empty = far.get("/empty").await;
    assert_eq!((empty.status.as_u16(), empty.content.len()), (204, 0));
    assert_eq!(far.get("/nothing").await.status, 404, "{}", far.name);
    let last = far.get("/1").await;
    assert_eq!(last.port(), first.port(), "{}: not kept", far.name);
}

/// The client asks for gzip, and takes it off. What is short is not worth it.
async fn compressed(far: &Far) {
    for length in [100_000, 5_000_000] {
        let fetched = far.get(&format!("/compressed/{length}")).await;
        assert!(fetched.content == content(length), "{} {length}", far.name);
        let names = ["content-encoding", "content-length"];
        let of_coded = names.iter().any(|name| fetched.fields.contains_key(*name));
        assert!(!of_coded, "{} {:?}", far.name, fetched.fields);
        let asking = far
            .request("GET", &format!("/compressed/{length}"))
            .header("accept-encoding", "gzip");
        let coded = far
            .fetch(asking.body(Full::<Bytes>::default()).unwrap())
            .await;
        assert_eq!(coded.fields["content-encoding"], "gzip", "{}", far.name);
        assert_eq!(coded.content[..2], [0x1f, 0x8b], "{}", far.name);
    }
}

async fn uploads(far: &Far) {
    let first = far.get("/1").await;
    for length in LENGTHS {
        let sent = Bytes::from(content(length));
        for expects in [false, true] {
            let request = far.upload("/echo", expects);
            let body = Full::new(sent.clone());
            let fetched = far.fetch(request.body(body).unwrap()).await;
            assert!(fetched.content == sent, "{} {length}", far.name);
            assert_eq!(fetched.fields["content-length"], length.to_string());
            assert_eq!(fetched.port(), first.port(), "{}: not kept", far.name);
        }
        let request = far.request("POST", "/echo").body(chunked(&sent));
        let fetched = far.fetch(request.unwrap()).await;
        assert!(fetched.content == sent, "{} {length}", far.name);
        assert_eq!(fetched.fields["x-framing"], "chunked", "{}", far.name);
        assert_eq!(fetched.port(), first.port(), "{}: not kept", far.name);
    }
}

async fn refused(far: &Far) {
    for expects in [true, false] {
        let request = far.upload("/refuse", expects);
        let body = Full::new(Bytes::from(vec![b'x'; 50_000_000]));
        let fetched = far.fetch(request.body(body).unwrap()).await;
        assert_eq!(fetched.status, 413, "{} {expects}", far.name);
        let next = far.get("/1").await;
        assert_ne!(next.port(), fetched.port(), "{} {expects}", far.name);
    }
}

/// The client's ports of so many requests for a small file, one after the other.
async fn ports(far: &Far, requests: usize, between: impl AsyncFn(usize)) -> Vec<u16> {
    let mut ports = Vec::new();
    for n in 0..requests {
        let fetched = far.get("/1").await;
        assert_eq!(fetched.content, "0", "{} {n}", far.name);
        ports.push(fetched.port());
        between(n).await;
    }
    ports.dedup();
    ports
}

async fn served(root: &Path, more: &str, check: impl AsyncFn(&Far)) {
    let Some(apache) = peer::apache() else { return };
    let identity = Identity::new();
    for secured in [None, Some(&identity)] {
        let serving = apache.files(root, secured.map(Identity::files), more);
        check(&Far::new("Apache", serving.port, secured)).await;
    }
}

#[tokio::test]
async fn connections_that_apache_closes_behind_a_hundred_requests_cost_none() {
    let root = files();
    served(root.path(), "MaxKeepAliveRequests 100", async |far| {
        let ports = ports(far, 500, async |_| {}).await;
        assert_eq!(ports.len(), 5, "{} {ports:?}", far.name);
    })
    .await;
}

/// It closes them without a word, around the time of the next request.
#[tokio::test]
async fn connections_that_apache_closes_when_they_are_idle_cost_no_request() {
    let root = files();
    served(root.path(), "KeepAliveTimeout 2ms", async |far| {
        let pause = async |n: usize| {
            let micros = (n * 137 % 40) as u64 * 100;
            tokio::time::sleep(Duration::from_micros(micros)).await;
        };
        let ports = ports(far, 500, pause).await;
        assert!(ports.len() > 1, "{}: it closed none", far.name);
    })
    .await;
}
