//! actix-web 4, one worker, every option at its default but these: idle connections and request heads have an hour.

#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::net::TcpListener;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::{Bytes, Path, Payload, get, post};
use actix_web::{App, HttpResponse, HttpServer};
use futures_util::StreamExt;
use wharf_bench::connections::raise_descriptor_limit;
use wharf_bench::content::Zeros;
use wharf_bench::server::{BODY, announce};

const PATIENCE: Duration = Duration::from_secs(3600);
const TEXT: &str = "text/plain";

fn main() -> anyhow::Result<()> {
    raise_descriptor_limit()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    actix_web::rt::System::new().block_on(async {
        let app = || {
            App::new()
                .route("/", get().to(hello))
                .route("/dl/{bytes}", get().to(download))
                .route("/dlc/{bytes}", get().to(download_chunked))
                .route("/up", post().to(upload))
        };
        let server = HttpServer::new(app)
            .workers(1)
            .keep_alive(PATIENCE)
            .client_request_timeout(PATIENCE)
            .tcp_nodelay(true)
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
    HttpResponse::Ok()
        .content_type(TEXT)
        .body(Download { zeros, size })
}

async fn download_chunked(bytes: Path<u64>) -> HttpResponse {
    let zeros = Zeros::new(*bytes);
    let size = BodySize::Stream;
    HttpResponse::Ok()
        .content_type(TEXT)
        .body(Download { zeros, size })
}

async fn upload(mut content: Payload) -> HttpResponse {
    let mut bytes = 0;
    while let Some(piece) = content.next().await {
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
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(self.zeros.next().map(|piece| Ok(Bytes::from_static(piece))))
    }
}
