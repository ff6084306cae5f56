//! What of a served folder is not served.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::listing;

/// Decides whether `ServeDir` may look at a path.
///
/// - Opening a pipe waits for somebody at its other end, in a thread that nobody can call back.
/// - A path that begins with two slashes would be redirected, with one more at its end, to what a browser takes for
///   another host.
/// - Whoever serves a folder that has the CA in it does not mean to serve the CA's keys.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    folder: Arc<Path>,
    secrets: Arc<[PathBuf]>,
}

impl Guard {
    /// Guards `secrets`, files and folders that exist, wherever they are.
    pub(crate) fn new(folder: &Path, secrets: &[PathBuf]) -> Self {
        let resolved = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
        Self {
            folder: folder.into(),
            secrets: secrets.iter().map(resolved).collect(),
        }
    }

    /// Whether the path of a request may be looked at. In one trip off the runtime: a file system can be slow.
    pub(crate) async fn allows(&self, path: &str) -> bool {
        if path.starts_with("//") {
            return false;
        }
        let Some(file) = listing::resolve(&self.folder, path) else {
            // Whatever it is, `ServeDir` refuses it too.
            return true;
        };
        let guard = self.clone();
        let looked = tokio::task::spawn_blocking(move || {
            opened_for(&file)
                .iter()
                .all(|candidate| guard.is_harmless(candidate))
        });
        looked.await.unwrap_or(false)
    }

    fn is_harmless(&self, file: &Path) -> bool {
        // What is not there is a 404, and `ServeDir` says so.
        let Ok(file) = file.canonicalize() else {
            return true;
        };
        let is_ordinary = fs::metadata(&file).is_ok_and(|found| found.is_file() || found.is_dir());
        is_ordinary && !self.secrets.iter().any(|secret| file.starts_with(secret))
    }
}

/// The path itself, and what `ServeDir` may open in its place.
fn opened_for(file: &Path) -> [PathBuf; 6] {
    let with = |file: &Path, ending: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let index = file.join("index.html");
    [
        file.to_owned(),
        with(file, ".gz"),
        with(file, ".br"),
        with(&index, ".gz"),
        with(&index, ".br"),
        index,
    ]
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    /// A folder with a CA in it: the state folder is the served one.
    fn folder() -> (tempfile::TempDir, Guard) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("ca")).unwrap();
        fs::create_dir(at("sub")).unwrap();
        for name in [
            "ca/root.key",
            "serve.pem",
            "a.txt",
            "b.txt",
            "sub/page.html",
        ] {
            fs::write(at(name), "content").unwrap();
        }
        let guard = Guard::new(folder.path(), &[at("ca"), at("serve.pem")]);
        (folder, guard)
    }

    #[tokio::test]
    async fn secrets_are_served_by_no_name_and_their_neighbours_are() {
        let (folder, guard) = folder();
        symlink(
            folder.path().join("ca/root.key"),
            folder.path().join("link"),
        )
        .unwrap();
        symlink(
            folder.path().join("serve.pem"),
            folder.path().join("b.txt.gz"),
        )
        .unwrap();
        for path in ["/", "/a.txt", "/sub/", "/sub/page.html", "/missing"] {
            assert!(guard.allows(path).await, "{path}");
        }
        for path in [
            "/ca",
            "/ca/",
            "/ca/root.key",
            "/serve.pem",
            "/link",
            "/b.txt",
            "//a.txt",
        ] {
            assert!(!guard.allows(path).await, "{path}");
        }
    }

    #[tokio::test]
    async fn what_is_neither_file_nor_folder_is_not_opened_in_any_place() {
        let (folder, guard) = folder();
        let mut sockets = Vec::new();
        for name in ["socket", "a.txt.br", "sub/index.html.gz"] {
            sockets.push(UnixListener::bind(folder.path().join(name)).unwrap());
        }
        for path in ["/socket", "/a.txt", "/sub/"] {
            assert!(!guard.allows(path).await, "{path}");
        }
        assert!(guard.allows("/b.txt").await);
    }
}
