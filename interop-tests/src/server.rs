use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::process::whole_lines;
use crate::{Finished, Home, Process};

/// A running `wharf serve`, which has said where it listens.
#[derive(Debug)]
pub struct Server {
    process: Process,
    https_port: u16,
    http_port: Option<u16>,
}

impl Server {
    /// Starts `wharf serve` with these arguments and waits for its URLs. Both listeners take any free port of `127.0.0.1`
    /// unless the arguments say otherwise.
    ///
    /// # Panics
    ///
    /// When no URL comes.
    #[track_caller]
    pub fn start(home: &Home, args: &[&str]) -> Self {
        Self::spawn(home, args).ready()
    }

    /// Starts `wharf serve` and waits for nothing.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[track_caller]
    pub fn spawn(home: &Home, args: &[&str]) -> Starting {
        let mut command = home.wharf(&["serve"]);
        command.args(args);
        for listener in ["--listen", "--http"] {
            if !args.contains(&listener) {
                command.args([listener, "127.0.0.1:0"]);
            }
        }
        Starting {
            process: Process::spawn(&mut command),
            has_http: !args.windows(2).any(|pair| pair == ["--http", "off"]),
        }
    }

    /// Serves a folder.
    ///
    /// # Panics
    ///
    /// When no URL comes.
    #[track_caller]
    pub fn of_folder(home: &Home, folder: &Path) -> Self {
        Self::start(home, &[folder.to_str().expect("temporary paths are text")])
    }

    /// The port of the HTTPS listener.
    pub fn port(&self) -> u16 {
        self.https_port
    }

    /// The port of the plain HTTP listener.
    ///
    /// # Panics
    ///
    /// When it was turned off.
    #[track_caller]
    pub fn http_port(&self) -> u16 {
        self.http_port.expect("the plain listener is on")
    }

    /// `https://localhost:PORT` and this path.
    pub fn https(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.https_port)
    }

    /// `http://localhost:PORT` and this path.
    ///
    /// # Panics
    ///
    /// When the plain listener was turned off.
    #[track_caller]
    pub fn http(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.http_port())
    }

    /// `localhost:PORT`, as OpenSSL wants it.
    pub fn authority(&self) -> String {
        format!("localhost:{}", self.https_port)
    }

    /// The process, to watch or to signal.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// When it has not ended after `limit`.
    #[track_caller]
    pub fn finish(self, limit: Duration) -> Finished {
        self.process.finish(limit)
    }

    /// Asks it to stop, with SIGTERM, and waits for its end.
    ///
    /// # Panics
    ///
    /// When it has not ended after `limit`.
    #[track_caller]
    pub fn terminate(self, limit: Duration) -> Finished {
        self.process.signal(Signal::TERM);
        self.finish(limit)
    }
}

/// A `wharf serve` that may not listen yet.
#[derive(Debug)]
pub struct Starting {
    /// The process.
    pub process: Process,
    has_http: bool,
}

impl Starting {
    /// Waits for its URLs.
    ///
    /// # Panics
    ///
    /// When it ends before, or says nothing.
    #[track_caller]
    #[must_use]
    pub fn ready(self) -> Server {
        let (https_port, http_port) = self
            .process
            .wait_for_stdout(|bytes| ports(&whole_lines(bytes), self.has_http));
        Server {
            process: self.process,
            https_port,
            http_port,
        }
    }
}

/// The ports in the URLs, a line each: first https, then http. `None` until all are there.
fn ports(stdout: &str, has_http: bool) -> Option<(u16, Option<u16>)> {
    let mut lines = stdout.lines();
    let https = port(lines.next()?, "https")?;
    let http = if has_http {
        Some(port(lines.next()?, "http")?)
    } else {
        None
    };
    Some((https, http))
}

fn port(line: &str, scheme: &str) -> Option<u16> {
    let authority = line.strip_prefix(scheme)?.strip_prefix("://localhost:")?;
    authority.strip_suffix('/')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ports_are_read_from_whole_lines_in_their_order() {
        let both = "https://localhost:4/\nhttp://localhost:5/\n";
        assert_eq!(ports(both, true), Some((4, Some(5))));
        assert_eq!(ports("https://localhost:4/\n", true), None);
        assert_eq!(ports("https://localhost:4/\n", false), Some((4, None)));
        assert_eq!(ports("http://localhost:5/\n", false), None);
    }
}
