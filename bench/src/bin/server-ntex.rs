//! ntex on tokio, one worker, every option at its default but these: idle connections and request heads have an hour.

#![forbid(unsafe_code)]

use std::error::Error;
use std::net::TcpListener;
use std::rc::Rc;
use std::task::{Context, Poll};

use ntex::SharedCfg;
use ntex::http::HttpServiceConfig;
use ntex::http::body::{Body, BodySize, MessageBody};
use ntex::time::Seconds;
use ntex::util::Bytes;
use ntex::web::types::{Path, Payload};
use ntex::web::{App, HttpResponse, HttpServer, get, post};
use wharf_bench::connections::raise_descriptor_limit;
use wharf_bench::content::Zeros;
use wharf_bench::server::{BODY, announce};

const PATIENCE: Seconds = Seconds(3600);
const TEXT: &str = "text/plain";

fn main() -> anyhow::Result<()> {
    raise_descriptor_limit()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let system = ntex::rt::System::build().build(ntex::rt::DefaultRuntime);
    system.block_on(async move {
        let app = async || {
            App::new()
                .route("/", get().to(hello))
                .route("/dl/{bytes}", get().to(download))
                .route("/dlc/{bytes}", get().to(download_chunked))
                .route("/up", post().to(upload))
        };
        let http = HttpServiceConfig::new()
            .set_keepalive(PATIENCE)
            .set_headers_read_rate(PATIENCE, PATIENCE, 1);
        let server = HttpServer::new(app)
            .workers(1)
            .config(SharedCfg::new("bench").add(http))
            .listen(listener)?
            .run();
        announce(address);
        Ok(server.await?)
    })
}

async fn hello() -> HttpResponse {
    HttpResponse::Ok().content_type(TEXT).body(BODY)
}

async fn download(bytes: Path<u64>) -> HttpResponse {
    let zeros = Zeros::new(*bytes);
    let size = BodySize::Sized(*bytes);
    let body = Body::from_message(Download { zeros, size });
    HttpResponse::Ok().content_type(TEXT).body(body)
}

async fn download_chunked(bytes: Path<u64>) -> HttpResponse {
    let zeros = Zeros::new(*bytes);
    let size = BodySize::Stream;
    let body = Body::from_message(Download { zeros, size });
    HttpResponse::Ok().content_type(TEXT).body(body)
}

async fn upload(mut content: Payload) -> HttpResponse {
    let mut bytes = 0;
    while let Some(piece) = content.recv().await {
        match piece {
            Ok(piece) => bytes += piece.len(),
            Err(_) => return HttpResponse::BadRequest().finish(),
        }
    }
    HttpResponse::Ok()
        .content_type(TEXT)
        .body(bytes.to_string())
}

struct Download {
    zeros: Zeros,
    size: BodySize,
}

impl MessageBody for Download {
    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next_chunk(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Rc<dyn Error>>>> {
        Poll::Ready(self.zeros.next().map(|piece| Ok(Bytes::from_static(piece))))
    }
}
