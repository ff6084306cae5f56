use std::fmt;
use std::time::Duration;

/// How a job ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    Failed(String),
    /// Why it was not run; neither passed nor failed.
    Skipped(String),
}

#[derive(Debug)]
struct Line {
    job: &'static str,
    took: Duration,
    outcome: Outcome,
}

/// What ran, how long, how it ended.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
}

impl Report {
    pub(crate) fn add(&mut self, job: &'static str, took: Duration, outcome: Outcome) {
        self.lines.push(Line { job, took, outcome });
    }

    pub(crate) fn all_passed(&self) -> bool {
        self.count(|outcome| matches!(outcome, Outcome::Failed(_))) == 0
    }

    fn count(&self, which: impl Fn(&Outcome) -> bool) -> usize {
        self.lines
            .iter()
            .filter(|line| which(&line.outcome))
            .count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .lines
            .iter()
            .map(|line| line.job.len())
            .max()
            .unwrap_or(0);
        for Line { job, took, outcome } in &self.lines {
            let seconds = took.as_secs_f64();
            match outcome {
                Outcome::Ok => writeln!(f, "{job:width$}  {seconds:7.1} s  ok")?,
                Outcome::Failed(why) => {
                    writeln!(f, "{job:width$}  {seconds:7.1} s  FAILED: {why}")?
                }
                Outcome::Skipped(why) => writeln!(f, "{job:width$}        - s  skipped: {why}")?,
            }
        }
        let passed = self.count(|outcome| *outcome == Outcome::Ok);
        let failed = self.count(|outcome| matches!(outcome, Outcome::Failed(_)));
        writeln!(f, "\n{passed} passed, {failed} failed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_job_fails_the_report_and_is_named() {
        let mut report = Report::default();
        report.add("fmt", Duration::from_millis(400), Outcome::Ok);
        report.add("interop", Duration::ZERO, Outcome::Skipped("--fast".into()));
        assert!(report.all_passed());
        report.add(
            "clippy",
            Duration::from_secs(12),
            Outcome::Failed("exit status: 101".into()),
        );
        assert!(!report.all_passed());
        assert_eq!(
            report.to_string(),
            "fmt          0.4 s  ok\n\
             interop        - s  skipped: --fast\n\
             clippy      12.0 s  FAILED: exit status: 101\n\
             \n\
             1 passed, 1 failed\n"
        );
    }
}
