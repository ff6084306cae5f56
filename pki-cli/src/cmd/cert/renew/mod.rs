//! `wharf cert renew`.
//!
//! | file | what it holds |
//! |---|---|
//! | `before.rs` | when a certificate is due |
//! | `find.rs` | which certificate is meant |
//! | `disk.rs` | what its files hold |
//! | `content.rs` | what it says, asked for once more |
//! | `key.rs` | the key of its successor |
//! | `write.rs` | the files of its successor |
//! | `replace.rs` | one certificate: whether it is to be renewed, and its successor |
//! | `exec.rs` | what is run then |
//! | `report.rs` | what is told |
//! | `watch.rs` | renewing for as long as the process runs |

mod before;
mod content;
mod disk;
mod exec;
mod find;
mod key;
mod replace;
mod report;
mod watch;
mod write;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use wharf_pki::validity::DAY;
use wharf_pki::{Home, Profiles};

use self::before::{Before, duration};
use self::find::Candidate;
use self::replace::{ENDS_WITH_ISSUER, Outcome, Plan, Renewer, When};
use self::report::{Failed, Report, Skipped};
use crate::args::HomeArg;
use crate::exit::Status;
use crate::home::Asked;
use crate::password::{CaPasswordArg, PasswordArg};
use crate::ui::Advised;
use crate::{clock, files, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert renew localhost
  wharf cert renew /etc/app/app.test.pem --exec 'systemctl reload nginx'
  wharf cert renew --all --if-needed --jitter 10m     from cron, once a day or more often
  wharf cert renew --watch                            for as long as the process runs

The successor has the names, the profile, the kind of key, the lifetime and the files of the old certificate, and a new \
key. An expired certificate can be renewed, a revoked one cannot. --exec runs in a shell once for each certificate, with \
WHARF_CERT, WHARF_KEY (paths) and WHARF_NAMES (with blanks between them) in its environment.

Exit status: 0 renewed; 1 something failed, or the command of --exec did; 3 nothing was to be done.")]
pub(crate) struct Renew {
    /// The files, names or serial numbers of certificates
    #[arg(value_name = "FILE|NAME|SERIAL", required_unless_present_any = ["all", "watch"])]
    certificates: Vec<String>,
    /// Every certificate of the inventory whose files are in place
    #[arg(long, conflicts_with = "certificates")]
    all: bool,
    /// Only those that are due
    #[arg(long)]
    if_needed: bool,
    /// When one is due: in the last part of its life, or that long before its end
    #[arg(long, value_name = "1/3|DURATION", default_value = "1/3")]
    before: Before,
    /// Make a new key: the default, but for those of requests, whose key is with whoever sent them
    #[arg(long, conflicts_with = "reuse_key")]
    rekey: bool,
    /// Keep the key
    #[arg(long)]
    reuse_key: bool,
    /// Where the key of the certificate is, if not where the inventory has it or beside the file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "watch"])]
    key: Option<PathBuf>,
    /// How long it is valid: 90d, 12h, 30m, 45s; as long as the old one, unless given
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    lifetime: Option<Duration>,
    /// The same in days
    #[arg(long, value_name = "N", conflicts_with = "lifetime", value_parser = clap::value_parser!(u32).range(1..=36_525))]
    days: Option<u32>,
    /// A file with profiles, for certificates of a profile that is not built in
    #[arg(long, value_name = "FILE")]
    profiles: Option<PathBuf>,
    /// Run this when a certificate was renewed
    #[arg(long, value_name = "CMD")]
    exec: Option<String>,
    /// Wait at random up to that long before anything is renewed
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    jitter: Option<Duration>,
    /// Stay, and renew what becomes due; SIGHUP looks at once
    #[arg(long, conflicts_with_all = ["if_needed", "json"])]
    watch: bool,
    /// With --watch: how often to look, at least
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1h", requires = "watch")]
    check: Duration,
    /// Tell of the certificates that are left alone, and why
    #[arg(short, long)]
    verbose: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    password: PasswordArg,
    #[command(flatten)]
    ca_password: CaPasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

impl Renew {
    /// Renews certificates.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        if self.key.is_some() && self.certificates.len() > 1 {
            return Err(Advised {
                message: "--key is the key of one certificate, and there are several".into(),
                hint: "renew them one by one".into(),
            }
            .into());
        }
        let home = home::find(&self.home)?;
        let plan = self.plan()?;
        if self.watch {
            return runtime.block_on(watch::run(&self, &home, &plan));
        }
        let report = runtime.block_on(self.once(&home, &plan))?;
        if self.json {
            ui::line(&serde_json::to_string_pretty(&report)?)?;
        }
        Ok(report.status())
    }

    fn plan(&self) -> anyhow::Result<Plan> {
        let profiles = match &self.profiles {
            None => Profiles::built_in(),
            Some(file) => Profiles::from_toml(&String::from_utf8_lossy(&files::read(file)?))?,
        };
        Ok(Plan {
            when: match (self.watch, self.if_needed) {
                (true, _) => When::DueSpread(self.jitter),
                (false, true) => When::Due,
                (false, false) => When::Asked,
            },
            before: self.before,
            rekey: self.rekey,
            reuse_key: self.reuse_key,
            lifetime: self.lifetime.or_else(|| self.days.map(|days| days * DAY)),
            profiles,
            password: self.password.given()?,
            asks: !self.watch,
        })
    }

    async fn once(&self, home: &Home, plan: &Plan) -> anyhow::Result<Report> {
        let mut asked = Asked::new(self.ca_password.clone().into());
        let mut renewer = Renewer::open(home, plan, &mut asked)?;
        let mut report = Report::default();
        let mut rested = self.jitter.is_none();
        for candidate in self.candidates(&renewer, &mut report)? {
            // Who has nothing to do does not wait first.
            let due = !self.if_needed || self.before.due(&candidate.info) <= clock::now();
            if due && !std::mem::replace(&mut rested, true) {
                tokio::time::sleep(random_below(self.jitter.unwrap_or_default())?).await;
            }
            let outcome = renewer.renew(&candidate, self.takes_all());
            self.take(outcome, &candidate, &mut report).await;
        }
        if !self.json {
            self.tell(&report)?;
        }
        Ok(report)
    }

    /// Whether whatever is found is renewed, and nobody has named it.
    fn takes_all(&self) -> bool {
        self.certificates.is_empty()
    }

    /// The variables of the environment that hold passwords.
    fn secrets(&self) -> impl Iterator<Item = &str> {
        let of_keys = self.password.variable().into_iter();
        of_keys.chain(self.ca_password.variable())
    }

    /// One that cannot be found does not keep the others from being renewed.
    fn candidates(
        &self,
        renewer: &Renewer<'_>,
        report: &mut Report,
    ) -> anyhow::Result<Vec<Candidate>> {
        let now = clock::now();
        if self.takes_all() {
            return find::all(&renewer.store, now);
        }
        let mut candidates = Vec::new();
        for wanted in &self.certificates {
            match find::one(&renewer.store, wanted, self.key.as_deref(), now) {
                Ok(candidate) => candidates.push(candidate),
                Err(error) => report.failed.push(Failed::new(wanted, &error)),
            }
        }
        Ok(candidates)
    }

    async fn take(
        &self,
        outcome: anyhow::Result<Outcome>,
        candidate: &Candidate,
        report: &mut Report,
    ) {
        match outcome {
            Ok(Outcome::Renewed(renewed)) => {
                if let Some(command) = &self.exec
                    && let Err(error) = exec::run(command, &renewed, self.secrets()).await
                {
                    let error = error.context("it was renewed, but its server was not told");
                    report.failed.push(Failed::new(&candidate.label(), &error));
                }
                report.renewed.push(renewed);
            }
            Ok(Outcome::Skipped(skipped, _)) => report.skipped.push(skipped),
            Err(error) => report.failed.push(Failed::new(&candidate.label(), &error)),
        }
    }

    /// The files to stdout, words to stderr.
    fn tell(&self, report: &Report) -> anyhow::Result<()> {
        // Who asks for all of them every day is told what was done, and what will end; who names some, of each.
        let told = |skipped: &&Skipped| {
            self.verbose || !self.takes_all() || skipped.reason == ENDS_WITH_ISSUER
        };
        for skipped in report.skipped.iter().filter(told) {
            ui::note(&format!("{}: {}", skipped.certificate, skipped.reason));
        }
        for renewed in &report.renewed {
            ui::note(&renewed.line());
            for file in &renewed.files {
                ui::line(&file.path.display().to_string())?;
            }
        }
        report.failed.iter().for_each(Failed::tell);
        Ok(())
    }
}

fn random_below(limit: Duration) -> anyhow::Result<Duration> {
    let mut octets = [0; 4];
    aws_lc_rs::rand::fill(&mut octets)
        .ok()
        .context("no random numbers")?;
    Ok(limit.mul_f64(f64::from(u32::from_le_bytes(octets)) / f64::from(u32::MAX)))
}
