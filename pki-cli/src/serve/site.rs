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
        /// The state folder, which is never served.
        home: Arc<PathBuf>,
        files: ServeDir,
    },
    Landing(Arc<Landing>),
}

impl Site {
    /// The files of a folder: ranges, ETag, `index.html`, and `name.gz` or `name.br` beside `name` for clients that take
    /// them.
    pub(crate) fn files(folder: &Path, home: &Path) -> Self {
        // It exists: the CA is in it.
        let home = home.canonicalize().unwrap_or_else(|_| home.to_owned());
        let files = ServeDir::new(folder)
            .precompressed_gzip()
            .precompressed_br()
            .with_buf_chunk_size(FILE_PIECE);
        Self::Files {
            folder: Arc::new(folder.to_owned()),
            home: Arc::new(home),
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
                home,
                files,
            } => {
                let (path, fields) = (request.uri().path().to_owned(), request.headers().clone());
                if !may_be_served(&folder, &home, &path).await {
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

/// Whether `ServeDir` may look at a path.
///
/// Opening a pipe waits for somebody at its other end, in a thread that nobody can call back. A path that begins with two
/// slashes would be redirected, with one more at its end, to what a browser takes for another host. And whoever serves a
/// folder that has the CA in it does not mean to serve the CA's keys.
async fn may_be_served(folder: &Path, home: &Path, path: &str) -> bool {
    if path.starts_with("//") {
        return false;
    }
    let Some(file) = listing::resolve(folder, path) else {
        // Whatever it is, `ServeDir` refuses it too.
        return true;
    };
    let beside = |ending: &str| {
        let mut name = file.clone().into_os_string();
        name.push(ending);
        PathBuf::from(name)
    };
    // What `ServeDir` may open in place of the path itself.
    for candidate in [beside(".gz"), beside(".br"), file.join("index.html"), file] {
        let Ok(candidate) = tokio::fs::canonicalize(candidate).await else {
            continue;
        };
        let is_ordinary = match tokio::fs::metadata(&candidate).await {
            Ok(metadata) => metadata.is_file() || metadata.is_dir(),
            Err(_) => true,
        };
        if !is_ordinary || candidate.starts_with(home) {
            return false;
        }
    }
    true
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[tokio::test]
    async fn the_state_folder_is_not_served_by_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        fs::write(home.join("root.key"), "secret").unwrap();
        fs::write(folder.path().join("a.txt"), "for all").unwrap();
        symlink(home.join("root.key"), folder.path().join("link")).unwrap();
        symlink(home.join("root.key"), folder.path().join("b.txt.gz")).unwrap();
        let home = home.canonicalize().unwrap();
        let served = async |path: &str| may_be_served(folder.path(), &home, path).await;
        for path in ["/", "/a.txt", "/missing"] {
            assert!(served(path).await, "{path}");
        }
        for path in [
            "/home",
            "/home/",
            "/home/root.key",
            "/link",
            "/b.txt",
            "//a.txt",
        ] {
            assert!(!served(path).await, "{path}");
        }
    }
}
