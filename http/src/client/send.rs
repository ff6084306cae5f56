//! A request until its response can be handed out: behind redirects, and behind trouble that passes.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{ACCEPT_ENCODING, HeaderValue, LOCATION, PROXY_AUTHORIZATION, RANGE};
use http::{Method, Response, Uri, request, response};
use tokio::time::{sleep, timeout_at};
use wharf_net::Drain;

use super::attempt::{Attempt, deadlines};
use super::cookies::Carried;
use super::decode::{Decoded, accept_encoding, take_codings};
use super::exchange::{Answer, Deadlines, Exchange};
use super::origin::Origin;
use super::pool::LaneKey;
use super::progress::{OnProgress, Progress};
use super::redirect::{self, Hop};
use super::shared::Shared;
use super::stream::ClientStream;
use super::upload::Upload;
use super::{content, keep_alive, shown};
use crate::error::{Failure, Kind, Stage};
use crate::{Error, Incoming, Phase, Switched};

/// The URI that a response came from, if that is another one than was asked for: in the extensions of the response behind redirects
/// that were followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectedTo(pub Uri);

/// Sends a request until there is a response to hand out. Its head is in a box, for all of this is moved into place by who waits
/// for it.
pub(super) async fn send(
    shared: Arc<Shared>,
    mut head: Box<request::Parts>,
    mut upload: Upload,
) -> Result<Response<Incoming>, Error> {
    let shared = &*shared;
    let deadlines = deadlines(shared, &head);
    prepare(shared, &mut head);
    // An origin has no use for it, and is not told.
    let mut given = head.headers.remove(PROXY_AUTHORIZATION);
    let mut first_way = None;
    let mut cookies = Carried::by(&shared.config, &head.headers);
    let mut history: Vec<(Method, Uri)> = Vec::new();
    let mut attempt = 1;
    let mut sent_before = 0;
    if let Some(budget) = &shared.budget {
        budget.earn();
    }
    loop {
        let origin = Origin::of(&head.method, &head.uri)?;
        let way = shared.config.route.way(&head.method, &head.uri)?;
        let key = LaneKey {
            origin,
            way: way.id(),
        };
        // It was given for the first proxy, and another one is a stranger to whoever it names.
        if *first_way.get_or_insert(key.way) != key.way {
            given = None;
        }
        match way.proxy_authorization(&head.method, given.as_ref()) {
            Some(authorization) => {
                head.headers.insert(PROXY_AUTHORIZATION, authorization);
            }
            // There may be one for the last hop.
            None if !history.is_empty() => {
                head.headers.remove(PROXY_AUTHORIZATION);
            }
            None => {}
        }
        cookies.fill(&mut head);
        let sending = Attempt {
            shared,
            head: &head,
            key: &key,
            proxy_authorization: given.as_ref(),
            way,
            deadlines: &deadlines,
            sent_before,
        };
        let (response, mut exchange) = match sending.run(&mut upload).await {
            Ok((Answer::Final(response), exchange)) => (response.head, exchange),
            Ok((Answer::Switched(response), exchange)) => {
                let switched = Box::pin(switch(response, exchange)).await;
                return switched.map_err(|kind| failure(&key.origin, sent_before + 1, kind));
            }
            Err(unanswered) => {
                sent_before = unanswered.sent;
                // What cannot be sent again takes no retry from who can.
                let pause = (unanswered.may_pass && upload.rewind())
                    .then(|| shared.pause_behind_failure(attempt));
                match pause.flatten() {
                    Some(pause) => {
                        attempt += 1;
                        let rested = Box::pin(rest(&head, pause, &deadlines)).await;
                        rested.map_err(|kind| failure(&key.origin, sent_before, kind))?;
                        continue;
                    }
                    None => return Err(unanswered.error),
                }
            }
        };
        exchange.note_idle_max(keep_alive::idle_max(&response.headers));
        cookies.store(&head.uri, &response.headers);

        // In this order: the pause takes its retry from those that there may be.
        if exchange.remembers_upload()
            && let Some(pause) = shared.pause_behind_response(attempt, &head.method, &response)
        {
            attempt += 1;
            sent_before += 1;
            upload = exchange.take_upload();
            Box::pin(content::discard(exchange)).await;
            let rested = Box::pin(rest(&head, pause, &deadlines)).await;
            rested.map_err(|kind| failure(&key.origin, sent_before, kind))?;
        } else if let Some(hop) = next_hop(shared, &head, &response, &history)
            .map_err(|kind| failure(&key.origin, sent_before + 1, kind))?
        {
            let keeps_content = hop.content == redirect::Content::Keep;
            if keeps_content && !exchange.remembers_upload() {
                // It cannot be sent again, and whoever has it may know what to do.
                exchange.answered(response.status);
                let handed = hand_out(shared, &head, &key.origin, response, exchange, &history);
                return handed.map_err(|kind| failure(&key.origin, sent_before + 1, kind));
            }
            let sent = exchange.take_upload();
            Box::pin(content::discard(exchange)).await;
            upload = if keeps_content { sent } else { Upload::none() };
            redirect::edit_fields(&hop, &mut head.headers);
            if hop.origin == redirect::Origin::Other {
                cookies = cookies.leave();
            }
            let Hop { method, uri, .. } = *hop;
            let method = std::mem::replace(&mut head.method, method);
            let uri = std::mem::replace(&mut head.uri, uri);
            history.push((method, uri));
            attempt = 1;
            sent_before = 0;
        } else {
            exchange.answered(response.status);
            if exchange.is_answered_whole() {
                // Most do not look at content that is empty, or short, and would end the upload without knowing.
                let sent = poll_fn(|cx| exchange.poll_rest(cx)).await;
                sent.map_err(|kind| failure(&key.origin, sent_before + 1, kind))?;
            }
            let handed = hand_out(shared, &head, &key.origin, response, exchange, &history);
            return handed.map_err(|kind| failure(&key.origin, sent_before + 1, kind));
        }
    }
}

/// What every request says that does not say otherwise.
fn prepare(shared: &Shared, head: &mut request::Parts) {
    let asks_itself = [ACCEPT_ENCODING, RANGE]
        .iter()
        .any(|name| head.headers.contains_key(name));
    if shared.config.decoding.is_none() || asks_itself {
        return;
    }
    if let Some(codings) = accept_encoding() {
        head.headers.insert(ACCEPT_ENCODING, codings);
        head.extensions.insert(TakesCodings);
    }
}

/// The client has asked for content codings itself, so it takes them off.
#[derive(Clone, Copy)]
struct TakesCodings;

fn next_hop(
    shared: &Shared,
    head: &request::Parts,
    response: &response::Parts,
    history: &[(Method, Uri)],
) -> Result<Option<Box<Hop>>, Kind> {
    let Some(rules) = &shared.config.redirects else {
        return Ok(None);
    };
    // RFC 9110 §9.3.6: what does not open a tunnel is the answer to who asked for one.
    if !response.status.is_redirection() || head.method == Method::CONNECT {
        return Ok(None);
    }
    let (status, fields) = (response.status, &response.headers);
    let hop = redirect::next_hop(rules, &head.method, &head.uri, status, fields, history);
    // Large, and hardly ever there: the future of a request has no room for it.
    hop.map(|hop| hop.map(Box::new)).map_err(|error| {
        let location = fields.get(LOCATION).map(HeaderValue::as_bytes);
        Kind::Redirect {
            from: shown::uri(&head.uri),
            to: shown::location(location.unwrap_or_default(), &head.uri),
            error,
        }
    })
}

/// An error with what was tried.
fn failure(origin: &Origin, sent: u32, cause: Kind) -> Error {
    let origin = origin.to_string();
    let stage = Stage::Request { sent };
    Kind::Exchange(Box::new(Failure {
        origin,
        stage,
        cause,
    }))
    .into()
}

fn hand_out(
    shared: &Shared,
    head: &request::Parts,
    origin: &Origin,
    mut response: response::Parts,
    exchange: Box<Exchange>,
    history: &[(Method, Uri)],
) -> Result<Response<Incoming>, Kind> {
    let mut content = content::begin(exchange);
    if let Some(rules) = &shared.config.decoding
        && head.extensions.get::<TakesCodings>().is_some()
    {
        let fields = &mut response.headers;
        let codings = take_codings(rules, &head.method, response.status, fields);
        let codings = codings.map_err(Kind::ContentCoding)?;
        if !codings.is_empty() {
            let decoded = Decoded::new(content, &codings, rules);
            content = Incoming::decoded(decoded, origin.clone());
        }
    }
    if !history.is_empty() {
        response.extensions.insert(RedirectedTo(head.uri.clone()));
    }
    Ok(Response::from_parts(response, content))
}

async fn switch(
    response: response::Parts,
    mut exchange: Box<Exchange>,
) -> Result<Response<Incoming>, Kind> {
    poll_fn(|cx| exchange.poll_switch(cx)).await?;
    let transport = exchange.into_connection().into_transport();
    let received = transport.received.freeze();
    // The stream itself, which whoever takes it apart can name.
    let drain = Drain::new();
    let stream = match transport.io {
        ClientStream::Plain(io) => Switched::new(received, io, drain),
        ClientStream::Tls(io) => Switched::new(received, *io, drain),
        ClientStream::TlsInTls(io) => Switched::new(received, *io, drain),
    };
    Ok(Response::from_parts(response, Incoming::switched(stream)))
}

/// Waits before another attempt, but no longer than there is time for all of it.
async fn rest(head: &request::Parts, pause: Duration, deadlines: &Deadlines) -> Result<(), Kind> {
    if let Some(hook) = head.extensions.get::<OnProgress>() {
        hook.call(Progress::Pausing(pause));
    }
    match deadlines.total {
        None => sleep(pause).await,
        Some((by, limit)) => {
            let rested = timeout_at(by, sleep(pause)).await;
            rested.map_err(|_elapsed| Kind::Late(Phase::Total, limit))?;
        }
    }
    Ok(())
}

impl Shared {
    fn pause_behind_failure(&self, attempt: u32) -> Option<Duration> {
        let (retries, budget) = (self.config.retries.as_ref()?, self.budget.as_ref()?);
        let pause = retries.behind_failure(attempt)?;
        budget.spend().then_some(pause)
    }

    fn pause_behind_response(
        &self,
        attempt: u32,
        method: &Method,
        response: &response::Parts,
    ) -> Option<Duration> {
        let (retries, budget) = (self.config.retries.as_ref()?, self.budget.as_ref()?);
        let (status, fields) = (response.status, &response.headers);
        let pause = retries.behind_response(attempt, method, status, fields, SystemTime::now())?;
        budget.spend().then_some(pause)
    }
}
