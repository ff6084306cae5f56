//! A running server.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use socket2::SockRef;

use crate::SERVER_CORE;
use crate::sample::{CpuTime, Sample};
use crate::server::BODY;

/// A server process, pinned to its core. It is killed, by its own process id, when this is dropped.
#[derive(Debug)]
pub struct ServerProcess {
    /// The name in the table.
    pub name: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
}

impl ServerProcess {
    /// Starts `server-NAME` from `folder` and waits until it listens.
    pub fn start(folder: &Path, name: &'static str) -> anyhow::Result<Self> {
        let program = folder.join(format!("server-{name}"));
        Self::run(name, &[program.as_os_str()])
    }

    /// Starts a program with its arguments and waits until it tells on a line where it listens.
    pub fn run(name: &'static str, command_line: &[&OsStr]) -> anyhow::Result<Self> {
        let child = pinned(command_line)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("taskset")?;
        let mut server = Self {
            name,
            address: ([127, 0, 0, 1], 0).into(),
            child,
        };
        let mut line = String::new();
        BufReader::new(server.child.stdout.take().context("a pipe")?).read_line(&mut line)?;
        server.address = line
            .trim()
            .parse()
            .with_context(|| format!("{name} told no address but {line:?}"))?;
        Ok(server)
    }

    /// A server that was started in another way, and listens.
    pub fn new(name: &'static str, address: SocketAddr, child: Child) -> Self {
        Self {
            name,
            address,
            child,
        }
    }

    /// Whether the process is gone.
    pub fn has_ended(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Sets the congestion control of all connections that it will accept, whatever it knows about such things: they
    /// have it from the socket that listens, and that can be had from another process.
    ///
    /// # Errors
    ///
    /// When the kernel does not hand the socket out, as in some containers.
    pub fn set_congestion(&self, name: &str) -> anyhow::Result<()> {
        let mut listeners = 0;
        for descriptor in descriptors(self.child.id())? {
            let socket = SockRef::from(&descriptor);
            if socket.is_listener().unwrap_or(false) {
                socket.set_tcp_congestion(name.as_bytes())?;
                listeners += 1;
            }
        }
        ensure!(listeners > 0, "{} does not listen", self.name);
        Ok(())
    }

    /// Its end of a connection, by the address of the other end. As long as this is held, the server cannot close it.
    ///
    /// # Errors
    ///
    /// As for [`set_congestion`](Self::set_congestion).
    pub fn connection_of(&self, peer: SocketAddr) -> anyhow::Result<OwnedFd> {
        descriptors(self.child.id())?
            .into_iter()
            .find(|descriptor| {
                let address = SockRef::from(descriptor).peer_addr();
                address.is_ok_and(|address| address.as_socket() == Some(peer))
            })
            .with_context(|| format!("{} has no connection with {peer}", self.name))
    }

    /// The memory of the process that is its own and resident: no files, nothing that is shared.
    pub fn anonymous_bytes(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:")?.strip_suffix("kB"))
            .context("no RssAnon in the status")?;
        Ok(kib.trim().parse::<u64>()? * 1024)
    }

    /// Fails unless the server answers one request, and `depth` requests in one write, as it should.
    pub fn check(&self, depth: usize) -> anyhow::Result<()> {
        for count in [1, depth] {
            let answers = self
                .ask(count)
                .with_context(|| format!("{}: {count} requests at once", self.name))?;
            for answer in answers {
                check_answer(&answer)
                    .with_context(|| format!("{} answered {answer:?}", self.name))?;
            }
        }
        Ok(())
    }

    fn ask(&self, count: usize) -> anyhow::Result<Vec<String>> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        stream.write_all(request.repeat(count).as_bytes())?;
        let body = std::str::from_utf8(BODY)?;
        let mut received = String::new();
        let mut buffer = [0; 4096];
        while received.matches(body).count() < count {
            let read = stream
                .read(&mut buffer)
                .with_context(|| format!("after {received:?}"))?;
            ensure!(read > 0, "the stream ended after {received:?}");
            received.push_str(std::str::from_utf8(&buffer[..read])?);
        }
        Ok(received.split_inclusive(body).map(str::to_owned).collect())
    }

    /// What `work` cost it; how many units that was, and how long it took, `work` tells.
    pub fn sample(
        &self,
        work: impl FnOnce() -> anyhow::Result<(u64, Duration)>,
    ) -> anyhow::Result<Sample> {
        let before = self.cpu_time()?;
        let (units, wall) = work().with_context(|| self.name.to_owned())?;
        let after = self.cpu_time()?;
        Ok(Sample::new(units, wall, after - before))
    }

    /// What the scheduler accounts to the process so far, over all of its tasks.
    pub fn cpu_time(&self) -> anyhow::Result<CpuTime> {
        cpu_time_of(self.child.id())
    }
}

/// What the scheduler accounts to a process so far, over all of its tasks.
pub fn cpu_time_of(id: u32) -> anyhow::Result<CpuTime> {
    let mut sum = CpuTime::default();
    for task in std::fs::read_dir(format!("/proc/{id}/task"))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        sum += CpuTime::parse(&text).with_context(|| format!("schedstat says {text:?}"))?;
    }
    Ok(sum)
}

/// Sets the congestion control of all connections that a process has, this one or another.
///
/// # Errors
///
/// As for [`ServerProcess::set_congestion`], and when it has no connection.
pub fn set_congestion_of(id: u32, name: &str) -> anyhow::Result<()> {
    let mut connections = 0;
    for descriptor in descriptors(id)? {
        let socket = SockRef::from(&descriptor);
        if socket.peer_addr().is_ok_and(|peer| peer.is_ipv4()) {
            socket.set_tcp_congestion(name.as_bytes())?;
            connections += 1;
        }
    }
    ensure!(connections > 0, "process {id} has no connection");
    Ok(())
}

/// Copies of all that a process has open.
fn descriptors(id: u32) -> anyhow::Result<Vec<OwnedFd>> {
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw);
    let process = pidfd_open(pid.context("a process id")?, PidfdFlags::empty())?;
    let mut descriptors = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{id}/fd"))? {
        let number = entry?.file_name().to_string_lossy().parse()?;
        let descriptor = pidfd_getfd(&process, number, PidfdGetfdFlags::empty())
            .with_context(|| format!("pidfd_getfd of process {id}"))?;
        descriptors.push(descriptor);
    }
    Ok(descriptors)
}

/// A command line on the core of the servers.
pub fn pinned(command_line: &[&OsStr]) -> Command {
    pinned_to(SERVER_CORE, command_line)
}

/// A command line on some core.
pub fn pinned_to(core: u32, command_line: &[&OsStr]) -> Command {
    // taskset becomes the program, so its process id is the program's.
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).args(command_line);
    command
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Fails unless this is the whole answer to one request.
pub fn check_answer(answer: &str) -> anyhow::Result<()> {
    let (head, body) = answer.split_once("\r\n\r\n").context("no head")?;
    let mut lines = head.split("\r\n");
    let start = lines.next().unwrap_or_default();
    ensure!(start == "HTTP/1.1 200 OK", "the start-line is {start:?}");
    let fields: Vec<String> = lines.map(str::to_ascii_lowercase).collect();
    for field in ["content-type: text/plain", "content-length: 13"] {
        ensure!(fields.iter().any(|line| line == field), "no {field:?}");
    }
    ensure!(body.as_bytes() == BODY, "the body is {body:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\ncontent-length: 13\r\n\r\nHello, World!";

    #[test]
    fn a_wrong_status_field_or_body_is_found_and_the_right_answer_passes() {
        assert!(check_answer(RIGHT).is_ok());
        assert!(check_answer(&RIGHT.replace("200 OK", "404 Not Found")).is_err());
        assert!(check_answer(&RIGHT.replace("World", "world")).is_err());
        assert!(check_answer(&RIGHT.replace(": 13", ": 14")).is_err());
        assert!(check_answer(&RIGHT.replace("text/plain", "text/html")).is_err());
    }
}
