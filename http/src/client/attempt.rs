//! One request to its origin: over a kept connection or a new one, and over another one if the first was just closing.

use std::future::{Future, poll_fn};
use std::time::Duration;

use http::{HeaderValue, request};
use tokio::time::timeout_at;

use super::connect::{Connecting, through_failed};
use super::connection::Connection;
use super::exchange::{Answer, Deadlines, Exchange, Failed};
use super::informational::OnInformational;
use super::passing::may_pass;
use super::pool::{LaneKey, Place, Taken, Turn, Waiting};
use super::progress::{OnProgress, Progress};
use super::route::Way;
use super::shared::Shared;
use super::upload::Upload;
use super::{ProxyError, Timeouts};
use crate::driver::deadline_in;
use crate::error::{Failure, Kind, Stage};
use crate::{Error, Phase, https};

/// A request on its way to its origin.
pub(super) struct Attempt<'a> {
    pub(super) shared: &'a Shared,
    pub(super) head: &'a request::Parts,
    pub(super) key: &'a LaneKey,
    pub(super) way: Way<'a>,
    /// What the caller says to the proxy that is asked for a tunnel.
    pub(super) proxy_authorization: Option<&'a HeaderValue>,
    pub(super) deadlines: &'a Deadlines,
    /// How many connections it was sent over in attempts before this one.
    pub(super) sent_before: u32,
}

/// Why there is no response, and what can be sent again if it may be.
pub(super) struct Unanswered {
    pub(super) error: Error,
    /// How many connections it was sent over, in all attempts.
    pub(super) sent: u32,
    /// The request has not left, or it ended without a byte of a response.
    pub(super) may_pass: bool,
}

pub(super) fn deadlines(shared: &Shared, head: &request::Parts) -> Deadlines {
    let config = &shared.config;
    let own = head.extensions.get::<Timeouts>().copied();
    let own = own.unwrap_or_default();
    let total = own.total.unwrap_or(config.total_timeout);
    Deadlines {
        write: own.write.unwrap_or(config.write_timeout),
        wait_for_continue: config.continue_timeout,
        response: own.response.unwrap_or(config.response_timeout),
        read: own.read.unwrap_or(config.read_timeout),
        total: (total != Duration::MAX).then(|| (deadline_in(total), total)),
    }
}

impl Attempt<'_> {
    /// Sends it until it is answered, or may not be sent once more. Then there is no `upload` left, or what was not sent. By
    /// reference, for it would have a place of its own in each of these futures.
    pub(super) async fn run(
        &self,
        upload: &mut Upload,
    ) -> Result<(Answer, Box<Exchange>), Box<Unanswered>> {
        let mut sent = 0;
        loop {
            self.note(Progress::Begun {
                method: &self.head.method,
                uri: &self.head.uri,
            });
            let connection = match self.connection(sent > 0).await {
                Ok(connection) => connection,
                Err(kind) => {
                    let may_pass = may_pass(&kind);
                    return Err(self.unanswered(sent, kind, may_pass));
                }
            };
            let was_kept = connection.is_kept;
            sent += 1;
            let failed = match self.exchange(connection, upload).await {
                Ok((answer, mut exchange)) => {
                    if was_kept
                        && exchange.is_goodbye(&answer)
                        && self.may_repeat(exchange.is_unsent())
                        && exchange.remembers_upload()
                    {
                        *upload = exchange.take_upload();
                        exchange.abandon();
                        continue;
                    }
                    return Ok((answer, exchange));
                }
                Err(failed) => failed,
            };
            *upload = failed.upload;
            let may_pass = failed.is_unanswered && self.may_repeat(failed.is_unsent);
            if !(was_kept && may_pass && upload.rewind()) {
                return Err(self.unanswered(sent, failed.kind, may_pass));
            }
            self.failure(sent, failed.kind);
        }
    }

    /// Whether the server may see the request twice.
    fn may_repeat(&self, is_unsent: bool) -> bool {
        is_unsent || self.head.method.is_idempotent()
    }

    /// The error that a cause makes, told to who listens.
    fn failure(&self, sent: u32, cause: Kind) -> Error {
        let failure = Failure {
            origin: self.key.origin.to_string(),
            stage: Stage::Request {
                sent: self.sent_before + sent,
            },
            cause: self.blamed(cause),
        };
        let error = Error::from(Kind::Exchange(Box::new(failure)));
        self.note(Progress::Failed(&error));
        error
    }

    /// A server of TLS 1.3 refuses a client only behind the handshake, and so it comes in place of a response. Of a proxy that is
    /// sent the request itself that says no more of the origin than before a tunnel.
    fn blamed(&self, cause: Kind) -> Kind {
        match (self.way, cause) {
            (Way::Forwarder(proxy), Kind::Io(error)) if https::is_refusal(&error) => {
                through_failed(proxy, ProxyError::Io(error))
            }
            (_, cause) => cause,
        }
    }

    fn unanswered(&self, sent: u32, cause: Kind, may_pass: bool) -> Box<Unanswered> {
        Box::new(Unanswered {
            error: self.failure(sent, cause),
            sent: self.sent_before + sent,
            may_pass,
        })
    }

    async fn exchange(
        &self,
        connection: Box<Connection>,
        upload: &mut Upload,
    ) -> Result<(Answer, Box<Exchange>), Box<Failed>> {
        let upload = std::mem::replace(upload, Upload::none());
        let mut exchange = Exchange::begin(connection, self.head, upload, *self.deadlines)?;
        let hook = self.head.extensions.get::<OnInformational>();
        match poll_fn(|cx| exchange.poll_answer(cx, hook)).await {
            Ok(answer) => Ok((answer, exchange)),
            Err(kind) => Err(exchange.fail(kind)),
        }
    }

    /// A connection that can be used; a fresh one if asked for.
    async fn connection(&self, fresh: bool) -> Result<Box<Connection>, Kind> {
        let pool = &self.shared.pool;
        let taken = if fresh {
            pool.take_fresh(self.key)?
        } else {
            pool.take(self.key, |kept| self.shared.is_usable(kept))?
        };
        match taken {
            Taken::Kept(connection) => {
                self.note_kept(&connection);
                Ok(connection)
            }
            Taken::Connect(place) => Box::pin(self.in_time(self.connect(place))).await,
            Taken::Wait(waiting) => Box::pin(self.in_time(self.wait(waiting, fresh))).await,
        }
    }

    /// Waits for a connection, or for the right to make one.
    async fn wait(&self, waiting: Waiting, fresh: bool) -> Result<Box<Connection>, Kind> {
        let limit = self.shared.config.queue_timeout;
        let turn = timeout_at(deadline_in(limit), waiting.turn()).await;
        let late = Kind::Late(Phase::Queue, limit);
        let place = match turn {
            Err(_) | Ok(None) => return Err(late),
            Ok(Some(Turn::Connect(place))) => place,
            Ok(Some(Turn::Kept(mut connection))) => {
                if !fresh && self.shared.is_usable(&mut connection) {
                    self.note_kept(&connection);
                    return Ok(connection);
                }
                let place = connection.place.take();
                connection.close();
                place.ok_or(late)?
            }
        };
        self.connect(place).await
    }

    async fn connect(&self, place: Place) -> Result<Box<Connection>, Kind> {
        let connecting = Connecting {
            shared: self.shared,
            origin: &self.key.origin,
            way: self.way,
            proxy_authorization: self.proxy_authorization,
            progress: self.head.extensions.get(),
        };
        connecting.connect(place).await
    }

    fn note(&self, progress: Progress<'_>) {
        if let Some(hook) = self.head.extensions.get::<OnProgress>() {
            hook.call(progress);
        }
    }

    fn note_kept(&self, connection: &Connection) {
        let io = &connection.transport.io;
        self.note(Progress::Kept {
            connection: io.info(),
            tls: io.tls_info(),
        });
    }

    /// The same within the time for all of it.
    async fn in_time<T>(
        &self,
        connecting: impl Future<Output = Result<T, Kind>>,
    ) -> Result<T, Kind> {
        match self.deadlines.total {
            None => connecting.await,
            Some((by, limit)) => match timeout_at(by, connecting).await {
                Ok(connected) => connected,
                Err(_elapsed) => Err(Kind::Late(Phase::Total, limit)),
            },
        }
    }
}
