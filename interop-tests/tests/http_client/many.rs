//! Many large downloads at once, compared byte for byte as they arrive.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tempfile::TempDir;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use wharf_http::{HttpService, Incoming, service_fn};
use wharf_interop_tests::content::{Flow, MIB};
use wharf_interop_tests::peer;
use wharf_net::{Addr, ConnInfo};
use wharf_tls::{ServerTls, ServerTlsOptions};

use crate::harbour::Far;
use crate::identity::Identity;
use crate::ours::Ours;

const DOWNLOADS: u64 = 24;

/// How long each download is: a gibibyte takes a release build.
fn length() -> u64 {
    let mib = std::env::var("WHARF_DOWNLOAD_MIB").map_or(4, |text| text.parse().unwrap());
    mib * MIB as u64
}

/// At `/SEED` the flow of this seed: with a length if that is even, otherwise chunked.
fn flows(length: u64) -> impl HttpService {
    service_fn(move |request: Request<Incoming>| async move {
        let seed: u64 = request.uri().path()[1..].parse().unwrap();
        let flow = stream::unfold((Flow::new(seed), length), |(mut flow, left)| async move {
            let most = usize::try_from(left).unwrap_or(usize::MAX);
            let part = Bytes::copy_from_slice((left > 0).then(|| flow.next_part(most))?);
            let left = left - part.len() as u64;
            Some((Ok::<_, Infallible>(Frame::data(part)), (flow, left)))
        });
        let mut response = Response::new(StreamBody::new(flow));
        let fields = response.headers_mut();
        if seed.is_multiple_of(2) {
            fields.insert("content-length", length.into());
        }
        if let Addr::Inet(peer) = request.extensions().get::<ConnInfo>().unwrap().peer {
            fields.insert("x-port", peer.port().into());
        }
        Ok::<_, Infallible>(response)
    })
}

/// Downloads all at once: nobody reads content before everybody has a head. `flow` says for each which path has which flow.
async fn download(far: Far, length: u64, flow: fn(u64) -> (String, u64)) {
    let begun = Instant::now();
    let (far, together) = (Arc::new(far), Arc::new(Barrier::new(DOWNLOADS as usize)));
    let mut tasks = JoinSet::new();
    for number in 0..DOWNLOADS {
        let (far, together) = (Arc::clone(&far), Arc::clone(&together));
        tasks.spawn(async move {
            let (path, seed) = flow(number);
            let response = far.client.send(far.empty("GET", &path)).await.unwrap();
            together.wait().await;
            let port = response.headers()["x-port"].clone();
            let (mut expected, mut received) = (Flow::new(seed), 0);
            let mut content = response.into_body();
            while let Some(frame) = content.frame().await {
                let data = frame.unwrap().into_data().unwrap();
                let is_right = expected.continues_with(&data);
                assert!(is_right, "{} {path}: behind {received}", far.name);
                received += data.len() as u64;
            }
            assert_eq!(received, length, "{} {path}", far.name);
            port.to_str().unwrap().to_owned()
        });
    }
    let mut ports = BTreeSet::new();
    while let Some(ended) = tasks.join_next().await {
        ports.insert(ended.unwrap());
    }
    assert_eq!(ports.len() as u64, DOWNLOADS, "{}", far.name);
    let (mib, time) = (DOWNLOADS * length / MIB as u64, begun.elapsed());
    eprintln!("{}: {mib} MiB in {time:.1?}", far.name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_downloads_at_once_from_our_server_are_identical() {
    let (identity, length) = (Identity::new(), length());
    for secured in [None, Some(&identity)] {
        let options = ServerTlsOptions::default();
        let tls = secured.map(|identity| ServerTls::new(identity.server(), &options).unwrap());
        let ours = Ours::start(tls, flows(length)).await;
        let far = Far::new("ours", ours.port, secured);
        download(far, length, |number| (format!("/{number}"), number)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_downloads_at_once_from_nginx_are_identical() {
    let Some(nginx) = peer::nginx() else { return };
    let (identity, length) = (Identity::new(), length());
    let root = TempDir::new().unwrap();
    let mut file = BufWriter::new(File::create(root.path().join("flow")).unwrap());
    let (mut flow, mut left) = (Flow::new(0), length as usize);
    while left > 0 {
        let part = flow.next_part(left);
        file.write_all(part).unwrap();
        left -= part.len();
    }
    file.flush().unwrap();
    for secured in [None, Some(&identity)] {
        let files = nginx.files(root.path(), secured.map(Identity::files));
        let far = Far::new("nginx", files.port, secured);
        download(far, length, |_| ("/flow".to_owned(), 0)).await;
    }
}
