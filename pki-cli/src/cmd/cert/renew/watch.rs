//! Renewing for as long as the process runs.
//!
//! A pass looks at every certificate, and tells when the next one is due. Then the process rests until that, or for `--check`,
//! whatever comes first: a clock that was set, a machine that slept, a certificate that was issued meanwhile are seen after
//! that long at most. It never rests shorter than [`REST_MIN`]. After a failure the rest begins at [`RETRY_MIN`] and doubles.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::signal::unix::{SignalKind, signal};
use wharf_net::ShutdownSignal;
use wharf_pki::Home;

use super::replace::{Outcome, Plan, Renewer};
use super::report::{Failed, Renewed, Report};
use super::{Renew, exec};
use crate::exit::Status;
use crate::home::Asked;
use crate::{clock, ui};

/// The shortest rest: whatever goes wrong, it is not done more often.
const REST_MIN: Duration = Duration::from_secs(1);

/// The first rest after a failure. Each further one doubles it, up to `--check`.
const RETRY_MIN: Duration = Duration::from_secs(10);

pub(super) async fn run(args: &Renew, home: &Home, plan: &Plan) -> anyhow::Result<Status> {
    let mut stop = ShutdownSignal::new()?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut watch = Watch::default();
    let mut asked = Asked::nobody(args.ca_password.clone().into());
    ui::note(&format!(
        "watching the certificates of {}",
        home.path().display()
    ));
    loop {
        let rest = watch.pass(args, home, plan, &mut asked).await;
        tokio::select! {
            name = stop.recv() => {
                ui::note(&format!("{name}: stopped"));
                return Ok(Status::Done);
            }
            _ = hangup.recv() => ui::note("SIGHUP: looking at once"),
            () = tokio::time::sleep(rest) => {}
        }
    }
}

/// What is remembered from pass to pass.
#[derive(Debug, Default)]
struct Watch {
    /// What was told and still holds: it is not told again.
    told: BTreeSet<String>,
    /// Commands of `--exec` that failed, by serial number: they are run again.
    pending: BTreeMap<String, Renewed>,
    failures: u32,
}

impl Watch {
    /// Looks at every certificate. Returns how long to rest.
    async fn pass(
        &mut self,
        args: &Renew,
        home: &Home,
        plan: &Plan,
        asked: &mut Asked,
    ) -> Duration {
        let mut troubles = BTreeSet::new();
        let mut next: Option<OffsetDateTime> = None;
        self.run_pending(args, &mut troubles).await;
        match Renewer::open(home, plan, asked) {
            Err(error) => note(&mut troubles, &Failed::new("the CA", &error)),
            Ok(mut renewer) => {
                self.look(args, &mut renewer, &mut troubles, &mut next)
                    .await
            }
        }
        let failed = troubles.iter().any(|line| line.starts_with("error: "));
        for line in troubles.difference(&self.told) {
            ui::note(line);
        }
        let was_failing = std::mem::replace(&mut self.told, troubles)
            .iter()
            .any(|line| line.starts_with("error: "));
        if was_failing && !failed {
            ui::note("all is well again");
        }
        self.failures = if failed {
            self.failures.saturating_add(1)
        } else {
            0
        };
        self.rest(args.check, next)
    }

    async fn look(
        &mut self,
        args: &Renew,
        renewer: &mut Renewer<'_>,
        troubles: &mut BTreeSet<String>,
        next: &mut Option<OffsetDateTime>,
    ) {
        let mut report = Report::default();
        let candidates = match args.candidates(renewer, &mut report) {
            Ok(candidates) => candidates,
            Err(error) => return note(troubles, &Failed::new("the inventory", &error)),
        };
        report
            .failed
            .iter()
            .for_each(|failed| note(troubles, failed));
        for candidate in candidates {
            match renewer.renew(&candidate, args.takes_all()) {
                Ok(Outcome::Renewed(renewed)) => {
                    ui::note(&renewed.line());
                    // When its successor is due is found in the next pass.
                    *next = Some(OffsetDateTime::UNIX_EPOCH);
                    self.pending.insert(renewed.serial.clone(), renewed);
                    self.run_pending(args, troubles).await;
                }
                Ok(Outcome::Skipped(_, Some(due))) => {
                    *next = Some(next.map_or(due, |next| next.min(due)));
                }
                Ok(Outcome::Skipped(skipped, None)) => {
                    troubles.insert(format!("{}: {}", skipped.certificate, skipped.reason));
                }
                Err(error) => note(troubles, &Failed::new(&candidate.label(), &error)),
            }
        }
    }

    /// A server that was not told keeps the old certificate until it expires, so its command is run until it succeeds.
    async fn run_pending(&mut self, args: &Renew, troubles: &mut BTreeSet<String>) {
        let Some(command) = &args.exec else {
            return self.pending.clear();
        };
        for (serial, renewed) in std::mem::take(&mut self.pending) {
            if let Err(error) = exec::run(command, &renewed, args.secrets()).await {
                note(troubles, &Failed::new(&renewed.names.join(", "), &error));
                self.pending.insert(serial, renewed);
            }
        }
    }

    fn rest(&self, check: Duration, next: Option<OffsetDateTime>) -> Duration {
        let check = check.max(REST_MIN);
        if self.failures > 0 {
            let doubled = RETRY_MIN.saturating_mul(1 << (self.failures - 1).min(16));
            return doubled.min(check);
        }
        let until_next = next.map_or(check, |next| {
            Duration::try_from(next - clock::now()).unwrap_or_default()
        });
        until_next.clamp(REST_MIN, check)
    }
}

fn note(troubles: &mut BTreeSet<String>, failed: &Failed) {
    let hint = failed.hint.iter().map(|hint| format!("; {hint}"));
    let hint: String = hint.collect();
    troubles.insert(format!(
        "error: {}: {}{hint}",
        failed.certificate, failed.error
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn it_never_runs_hot() {
        let watch = Watch::default();
        let now = clock::now();
        assert_eq!(watch.rest(HOUR, None), HOUR);
        assert_eq!(watch.rest(HOUR, Some(now)), REST_MIN);
        assert_eq!(watch.rest(Duration::ZERO, None), REST_MIN);
        // A clock that was set back by a year.
        assert_eq!(watch.rest(HOUR, Some(now + 365 * 24 * HOUR)), HOUR);
        let soon = watch.rest(HOUR, Some(now + Duration::from_secs(100)));
        assert!((98..=100).contains(&soon.as_secs()), "{soon:?}");
    }

    #[test]
    fn failures_make_it_slower_and_never_faster() {
        let mut watch = Watch::default();
        let due = Some(OffsetDateTime::UNIX_EPOCH);
        let rests = [1, 2, 3, 9, 10, 1000, u32::MAX].map(|failures| {
            watch.failures = failures;
            watch.rest(HOUR, due).as_secs()
        });
        assert_eq!(rests, [10, 20, 40, 2560, 3600, 3600, 3600]);
    }
}
