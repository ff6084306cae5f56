//! The service behind HTTPS: the files of a folder, or the page about the connection.

use std::convert::Infallible;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use tower::{Service, ServiceExt};
use tower_http::services::ServeDir;
use wharf_http::Incoming;
use wharf_pki::Ca;

use super::guard::Guard;
use super::identity::ServerIdentity;
use super::landing::Landing;
use super::{Body, listing};

/// How much of a file is read at a time. A write of this size costs a third less than one of 16 KiB.
const FILE_PIECE: usize = 128 * 1024;

/// What is served.
#[derive(Clone)]
pub(crate) enum Site {
    Files {
        folder: Arc<PathBuf>,
        guard: Guard,
        files: ServeDir,
    },
    Landing(Arc<Landing>),
}

impl Site {
    /// The files of a folder: ranges, ETag, `index.html`, and `name.gz` or `name.br` beside `name` for clients that take
    /// them. Never what is in `secrets`.
    pub(crate) fn files(folder: &Path, secrets: &[PathBuf]) -> Self {
        let files = ServeDir::new(folder)
            .precompressed_gzip()
            .precompressed_br()
            .with_buf_chunk_size(FILE_PIECE);
        Self::Files {
            folder: Arc::new(folder.to_owned()),
            guard: Guard::new(folder, secrets),
            files,
        }
    }

    /// The page about the connection.
    pub(crate) fn landing(identity: &ServerIdentity, ca: &Ca) -> Self {
        Self::Landing(Arc::new(Landing::new(identity, ca)))
    }

    async fn answer(self, request: Request<Incoming>) -> Response<Body> {
        match self {
            Self::Landing(landing) => landing.answer(request),
            Self::Files {
                folder,
                guard,
                files,
            } => {
                let (path, fields) = (request.uri().path().to_owned(), request.headers().clone());
                if !guard.allows(&path).await {
                    return listing::nothing_here();
                }
                let is_read = matches!(request.method(), &Method::GET | &Method::HEAD);
                let Ok(response) = files.oneshot(request).await;
                if is_read && response.status() == StatusCode::NOT_FOUND {
                    return listing::answer(&folder, &path, &fields).await;
                }
                response.map(|body| body.map_err(Into::into).boxed_unsync())
            }
        }
    }
}

impl Service<Request<Incoming>> for Site {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let site = self.clone();
        Box::pin(async { Ok(site.answer(request).await) })
    }
}
