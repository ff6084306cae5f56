//! A program to run: shown as a shell takes it, and run under a deadline.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::timeout;

use super::Trouble;
use crate::serve::printable;
use crate::ui::shell_word;

/// How long a program may take. On a slow machine, `update-ca-certificates` with the hook of Java takes most of a minute.
/// The limit is 5 minutes.
const TIME_MAX: Duration = Duration::from_secs(300);

/// The most that is read of what a program says, in bytes. keytool lists the public roots in 250 kB. The limit is 8 MiB.
const OUTPUT_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The longest reason that is repeated, in characters.
const REASON_CHARS_MAX: usize = 256;

/// A program with its arguments and what it is given to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invocation {
    program: PathBuf,
    args: Vec<OsString>,
    input: Option<Input>,
}

/// What a program reads: the content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Input {
    text: String,
    file: PathBuf,
}

impl Invocation {
    pub(crate) fn new(program: &Path) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            input: None,
        }
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// `text`, which was read from `file`: what was checked is what the program gets, whatever happens to the file.
    pub(crate) fn input(mut self, text: String, file: &Path) -> Self {
        self.input = Some(Input {
            text,
            file: file.into(),
        });
        self
    }

    /// Runs it to its end and returns what it said on its standard output.
    pub(crate) fn run(&self) -> Result<String, Trouble> {
        let said = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .and_then(|runtime| {
                runtime.block_on(async {
                    timeout(TIME_MAX, self.output()).await.map_err(|_| {
                        io::Error::other(format!("it has not ended after {TIME_MAX:?}"))
                    })?
                })
            })
            .map_err(|error| Trouble::new(format!("cannot run {self}: {error}")))?;
        if said.stdout.len() as u64 >= OUTPUT_BYTES_MAX {
            return Err(Trouble::new(format!(
                "{self} says more than {OUTPUT_BYTES_MAX} bytes"
            )));
        }
        if !said.status.success() {
            return Err(Trouble::new(format!(
                "{}: {}: {}",
                self.name(),
                said.status,
                said.reason()
            )));
        }
        Ok(String::from_utf8_lossy(&said.stdout).into_owned())
    }

    async fn output(&self) -> io::Result<Said> {
        let mut child = Command::new(&self.program)
            .args(&self.args)
            // What they say is read here.
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let write = async {
            if let (Some(mut stdin), Some(input)) = (stdin, &self.input) {
                // Who does not read to the end has a reason, and says it on the other pipes.
                let _ = stdin.write_all(input.text.as_bytes()).await;
            }
        };
        let ((), stdout, stderr, status) =
            tokio::join!(write, read(stdout), read(stderr), child.wait());
        Ok(Said {
            status: status?,
            stdout: stdout?,
            stderr: stderr?,
        })
    }

    fn name(&self) -> String {
        let name = self.program.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// The line for a shell.
impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shell_word(&self.program.to_string_lossy()))?;
        for arg in &self.args {
            write!(f, " {}", shell_word(&arg.to_string_lossy()))?;
        }
        match &self.input {
            Some(input) => write!(f, " < {}", shell_word(&input.file.to_string_lossy())),
            None => Ok(()),
        }
    }
}

/// All of it up to the limit; what is beyond is thrown away, so that the program does not wait for a reader.
async fn read(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        (&mut pipe)
            .take(OUTPUT_BYTES_MAX)
            .read_to_end(&mut bytes)
            .await?;
        tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    }
    Ok(bytes)
}

struct Said {
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Said {
    /// The last line: what comes before is progress. keytool has its errors on stdout.
    fn reason(&self) -> String {
        let last = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let line = text.lines().rev().find(|line| !line.trim().is_empty());
            line.map(|line| printable(line.trim().as_bytes()))
        };
        let line = last(&self.stderr)
            .filter(|line| !line.starts_with("Picked up "))
            .or_else(|| last(&self.stdout));
        match line {
            Some(line) => line.chars().take(REASON_CHARS_MAX).collect(),
            None => "it gives no reason".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Invocation {
        Invocation::new(Path::new("/bin/sh")).args(["-c", script])
    }

    #[test]
    fn a_program_gets_its_input_and_returns_its_output() {
        let cat = Invocation::new(Path::new("/bin/cat")).input("hello".into(), Path::new("/a b"));
        assert_eq!(cat.run().unwrap(), "hello");
        assert_eq!(cat.to_string(), "/bin/cat < '/a b'");
    }

    #[test]
    fn a_program_that_fails_is_quoted_with_its_last_line() {
        let why = |script: &str| shell(script).run().unwrap_err().why;
        assert_eq!(
            why("echo first >&2; printf 'la\\033st\\n\\n' >&2; exit 3"),
            r"sh: exit status: 3: la\u{1b}st"
        );
        assert_eq!(why("echo out; exit 1"), "sh: exit status: 1: out");
        assert_eq!(why("exit 1"), "sh: exit status: 1: it gives no reason");
    }

    #[test]
    fn a_program_that_says_too_much_is_refused_and_does_not_hang() {
        let script = format!("head -c {OUTPUT_BYTES_MAX} /dev/zero");
        let why = shell(&script).run().unwrap_err().why;
        assert!(why.ends_with("says more than 8388608 bytes"), "{why}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let why = Invocation::new(Path::new("/no/such"))
            .run()
            .unwrap_err()
            .why;
        assert!(why.starts_with("cannot run /no/such: "), "{why}");
    }
}
