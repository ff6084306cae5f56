//! How far a transfer is: a line on stderr, for people who have nothing else to look at.

use std::io::{self, IsTerminal};
use std::pin::pin;
use std::time::{Duration, Instant};

use http::Request;
use http_body::Body as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::timeout_at;

use super::upload::{Content, counted};

/// What is over sooner needs no progress.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often time goes on while nothing comes.
const TICK: Duration = Duration::from_millis(250);

const OF_KNOWN_LENGTH: &str =
    "{percent:>3}% [{bar:30}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
const OF_ANY_LENGTH: &str = "{spinner} {bytes}, {bytes_per_sec}, {elapsed}";

/// The line. Dropped, it is gone from the terminal.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    since: Instant,
    is_shown: bool,
}

impl Progress {
    /// None to be seen.
    pub(super) fn none() -> Self {
        Self {
            bar: None,
            since: Instant::now(),
            is_shown: false,
        }
    }

    /// One to be seen after a while, if there is a terminal.
    pub(super) fn new(length: Option<u64>) -> Self {
        if !io::stderr().is_terminal() {
            return Self::none();
        }
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
        let template = match length {
            Some(_) => OF_KNOWN_LENGTH,
            None => OF_ANY_LENGTH,
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self {
            bar: Some(bar),
            ..Self::none()
        }
    }

    /// The same for content that is sent: what is left of it is counted as it goes.
    pub(super) fn of_upload(request: Request<Content>) -> (Request<Content>, Self) {
        let progress = Self::new(request.body().size_hint().exact());
        let Some(bar) = progress.bar.clone() else {
            return (request, progress);
        };
        let count = move |bytes| bar.inc(bytes as u64);
        (request.map(|content| counted(content, count)), progress)
    }

    /// Waits for this, and is seen as soon as it is time.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        if self.bar.is_some() && !self.is_shown {
            let due = (self.since + PATIENCE).into();
            if let Ok(done) = timeout_at(due, &mut work).await {
                return done;
            }
            self.show();
        }
        work.await
    }

    fn show(&mut self) {
        if let Some(bar) = &self.bar {
            self.is_shown = true;
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(TICK);
        }
    }

    /// So many more bytes have come.
    pub(super) fn add(&self, bytes: usize) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes as u64);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_ones() {
        for template in [OF_KNOWN_LENGTH, OF_ANY_LENGTH] {
            ProgressStyle::with_template(template).unwrap();
        }
    }
}
