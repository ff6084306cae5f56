//! The servers, started, and the clients, run.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, ensure};

use super::count::Counted;
use super::order::Order;
use super::scenarios::{Scenario, Site, Size, Work};
use crate::process::{ServerProcess, pinned_to};
use crate::sample::Sample;
use crate::tls::files::Files;
use crate::{LOAD_CORE, bulk, nginx};

/// How the server with TLS is told to resume sessions.
pub const TICKETS: &str = "tickets";
/// How it is told not to.
pub const NO_TICKETS: &str = "no-tickets";

/// What is needed to start any of them.
#[derive(Debug)]
pub struct Start {
    programs: PathBuf,
    files: Files,
}

impl Start {
    /// Makes the files of the servers, in a folder beside the programs.
    pub fn new(programs: PathBuf) -> anyhow::Result<Self> {
        let files = Files::make(programs.join("client-files"), 0)?;
        Ok(Self { programs, files })
    }

    /// Starts a server, with [`bulk::congestion`].
    pub fn server(&self, site: Site) -> anyhow::Result<ServerProcess> {
        let folder = self.files.folder();
        let server = match site {
            Site::Http => ServerProcess::start(&self.programs, "wharf"),
            Site::Https => self.server_with_tls(TICKETS),
            Site::HttpsWithoutTickets => self.server_with_tls(NO_TICKETS),
            Site::NginxHttp => nginx::start("nginx", folder, nginx::HTTP),
            Site::NginxHttps => nginx::start("nginx", folder, nginx::TLS),
        }?;
        server.set_congestion(bulk::congestion()?)?;
        Ok(server)
    }

    fn server_with_tls(&self, tickets: &str) -> anyhow::Result<ServerProcess> {
        let program = self.programs.join("server-https-wharf");
        let command_line = [
            program.as_os_str(),
            self.files.folder().as_os_str(),
            OsStr::new(tickets),
        ];
        ServerProcess::run("https-wharf", &command_line)
    }

    /// Has a client do once what the scenario says.
    pub fn sample(
        &self,
        client: &str,
        server: &ServerProcess,
        scenario: &Scenario,
        size: Size,
    ) -> anyhow::Result<Sample> {
        let scheme = if scenario.site.is_https() {
            "https"
        } else {
            "http"
        };
        let order = Order {
            site: format!("{scheme}://{}", server.address),
            trusted: scenario.site.is_https().then(|| self.files.root()),
            load: scenario.work.load(size),
        };
        let Counted { units, wall, cpu } = self
            .run(client, &order)
            .with_context(|| format!("{client} in {}", scenario.name))?;
        let units = match scenario.work {
            Work::Bulk(..) => units >> 20,
            Work::Kept(_) | Work::New | Work::Handshake(_) => units,
        };
        Ok(Sample::new(units, wall, cpu))
    }

    fn run(&self, client: &str, order: &Order) -> anyhow::Result<Counted> {
        let program = self.programs.join(format!("client-{client}"));
        let mut command = pinned_to(LOAD_CORE, &[program.as_os_str()]);
        order.put_on(&mut command);
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .context("taskset")?;
        ensure!(output.status.success(), "it ended with {}", output.status);
        Counted::parse(&String::from_utf8_lossy(&output.stdout))
    }
}
