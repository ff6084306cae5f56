use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use http::{Response, request, response};
use tokio::time::timeout_at;
use wharf_net::Drain;

use super::Within;
use super::connect::connect;
use super::connection::Connection;
use super::content;
use super::exchange::{Answer, Deadlines, Exchange, Failed};
use super::informational::OnInformational;
use super::origin::Origin;
use super::pool::{Taken, Turn, Waiting};
use super::shared::Shared;
use super::upload::Upload;
use crate::driver::deadline_in;
use crate::error::{Failure, Kind};
use crate::{Error, Incoming, Phase, Switched};

/// Sends a request until it is answered, or may not be sent once more.
pub(super) async fn send(
    shared: Arc<Shared>,
    head: request::Parts,
    upload: Upload,
) -> Result<Response<Incoming>, Error> {
    let origin = Origin::of(&head.uri)?;
    let sending = Sending {
        deadlines: deadlines(&shared, &head),
        shared: &shared,
        head: &head,
        origin: &origin,
    };
    sending.run(upload).await
}

fn deadlines(shared: &Shared, head: &request::Parts) -> Deadlines {
    let config = &shared.config;
    let within = head.extensions.get::<Within>();
    let total = within.map_or(config.total_timeout, |within| within.0);
    Deadlines {
        write: config.write_timeout,
        wait_for_continue: config.continue_timeout,
        response: config.response_timeout,
        read: config.read_timeout,
        total: (total != Duration::MAX).then(|| (deadline_in(total), total)),
    }
}

/// A request on its way to its origin.
struct Sending<'a> {
    shared: &'a Shared,
    head: &'a request::Parts,
    origin: &'a Origin,
    deadlines: Deadlines,
}

impl Sending<'_> {
    async fn run(&self, mut upload: Upload) -> Result<Response<Incoming>, Error> {
        let mut sent = 0;
        loop {
            let connection = match self.connection(sent > 0).await {
                Ok(connection) => connection,
                Err(kind) => return Err(self.error(sent, kind)),
            };
            let was_kept = connection.is_kept;
            sent += 1;
            let failed = match self.exchange(connection, upload).await {
                Ok(response) => return Ok(response),
                Err(failed) => failed,
            };
            upload = failed.upload;
            let may_repeat = failed.is_unsent || self.head.method.is_idempotent();
            let again = was_kept && failed.is_unanswered && may_repeat && upload.rewind();
            if !again {
                return Err(self.error(sent, failed.kind));
            }
        }
    }

    fn error(&self, sent: u32, cause: Kind) -> Error {
        let origin = self.origin.to_string();
        Kind::Exchange(Box::new(Failure {
            origin,
            sent,
            cause,
        }))
        .into()
    }

    /// A connection that can be used; a fresh one if asked for.
    async fn connection(&self, fresh: bool) -> Result<Box<Connection>, Kind> {
        let pool = &self.shared.pool;
        let taken = if fresh {
            pool.take_fresh(self.origin)?
        } else {
            pool.take(self.origin, |kept| self.shared.is_usable(kept))?
        };
        match taken {
            Taken::Kept(connection) => Ok(connection),
            Taken::Connect(place) => {
                let connecting = connect(self.shared, self.origin, place);
                Box::pin(self.in_time(connecting)).await
            }
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
                    return Ok(connection);
                }
                let place = connection.place.take();
                connection.close();
                place.ok_or(late)?
            }
        };
        connect(self.shared, self.origin, place).await
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

    async fn exchange(
        &self,
        connection: Box<Connection>,
        upload: Upload,
    ) -> Result<Response<Incoming>, Box<Failed>> {
        let mut exchange = Exchange::begin(connection, self.head, upload, self.deadlines)?;
        let hook = self.head.extensions.get::<OnInformational>();
        match poll_fn(|cx| exchange.poll_answer(cx, hook)).await {
            Ok(Answer::Final(response)) => {
                note_keep_alive(exchange.connection_mut(), &response.head);
                exchange.answered(response.head.status);
                let content = content::begin(exchange);
                Ok(Response::from_parts(response.head, content))
            }
            Ok(Answer::Switched(head)) => {
                if let Err(kind) = poll_fn(|cx| exchange.poll_switch(cx)).await {
                    return Err(exchange.fail(kind));
                }
                let transport = exchange.into_connection().into_transport();
                let received = transport.received.freeze();
                let stream = Switched::new(received, transport.io, Drain::new());
                Ok(Response::from_parts(head, Incoming::switched(stream)))
            }
            Err(kind) => Err(exchange.fail(kind)),
        }
    }
}

/// A server that says how long it keeps the connection is left a second before.
fn note_keep_alive(connection: &mut Connection, head: &response::Parts) {
    const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
    const MARGIN: Duration = Duration::from_secs(1);
    let said = head.headers.get(KEEP_ALIVE).and_then(keep_alive_timeout);
    if said.is_some() {
        connection.idle_max = said.map(|timeout| timeout.saturating_sub(MARGIN));
    }
}

/// ```text
/// Keep-Alive = 1#( token "=" ( token / quoted-string ) )         RFC 2068 §19.7.1.1
/// ```
fn keep_alive_timeout(value: &HeaderValue) -> Option<Duration> {
    let value = value.to_str().ok()?;
    value.split(',').find_map(|parameter| {
        let (name, seconds) = parameter.split_once('=')?;
        let is_timeout = name.trim().eq_ignore_ascii_case("timeout");
        let seconds = is_timeout.then(|| seconds.trim().trim_matches('"').parse().ok())?;
        seconds.map(Duration::from_secs)
    })
}
