//! nginx as a server of files.

use std::path::Path;

use bytes::Bytes;
use http_body_util::Full;
use tempfile::TempDir;
use wharf_interop_tests::content::{random_file, sha256, sha256_of_file};
use wharf_interop_tests::peer;
use wharf_interop_tests::tls::content;

use crate::harbour::{Far, chunked};
use crate::identity::Identity;

const LARGE: usize = 100_000_000;

#[tokio::test]
async fn nginx_is_understood() {
    let Some(nginx) = peer::nginx() else { return };
    let (identity, root) = (Identity::new(), TempDir::new().unwrap());
    let large = random_file(&root.path().join("large"), 1, LARGE);
    std::fs::write(root.path().join("small"), "small\n").unwrap();
    std::fs::write(root.path().join("close"), "close\n").unwrap();
    for secured in [None, Some(&identity)] {
        let files = nginx.files(root.path(), secured.map(Identity::files));
        let far = Far::new("nginx", files.port, secured);
        downloads(&far, &large).await;
        uploads(&far, root.path()).await;
        refused(&far).await;
    }
}

async fn downloads(far: &Far, large: &str) {
    let first = far.get("/small").await;
    for _ in 0..10 {
        let fetched = far.get("/small").await;
        assert_eq!(fetched.content, "small\n", "{}", far.name);
        assert_eq!(fetched.port(), first.port(), "{}: not kept", far.name);
    }
    let head = far.fetch(far.empty("HEAD", "/large")).await;
    assert_eq!(head.fields["content-length"], LARGE.to_string());
    let fetched = far.get("/large").await;
    assert_eq!(sha256(&fetched.content), large, "{}", far.name);
    assert_eq!(fetched.port(), first.port(), "{}: not kept", far.name);
    let part = far.request("GET", "/small").header("range", "bytes=1-3");
    let part = far
        .fetch(part.body(Full::<Bytes>::default()).unwrap())
        .await;
    assert_eq!(
        (part.status.as_u16(), &part.content[..]),
        (206, &b"mal"[..])
    );
    let closed = far.get("/close").await;
    assert_eq!(closed.content, "close\n", "{}", far.name);
    assert_ne!(far.get("/small").await.port(), closed.port());
}

/// nginx writes what it gets into a file.
async fn uploads(far: &Far, root: &Path) {
    let first = far.get("/small").await;
    let sent = Bytes::from(content(5_000_000));
    for (name, expects) in [("length", false), ("expected", true), ("chunked", false)] {
        let path = format!("/upload/{name}");
        let mut request = far.request("PUT", &path);
        if expects {
            request = request.header("expect", "100-continue");
        }
        let fetched = if name == "chunked" {
            far.fetch(request.body(chunked(&sent)).unwrap()).await
        } else {
            far.fetch(request.body(Full::new(sent.clone())).unwrap())
                .await
        };
        assert!(fetched.status.is_success(), "{} {fetched:?}", far.name);
        assert_eq!(fetched.port(), first.port(), "{}: not kept", far.name);
        let file = root.join("upload").join(name);
        assert_eq!(sha256_of_file(&file), sha256(&sent), "{} {name}", far.name);
    }
}

async fn refused(far: &Far) {
    let body = Full::new(Bytes::from(vec![b'x'; 50_000_000]));
    let request = far.request("POST", "/refuse").body(body).unwrap();
    assert_eq!(far.fetch(request).await.status, 413, "{}", far.name);
    assert_eq!(far.get("/small").await.content, "small\n", "{}", far.name);
}
