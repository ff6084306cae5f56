use std::fmt;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use crate::PATIENCE;
use crate::capture::Capture;

/// A child process. Its output is captured as it comes; dropped, it is killed, and when the test is failing, what it said
/// is printed.
#[derive(Debug)]
pub struct Process {
    label: String,
    child: Child,
    /// Readable once the process has ended.
    ended: OwnedFd,
    stdout: Capture,
    stderr: Capture,
    status: Option<ExitStatus>,
}

impl Process {
    /// Starts it with nothing on its standard input.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[track_caller]
    pub fn spawn(command: &mut Command) -> Self {
        Self::start(command.stdin(Stdio::null()))
    }

    /// Starts it with a pipe on its standard input, which stays open until [`close_stdin`](Self::close_stdin).
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[track_caller]
    pub fn spawn_with_stdin(command: &mut Command) -> Self {
        Self::start(command.stdin(Stdio::piped()))
    }

    /// Starts it with this descriptor as its standard input: a socket that it shall take over.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[track_caller]
    pub fn spawn_with_fd(command: &mut Command, descriptor: OwnedFd) -> Self {
        Self::start(command.stdin(Stdio::from(descriptor)))
    }

    #[track_caller]
    fn start(command: &mut Command) -> Self {
        let label = format!("{command:?}");
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{label}: {error}"));
        Self {
            stdout: Capture::new(child.stdout.take().expect("it was asked for")),
            stderr: Capture::new(child.stderr.take().expect("it was asked for")),
            ended: pidfd_open(Pid::from_child(&child), PidfdFlags::empty())
                .expect("the child has not been awaited, so its id is its own"),
            child,
            label,
            status: None,
        }
    }

    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// When it cannot be started, or has not ended after [`PATIENCE`].
    #[track_caller]
    pub fn run(command: &mut Command) -> Finished {
        Self::spawn(command).finish(PATIENCE)
    }

    /// Writes to its standard input.
    ///
    /// # Panics
    ///
    /// When there is no pipe, or no one reads it.
    #[track_caller]
    pub fn write(&mut self, bytes: &[u8]) {
        let pipe = self.child.stdin.as_mut().expect("it was asked for");
        pipe.write_all(bytes)
            .unwrap_or_else(|error| panic!("{}: standard input: {error}", self.label));
    }

    /// Writes to its standard input, if anyone still reads it: a process that has failed does not.
    pub(crate) fn offer(&mut self, bytes: &[u8]) {
        if let Some(pipe) = self.child.stdin.as_mut() {
            let _ = pipe.write_all(bytes);
        }
    }

    /// Ends its standard input.
    pub fn close_stdin(&mut self) {
        self.child.stdin = None;
    }

    /// Waits until `found` makes something of its standard output so far.
    ///
    /// # Panics
    ///
    /// When the output ends without it, or nothing was found within [`PATIENCE`].
    #[track_caller]
    pub fn wait_for_stdout<T>(&self, found: impl FnMut(&[u8]) -> Option<T>) -> T {
        self.stdout
            .wait_for(PATIENCE, found)
            .unwrap_or_else(|| panic!("{}: not what was waited for\n{}", self.label, self.said()))
    }

    /// The same; `None` when the output ends without it, or after [`PATIENCE`].
    pub(crate) fn sees_on_stdout<T>(&self, found: impl FnMut(&[u8]) -> Option<T>) -> Option<T> {
        self.stdout.wait_for(PATIENCE, found)
    }

    /// Waits until its standard error has this; whether it came before the output ended, or within [`PATIENCE`].
    pub(crate) fn says_on_stderr(&self, text: &str) -> bool {
        let found = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(text).then_some(());
        self.stderr.wait_for(PATIENCE, found).is_some()
    }

    /// Waits until its standard error has a line for which `found` makes something.
    ///
    /// # Panics
    ///
    /// When the output ends without it, or nothing was found within [`PATIENCE`].
    #[track_caller]
    pub fn wait_for_stderr<T>(&self, mut found: impl FnMut(&str) -> Option<T>) -> T {
        self.stderr
            .wait_for(PATIENCE, |bytes| {
                whole_lines(bytes).lines().find_map(&mut found)
            })
            .unwrap_or_else(|| panic!("{}: not what was waited for\n{}", self.label, self.said()))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal. A process that has ended already takes no notice.
    pub fn signal(&self, signal: Signal) {
        // Until `wait` has been called on it, the id belongs to this child, dead or alive.
        if self.status.is_none() {
            let _ = kill_process(Pid::from_child(&self.child), signal);
        }
    }

    /// Waits for its end; `None` after `limit`.
    pub fn wait_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        if self.status.is_none() && self.has_ended_within(limit) {
            self.status = self.child.wait().ok();
        }
        self.status
    }

    fn has_ended_within(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).expect("limits are minutes at most");
            match poll(
                &mut [PollFd::new(&self.ended, PollFlags::IN)],
                Some(&timeout),
            ) {
                Ok(ready) => return ready > 0,
                Err(Errno::INTR) => {}
                Err(error) => panic!("{}: poll: {error}", self.label),
            }
        }
    }

    /// Waits for its end and takes what it said.
    ///
    /// # Panics
    ///
    /// When it has not ended after `limit`.
    #[track_caller]
    pub fn finish(mut self, limit: Duration) -> Finished {
        let Some(status) = self.wait_within(limit) else {
            panic!(
                "{}: still running after {limit:?}\n{}",
                self.label,
                self.said()
            );
        };
        // A grandchild may hold the pipes open; what it says is not waited for.
        self.stdout.wait_for_end(Duration::from_secs(5));
        self.stderr.wait_for_end(Duration::from_secs(5));
        Finished {
            label: self.label.clone(),
            status,
            stdout: self.stdout.bytes(),
            stderr: self.stderr.text(),
        }
    }

    fn said(&self) -> String {
        said(&self.stdout.bytes(), &self.stderr.text())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.status.is_none() {
            let _ = self.child.kill();
            let _ = self.wait_within(PATIENCE);
        }
        if thread::panicking() {
            eprintln!("{}\n{}", self.label, self.said());
        }
    }
}

/// How a process ended, and all that it said.
#[derive(Clone, Debug)]
pub struct Finished {
    label: String,
    /// Its exit status.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error; bytes that are not UTF-8 are replaced.
    pub stderr: String,
}

impl Finished {
    /// Its standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Its exit code; `None` when a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Itself, if it ended well.
    ///
    /// # Panics
    ///
    /// When it did not.
    #[track_caller]
    #[must_use]
    pub fn success(self) -> Self {
        assert!(self.status.success(), "{self}");
        self
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}\n{}",
            self.label,
            self.status,
            said(&self.stdout, &self.stderr)
        )
    }
}

/// The part of an output that is shown in a failure. The end is where the reason stands.
const SHOWN_BYTES_MAX: usize = 16 * 1024;

fn said(stdout: &[u8], stderr: &str) -> String {
    let end = |bytes: &[u8]| {
        let from = bytes.len().saturating_sub(SHOWN_BYTES_MAX);
        String::from_utf8_lossy(&bytes[from..]).into_owned()
    };
    format!(
        "--- stdout, {} bytes\n{}\n--- stderr\n{}\n---",
        stdout.len(),
        end(stdout),
        end(stderr.as_bytes())
    )
}

/// Without the line that is still being written.
pub(crate) fn whole_lines(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_does_not_end_is_killed_when_dropped() {
        let mut process = Process::spawn_with_stdin(&mut Command::new("cat"));
        assert_eq!(process.wait_within(Duration::from_millis(10)), None);
        let id = Pid::from_child(&process.child);
        drop(process);
        // Killed and awaited: the id is free, or belongs to someone else by now.
        assert!(
            kill_process(id, Signal::CONT).is_err() || !is_my_child(id),
            "cat still runs"
        );
    }

    fn is_my_child(id: Pid) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", id.as_raw_nonzero()));
        let mine = format!("PPid:\t{}\n", std::process::id());
        status.is_ok_and(|text| text.contains(&mine))
    }

    #[test]
    fn output_is_read_while_the_process_runs() {
        let mut process = Process::spawn_with_stdin(&mut Command::new("cat"));
        process.write(b"hello");
        process.wait_for_stdout(|bytes| (bytes == b"hello").then_some(()));
        process.close_stdin();
        assert_eq!(process.finish(PATIENCE).success().text(), "hello");
    }

    #[test]
    fn a_line_is_whole_or_not_there() {
        assert_eq!(whole_lines(b"https://localhost:1"), "");
        assert_eq!(whole_lines(b"a\nb"), "a\n");
    }
}
