//! Look again, now and then or when told.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};

use super::ServerFiles;
use super::contents::{Contents, Digest};
use super::load::Loaded;
use crate::error::Kind;
use crate::{Error, Expiry, Reloaded, Resumption, ServerTls, ServerTlsOptions};

/// How files are watched.
#[derive(Clone, Copy, Debug)]
pub struct WatchOptions {
    /// How long after one look at the files comes the next. Others: Envoy watches through the kernel, the kubelet brings a
    /// changed secret within a minute or two. The default is 2 s.
    pub interval: Duration,
    /// How long the files have to stay as they are before they are loaded. Somebody who writes a bundle piece by piece
    /// may have come to the end of one certificate, and what is there by then reads well. The default is 200 ms.
    pub settle: Duration,
    /// After how much time files that keep changing are loaded as they are. The default is 5 s.
    pub settle_max: Duration,
    /// What fraction of its time a certificate, CRL or staple has left when a warning is due. Those who renew at a third,
    /// as is the custom, hear nothing unless that fails. The default is a quarter.
    pub warn_fraction: f64,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(2),
            settle: Duration::from_millis(200),
            settle_max: Duration::from_secs(5),
            warn_fraction: 0.25,
        }
    }
}

/// What happened to the files, or did not and should have.
#[derive(Debug)]
#[non_exhaustive]
pub enum WatchEvent {
    /// They changed, and what they hold now is in force.
    Reloaded(Reloaded),
    /// They changed, and what they hold now cannot be used. What was in force stays so. This is said once, until they
    /// change again.
    Kept(Error),
    /// This is about to run out. Said once for each thing.
    Due(Expiry),
    /// This has run out. Said once for each thing.
    Expired(Expiry),
}

impl fmt::Display for WatchEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reloaded(reloaded) => {
                write!(
                    f,
                    "TLS settings reloaded, generation {}",
                    reloaded.generation
                )?;
                if reloaded.trust_changed {
                    f.write_str(", with another trust")?;
                }
                Ok(())
            }
            Self::Kept(error) => {
                f.write_str("TLS settings kept as they were")?;
                let mut source: Option<&dyn std::error::Error> = Some(error);
                while let Some(error) = source {
                    write!(f, ": {error}")?;
                    source = error.source();
                }
                Ok(())
            }
            Self::Due(Expiry {
                until, what, name, ..
            }) => {
                let left = until.duration_since(SystemTime::now()).unwrap_or_default();
                write!(f, "{what} expires in {}: {name}", Rough(left))
            }
            Self::Expired(Expiry { what, name, .. }) => write!(f, "{what} has expired: {name}"),
        }
    }
}

/// A duration in its largest unit.
struct Rough(Duration);

impl fmt::Display for Rough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds @ 0..120 => write!(f, "{seconds} s"),
            seconds @ 120..7200 => write!(f, "{} min", seconds / 60),
            seconds @ 7200..172_800 => write!(f, "{} h", seconds / 3600),
            seconds => write!(f, "{} days", seconds / 86_400),
        }
    }
}

/// Keeps a server at what its files hold. Nothing is spawned: the program drives [`Watch::run`], beside the server or in a
/// task of its own.
#[derive(Debug)]
pub struct Watch {
    tls: ServerTls,
    files: Arc<ServerFiles>,
    options: WatchOptions,
    trigger: ReloadTrigger,
    seen: Seen,
    warned: HashSet<(Expiry, bool)>,
}

/// What the last look found, loaded or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Content(Digest),
    /// A file could not be read.
    Unreadable,
}

/// Makes a [`Watch`] look at its files at once, from a handler of SIGHUP for example.
#[derive(Clone, Debug, Default)]
pub struct ReloadTrigger(Arc<Notify>);

impl ReloadTrigger {
    /// Loads the files anew, changed or not; the outcome is an event of the watch.
    pub fn reload(&self) {
        self.0.notify_one();
    }
}

impl ServerFiles {
    /// A server with what the files hold now, and what keeps it at what they will hold. Blocks while it reads them.
    ///
    /// # Errors
    ///
    /// As [`ServerFiles::server`].
    pub fn watched(
        self,
        options: &ServerTlsOptions,
        watch: WatchOptions,
    ) -> Result<(ServerTls, Watch), Error> {
        let contents = Contents::read(&self)?;
        let tls = self.server_of(&contents, options)?;
        let watch = Watch {
            tls: tls.clone(),
            files: Arc::new(self),
            options: watch,
            trigger: ReloadTrigger::default(),
            seen: Seen::Content(contents.digest()),
            warned: HashSet::new(),
        };
        Ok((tls, watch))
    }
}

impl Watch {
    /// What makes this watch look at once.
    pub fn trigger(&self) -> ReloadTrigger {
        self.trigger.clone()
    }

    /// Watches for ever, and tells `on_event` what happens.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the watch. The server keeps what it has.
    pub async fn run(mut self, mut on_event: impl FnMut(WatchEvent)) -> ! {
        let mut told = false;
        loop {
            if let Some(event) = self.look(told).await {
                on_event(event);
            }
            self.warn(&mut on_event);
            told = timeout(self.options.interval, self.trigger.0.notified())
                .await
                .is_ok();
        }
    }

    /// Loads the files if they are not as they were, or if `told` to.
    async fn look(&mut self, told: bool) -> Option<WatchEvent> {
        let contents = self.settled().await;
        let seen = Seen::of(&contents);
        if std::mem::replace(&mut self.seen, seen) == seen && !told {
            return None;
        }
        let files = Arc::clone(&self.files);
        let tls = self.tls.clone();
        let load = spawn_blocking(move || {
            let loaded = contents.and_then(|contents| Loaded::new(&files, &contents));
            let loaded = loaded.inspect_err(|_| tls.refuse_reload())?;
            let mut resumption = Resumption::Off;
            let reloaded = tls.reload(|settings| {
                loaded.put_into(settings);
                resumption.clone_from(&settings.options.resumption);
            })?;
            loaded.commit(&resumption)?;
            Ok(reloaded)
        });
        Some(match load.await {
            Ok(Ok(reloaded)) => WatchEvent::Reloaded(reloaded),
            Ok(Err(error)) => WatchEvent::Kept(error),
            Err(_) => WatchEvent::Kept(Kind::LoaderGone.into()),
        })
    }

    /// What the files hold once they have stayed the same for a while.
    async fn settled(&self) -> Result<Contents, Error> {
        let deadline = Instant::now() + self.options.settle_max;
        let mut contents = self.read().await;
        while Seen::of(&contents) != self.seen && Instant::now() < deadline {
            sleep(self.options.settle).await;
            let again = self.read().await;
            let settled = Seen::of(&again) == Seen::of(&contents);
            contents = again;
            if settled {
                break;
            }
        }
        contents
    }

    async fn read(&self) -> Result<Contents, Error> {
        let files = Arc::clone(&self.files);
        spawn_blocking(move || Contents::read(&files))
            .await
            .unwrap_or_else(|_| Err(Kind::LoaderGone.into()))
    }

    fn warn(&mut self, on_event: &mut impl FnMut(WatchEvent)) {
        let now = SystemTime::now();
        let expiries = self.tls.snapshot().expiries;
        self.warned
            .retain(|(expiry, _)| expiries.binary_search(expiry).is_ok());
        for expiry in expiries {
            let over = expiry.until <= now;
            let due = over || expiry.is_due(now, self.options.warn_fraction);
            if due && self.warned.insert((expiry.clone(), over)) {
                on_event(if over {
                    WatchEvent::Expired(expiry)
                } else {
                    WatchEvent::Due(expiry)
                });
            }
        }
    }
}

impl Seen {
    fn of(contents: &Result<Contents, Error>) -> Self {
        contents.as_ref().map_or(Self::Unreadable, |contents| {
            Self::Content(contents.digest())
        })
    }
}
