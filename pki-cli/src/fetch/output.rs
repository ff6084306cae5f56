//! Where the content goes: stdout, or a file that has its name once it is complete.

use std::fs::{self, Permissions};
use std::io::{self, IsTerminal};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use http::Uri;
use tempfile::TempPath;
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, Stdout};

use super::args::OutputArgs;
use super::failure::{Class, Failure};
use super::url;

/// How much of the content has to look like text before a terminal gets it.
const LOOKED_AT_BYTES: usize = 1024;

/// Where the content goes.
pub(super) struct Output {
    sink: Sink,
    /// How much is still to be looked at. 0 where anything may go.
    unseen: usize,
}

enum Sink {
    Stdout(Stdout),
    /// It is thrown away.
    Nowhere,
    /// A file that is being written, and what becomes of it at the end.
    File {
        file: File,
        path: PathBuf,
        rest: Rest,
    },
}

enum Rest {
    /// Nothing: a device or a pipe has its name already.
    Stay,
    /// It gets the name, but not that of another file.
    Name(TempPath),
    /// It gets the name.
    Replace(TempPath),
}

impl Output {
    /// Finds out where to write before anything is asked. `is_wanted`: stdout is for content.
    pub(super) async fn open(
        args: &OutputArgs,
        url: &Uri,
        is_wanted: bool,
    ) -> Result<Self, Failure> {
        let path = match &args.output {
            Some(path) if path == Path::new("-") => return Ok(Self::stdout(0)),
            Some(path) => path.clone(),
            None if args.remote_name => match url::file_name(url) {
                Some(name) => PathBuf::from(name),
                None => {
                    let error = anyhow::anyhow!("the path of {url} does not end in a name");
                    return Err(Failure::new(Class::Usage, error).hint("-o FILE gives one"));
                }
            },
            None if !is_wanted => return Ok(Self::with(Sink::Nowhere, 0)),
            None if io::stdout().is_terminal() => return Ok(Self::stdout(LOOKED_AT_BYTES)),
            None => return Ok(Self::stdout(0)),
        };
        Ok(Self::with(file(path, args.force).await?, 0))
    }

    /// A file that a page goes into, or stdout.
    pub(super) async fn of_page(path: &Path, force: bool) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self::stdout(0));
        }
        Ok(Self::with(file(path.to_owned(), force).await?, 0))
    }

    fn with(sink: Sink, unseen: usize) -> Self {
        Self { sink, unseen }
    }

    fn stdout(unseen: usize) -> Self {
        Self::with(Sink::Stdout(tokio::io::stdout()), unseen)
    }

    /// The file, `-` for stdout; `None` if it is thrown away.
    pub(super) fn place(&self) -> Option<String> {
        match &self.sink {
            Sink::Stdout(_) => Some("-".to_owned()),
            Sink::Nowhere => None,
            Sink::File { path, .. } => Some(path.display().to_string()),
        }
    }

    /// Whether people see the content as it comes.
    pub(super) fn is_terminal(&self) -> bool {
        matches!(self.sink, Sink::Stdout(_)) && io::stdout().is_terminal()
    }

    /// Writes heads, which are text.
    pub(super) async fn write_heads(&mut self, heads: &[u8]) -> Result<(), Failure> {
        self.write_all(heads).await
    }

    /// Writes a piece of content, as soon as there is room for it.
    pub(super) async fn write(&mut self, piece: &[u8]) -> Result<(), Failure> {
        let (seen, _) = piece.split_at(piece.len().min(self.unseen));
        if seen.contains(&0) {
            let error = anyhow::anyhow!("the content is not text, and stdout is a terminal");
            return Err(Failure::new(Class::Write, error)
                .hint("-o FILE writes it to a file, `-o -` to the terminal nonetheless"));
        }
        self.unseen -= seen.len();
        self.write_all(piece).await
    }

    async fn write_all(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match &mut self.sink {
            Sink::Nowhere => Ok(()),
            Sink::Stdout(stdout) => {
                let written = async {
                    stdout.write_all(bytes).await?;
                    // Who reads events wants each when it comes.
                    stdout.flush().await
                };
                written.await.map_err(stdout_failed)
            }
            Sink::File { file, path, .. } => {
                let written = file.write_all(bytes).await;
                written.map_err(|error| failed(path, error))
            }
        }
    }

    /// The content is complete.
    pub(super) async fn finish(self) -> Result<(), Failure> {
        let Sink::File {
            mut file,
            path,
            rest,
        } = self.sink
        else {
            return Ok(());
        };
        // Behind the last write, which may have failed after it was accepted.
        file.flush().await.map_err(|error| failed(&path, error))?;
        let named = match rest {
            Rest::Stay => Ok(()),
            Rest::Name(temporary) => temporary.persist_noclobber(&path),
            Rest::Replace(temporary) => temporary.persist(&path),
        };
        named.map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => exists(&path),
            _ => failed(&path, error.error),
        })
    }
}

async fn file(path: PathBuf, force: bool) -> Result<Sink, Failure> {
    match fs::metadata(&path) {
        Ok(found) if found.is_dir() => {
            let error = anyhow::anyhow!("{} is a folder", path.display());
            return Err(Failure::new(Class::Write, error).hint("name a file in it"));
        }
        // /dev/null, or a pipe: it is written to, and never replaced.
        Ok(found) if !found.is_file() => {
            let file = File::options().write(true).open(&path).await;
            return Ok(Sink::File {
                file: file.map_err(|error| failed(&path, error))?,
                path,
                rest: Rest::Stay,
            });
        }
        Ok(_) if !force => return Err(exists(&path)),
        Ok(_) | Err(_) => {}
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let temporary = tempfile::Builder::new()
        .prefix(".wharf-fetch-")
        // Like any new file: the umask has its say.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder);
    let (file, temporary) = temporary
        .map_err(|error| failed(&path, error))?
        .into_parts();
    Ok(Sink::File {
        file: File::from_std(file),
        path,
        rest: if force {
            Rest::Replace(temporary)
        } else {
            Rest::Name(temporary)
        },
    })
}

fn exists(path: &Path) -> Failure {
    let error = anyhow::anyhow!("{} exists", path.display());
    Failure::new(Class::Write, error).hint("--force replaces it; -o FILE writes somewhere else")
}

fn failed(path: &Path, error: io::Error) -> Failure {
    let error = anyhow::Error::new(error).context(format!("cannot write {}", path.display()));
    Failure::new(Class::Write, error)
}

pub(super) fn stdout_failed(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        // `| head` has what it wanted.
        return Failure::quiet(Class::Write);
    }
    Failure::new(
        Class::Write,
        anyhow::Error::new(error).context("cannot write to stdout"),
    )
}
