//! From what happens to what is known: fills in the record while a request goes on.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::header::LOCATION;
use http::{Method, Uri};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wharf_http::{Progress, TlsInfo};
use wharf_net::{AttemptEnd, ConnInfo, DialError, DialReport, Endpoint, TcpInfo};
use wharf_tls::{ClientHello, HandshakeReport, TlsFacts, iana};

use super::certificate::certificate;
use super::phases::phases;
use super::record::{
    Attempt, Choice, Connection, Content, Dial, Ending, FORMAT, Handshake, HandshakeKind, Hop,
    Offer, Outcome, ProxyStep, Reason, ReceivedHead, Record, SentHead, Tcp, Transfer, micros, rate,
};
use crate::fetch::failure::told;
use crate::fetch::heads::{self, Credentials};

/// The most requests that are kept: redirects and further attempts of a fetch can be told to go on for long.
const HOPS_MAX: usize = 64;
/// The most heads that are kept of one request, and the most dials, proxies and handshakes. A client takes 100 informational
/// responses, and the final one is not to be left out for them.
const PARTS_MAX: usize = 128;

/// Listens from the beginning of a fetch on.
#[derive(Debug)]
pub(in crate::fetch) struct Recorder(Mutex<Recording>);

impl Recorder {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self(Mutex::new(Recording::new(credentials)))
    }

    /// Now it begins, and this is asked for. Without it, nothing was begun.
    pub(in crate::fetch) fn begin(&self, method: &Method, url: &Uri) {
        self.with(|recording| {
            recording.asked = Some(Asked {
                method: method.to_string(),
                url: url.to_string(),
                at: OffsetDateTime::now_utc(),
                since: Instant::now(),
            });
        });
    }

    /// Something has happened.
    pub(in crate::fetch) fn hear(&self, progress: Progress<'_>) {
        self.with(|recording| {
            if let Some(asked) = &recording.asked {
                let (at, now) = (asked.since.elapsed(), asked.at);
                recording.hear(at, now, progress);
            }
        });
    }

    /// Content is received from now on.
    pub(in crate::fetch) fn receive(&self, written_to: Option<String>) {
        let content = Content {
            written_to,
            ..Content::default()
        };
        self.with(|recording| recording.content = Some(content));
    }

    /// So much more of it is here.
    pub(in crate::fetch) fn received(&self, bytes: usize) {
        self.with(|recording| {
            if let Some(content) = &mut recording.content {
                content.bytes += bytes as u64;
            }
        });
    }

    /// All of it is here.
    pub(in crate::fetch) fn received_all(&self) {
        self.with(|recording| {
            if let Some(content) = &mut recording.content {
                content.is_complete = true;
            }
        });
    }

    /// It is over. `None` if nothing was begun.
    pub(super) fn finish(&self, outcome: Outcome) -> Option<Record> {
        self.with(|recording| {
            let asked = recording.asked.take()?;
            let took = asked.since.elapsed();
            Some(recording.finish(asked, took, outcome))
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Recording) -> T) -> T {
        // A panic elsewhere leaves facts that are true all the same.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What was asked for, and when.
struct Asked {
    method: String,
    url: String,
    at: OffsetDateTime,
    since: Instant,
}

/// What is known so far. Times come from outside.
struct Recording {
    credentials: Credentials,
    asked: Option<Asked>,
    hops: Vec<Hop>,
    hops_left_out: usize,
    content: Option<Content>,
}

impl Recording {
    fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            asked: None,
            hops: Vec::new(),
            hops_left_out: 0,
            content: None,
        }
    }

    /// `at`: so long after the beginning. `now`: when a certificate has to be valid.
    fn hear(&mut self, at: Duration, now: OffsetDateTime, progress: Progress<'_>) {
        let at_us = micros(at);
        if let Progress::Begun { method, uri } = progress {
            return self.begun(at_us, method, uri);
        }
        if self.hops_left_out > 0 {
            return;
        }
        let credentials = self.credentials;
        let made_for = |info: &ConnInfo| {
            let made = |hop: &&Hop| {
                let connection = hop.connection.as_ref();
                connection.is_some_and(|connection| connection.id == info.id)
            };
            self.hops.iter().find(made).map(|hop| hop.number)
        };
        let kept_from = match progress {
            Progress::Kept { connection, .. } => made_for(connection),
            _ => None,
        };
        let Some(hop) = self.hops.last_mut() else {
            return;
        };
        match progress {
            Progress::Kept { connection, .. } => {
                hop.connection = Some(known(connection, true, kept_from));
            }
            Progress::Dialing(endpoint) => push(&mut hop.dials, dial(endpoint, at_us)),
            Progress::Dialed {
                connection,
                report,
                tcp,
            } => {
                hop.connection = Some(known(connection, false, Some(hop.number)));
                hop.tcp = tcp.map(|tcp| kernel(at_us, tcp));
                if let Some(dial) = hop.dials.last_mut() {
                    dial.won(at_us, report);
                }
            }
            Progress::ProxyAsked(proxy) => {
                let step = ProxyStep {
                    proxy: proxy.to_string(),
                    at_us,
                    duration_us: None,
                };
                push(&mut hop.proxies, step);
            }
            Progress::ProxyConnected => {
                if let Some(step) = hop.proxies.last_mut() {
                    step.duration_us = Some(at_us - step.at_us);
                }
            }
            Progress::Securing => push(&mut hop.handshakes, securing(at_us)),
            Progress::Secured { tls, report } => {
                if let Some(handshake) = hop.handshakes.last_mut() {
                    handshake.ended(at_us, report, now);
                    handshake.agreed(tls, now);
                }
            }
            Progress::NotSecured(report) => {
                if let Some(handshake) = hop.handshakes.last_mut() {
                    handshake.ended(at_us, report, now);
                }
            }
            Progress::HeadSent(bytes) => {
                hop.request = Some(SentHead {
                    at_us,
                    duration_us: None,
                    lines: heads::sent(bytes, credentials),
                });
            }
            Progress::Sent => {
                if let Some(request) = &mut hop.request {
                    request.duration_us = Some(at_us - request.at_us);
                }
            }
            Progress::HeadReceived(head) => {
                let received = ReceivedHead {
                    at_us,
                    status: heads::status(head).as_u16(),
                    lines: heads::received(head, credentials),
                };
                push(&mut hop.responses, received);
            }
            Progress::Ended {
                sent,
                received,
                tcp,
            } => {
                hop.transfer = Some(transfer(hop, at_us, sent, received));
                hop.tcp = tcp.map(|tcp| kernel(at_us, tcp)).or_else(|| hop.tcp.take());
            }
            Progress::Failed(error) => {
                if let Some(error) = error.dial() {
                    hop.not_dialed(at_us, error);
                }
                hop.error = Some(told(error));
            }
            _ => {}
        }
    }

    fn begun(&mut self, at_us: u64, method: &Method, uri: &Uri) {
        if self.hops.len() == HOPS_MAX {
            self.hops_left_out += 1;
            return;
        }
        let reason = match self.hops.last() {
            None => Reason::First,
            Some(before) if before.error.is_none() && before.leads_elsewhere() => Reason::Redirect,
            Some(_) => Reason::Again,
        };
        let hop = Hop::new(self.hops.len() + 1, reason, method, uri, at_us);
        self.hops.push(hop);
    }

    fn finish(&mut self, asked: Asked, took: Duration, outcome: Outcome) -> Record {
        let duration_us = micros(took);
        let mut hops = std::mem::take(&mut self.hops);
        let mut end_us = duration_us;
        let is_whole = self
            .content
            .as_ref()
            .is_some_and(|content| content.is_complete);
        let last = hops.len();
        for hop in hops.iter_mut().rev() {
            hop.duration_us = end_us.saturating_sub(hop.at_us);
            // Only the content of the last one is waited for.
            hop.phases = phases(hop, end_us, is_whole || hop.number < last);
            end_us = hop.at_us;
        }
        let status = hops.last().and_then(|hop| hop.responses.last());
        Record {
            format: FORMAT,
            program: concat!("wharf ", env!("CARGO_PKG_VERSION")).to_owned(),
            began: rfc3339(asked.at),
            method: asked.method,
            url: asked.url,
            duration_us,
            outcome: Outcome {
                status: status.map(|head| head.status),
                ..outcome
            },
            content: self.content.take(),
            hops,
            hops_left_out: self.hops_left_out,
        }
    }
}

/// The time of a log: whole seconds.
fn rfc3339(time: OffsetDateTime) -> String {
    let time = time.replace_nanosecond(0).unwrap_or(time);
    time.format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}

/// Adds one, if there is room.
fn push<T>(parts: &mut Vec<T>, part: T) {
    if parts.len() < PARTS_MAX {
        parts.push(part);
    }
}

impl Hop {
    fn new(number: usize, reason: Reason, method: &Method, uri: &Uri, at_us: u64) -> Self {
        Self {
            number,
            reason,
            method: method.to_string(),
            url: uri.to_string(),
            at_us,
            duration_us: 0,
            connection: None,
            dials: Vec::new(),
            proxies: Vec::new(),
            handshakes: Vec::new(),
            request: None,
            responses: Vec::new(),
            transfer: None,
            tcp: None,
            error: None,
            phases: Vec::new(),
        }
    }

    fn leads_elsewhere(&self) -> bool {
        let is_one = |head: &ReceivedHead| {
            let has_place = head.lines.iter().any(|line| {
                let name = line.split(':').next();
                name.is_some_and(|name| name == LOCATION.as_str())
            });
            (300..400).contains(&head.status) && has_place
        };
        self.responses.last().is_some_and(is_one)
    }

    /// Behind a proxy, what failed can be another dial than the one that was told of last.
    fn not_dialed(&mut self, at_us: u64, error: &DialError) {
        let is_open = |dial: &Dial| dial.duration_us.is_none();
        if !self.dials.last().is_some_and(is_open) {
            push(&mut self.dials, dial(error.endpoint(), self.at_us));
        }
        if let Some(dial) = self.dials.last_mut().filter(|dial| is_open(dial)) {
            dial.lost(at_us, error);
        }
    }
}

fn known(info: &ConnInfo, is_kept: bool, made_for_hop: Option<usize>) -> Connection {
    Connection {
        id: info.id,
        is_kept,
        made_for_hop,
        local: info.local.to_string(),
        peer: info.peer.to_string(),
    }
}

fn dial(endpoint: &Endpoint, at_us: u64) -> Dial {
    Dial {
        endpoint: endpoint.to_string(),
        has_name: matches!(endpoint, Endpoint::Host { .. }),
        at_us,
        duration_us: None,
        resolved_us: None,
        addresses: Vec::new(),
        attempts: Vec::new(),
        error: None,
    }
}

impl Dial {
    fn won(&mut self, at_us: u64, report: &DialReport) {
        self.duration_us = Some(at_us - self.at_us);
        self.resolved_us = self.has_name.then(|| micros(report.resolved));
        self.addresses = report.addresses.iter().map(ToString::to_string).collect();
        self.attempts = self.attempts_of(report.resolved, &report.attempts);
    }

    fn lost(&mut self, at_us: u64, error: &DialError) {
        self.duration_us = Some(at_us - self.at_us);
        let resolved = error.resolved();
        self.resolved_us = resolved.filter(|_| self.has_name).map(micros);
        self.attempts = self.attempts_of(resolved.unwrap_or_default(), error.attempts());
        // All that is known of them.
        let tried = self.attempts.iter();
        self.addresses = tried.map(|attempt| attempt.address.clone()).collect();
        self.error = Some(told(error));
    }

    fn attempts_of(&self, resolved: Duration, attempts: &[wharf_net::Attempt]) -> Vec<Attempt> {
        let attempt = |attempt: &wharf_net::Attempt| {
            let (ending, error) = match &attempt.end {
                AttemptEnd::Connected => (Ending::Done, None),
                AttemptEnd::Failed(error) => (Ending::Failed, Some(error.to_string())),
                _ => (Ending::Unanswered, None),
            };
            Attempt {
                address: attempt.address.to_string(),
                at_us: self.at_us + micros(resolved + attempt.started),
                duration_us: micros(attempt.elapsed),
                ending,
                error,
            }
        };
        attempts.iter().map(attempt).collect()
    }
}

fn securing(at_us: u64) -> Handshake {
    Handshake {
        at_us,
        duration_us: None,
        is_done: false,
        offered: None,
        chosen: None,
        certificates: Vec::new(),
        are_of_session: false,
    }
}

impl Handshake {
    /// One that was made elsewhere.
    pub(super) fn of(
        report: &HandshakeReport,
        agreed: Option<&TlsInfo>,
        duration_us: u64,
        now: OffsetDateTime,
    ) -> Self {
        let mut handshake = securing(0);
        handshake.ended(duration_us, report, now);
        if let Some(agreed) = agreed {
            handshake.agreed(agreed, now);
        }
        handshake
    }

    fn ended(&mut self, at_us: u64, report: &HandshakeReport, now: OffsetDateTime) {
        self.duration_us = Some(at_us - self.at_us);
        self.offered = report.hello.as_ref().map(offer);
        let presented = report.presented.iter();
        self.certificates = presented.map(|der| certificate(der, now)).collect();
        self.chosen = report.agreed.as_ref().map(|agreed| choice(agreed));
    }

    fn agreed(&mut self, tls: &TlsInfo, now: OffsetDateTime) {
        self.is_done = true;
        self.chosen = Some(choice(tls));
        if let Some(peer) = tls.peer().filter(|_| self.certificates.is_empty()) {
            self.are_of_session = tls.resumed;
            let chain = peer.chain().iter();
            self.certificates = chain.map(|der| certificate(der, now)).collect();
        }
    }
}

fn offer(hello: &ClientHello) -> Offer {
    let versions = match &hello.supported_versions[..] {
        [] => vec![hello.legacy_version],
        versions => versions.to_vec(),
    };
    let alpn = hello.alpn.iter();
    Offer {
        versions: versions
            .into_iter()
            .map(|it| iana::version(it).into())
            .collect(),
        cipher_suites: named(&hello.cipher_suites, iana::cipher_suite),
        named_groups: named(&hello.named_groups, iana::named_group),
        key_shares: named(&hello.key_shares, iana::named_group),
        signature_schemes: named(&hello.signature_schemes, iana::signature_scheme),
        alpn: alpn.map(|name| name.escape_ascii().to_string()).collect(),
        server_name: hello.server_name.clone(),
        has_session: hello.offers_session(),
    }
}

fn named<T: Copy>(values: &[T], name: impl Fn(T) -> std::borrow::Cow<'static, str>) -> Vec<String> {
    values.iter().map(|value| name(*value).into()).collect()
}

fn choice(tls: &TlsFacts) -> Choice {
    Choice {
        version: iana::version(tls.version).into(),
        cipher_suite: iana::cipher_suite(tls.cipher_suite).into(),
        named_group: tls.named_group.map(|group| iana::named_group(group).into()),
        signature_scheme: tls
            .signature_scheme
            .map(|scheme| iana::signature_scheme(scheme).into()),
        alpn: tls
            .alpn
            .as_ref()
            .map(|name| name.escape_ascii().to_string()),
        kind: match (tls.resumed, tls.hello_retried) {
            (true, _) => HandshakeKind::Resumed,
            (false, true) => HandshakeKind::HelloRetried,
            (false, false) => HandshakeKind::Full,
        },
    }
}

fn transfer(hop: &Hop, at_us: u64, sent_bytes: u64, received_bytes: u64) -> Transfer {
    let first_us = hop.responses.first().map(|head| head.at_us);
    let request = hop.request.as_ref();
    let sending_us = request.and_then(|request| request.duration_us);
    let sent_us = request
        .zip(sending_us)
        .map(|(request, took)| request.at_us + took);
    let received_us = first_us.map(|first| at_us - first);
    Transfer {
        at_us,
        sent_bytes,
        received_bytes,
        // An answer that came before the request had ended was not waited for.
        waited_us: first_us
            .zip(sent_us)
            .and_then(|(first, sent)| first.checked_sub(sent)),
        received_us,
        sent_bytes_per_s: sending_us.and_then(|took| rate(sent_bytes, took)),
        received_bytes_per_s: received_us.and_then(|took| rate(received_bytes, took)),
    }
}

fn kernel(at_us: u64, tcp: &TcpInfo) -> Tcp {
    Tcp {
        at_us,
        rtt_us: micros(tcp.rtt),
        rtt_variation_us: micros(tcp.rtt_variation),
        rtt_min_us: micros(tcp.rtt_min),
        retransmission_timeout_us: micros(tcp.retransmission_timeout),
        congestion_window_segments: tcp.congestion_window,
        mss_bytes: tcp.mss_bytes,
        path_mtu_bytes: tcp.path_mtu_bytes,
        unacknowledged_segments: tcp.unacknowledged,
        lost_segments: tcp.lost,
        retransmitted_segments: tcp.retransmitted,
        unsent_bytes: tcp.unsent_bytes,
        acknowledged_bytes: tcp.acknowledged_bytes,
        received_bytes: tcp.received_bytes,
        delivery_rate_bytes_per_s: tcp.delivery_rate_bytes,
    }
}

/// Heads have credentials in them.
impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording")
            .field("hops", &self.hops.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::Response;
    use wharf_net::Addr;

    use super::*;

    /// A recording to which time is given.
    struct Told(Recording);

    impl Told {
        fn hear(&mut self, at: Duration, progress: Progress<'_>) {
            self.0.hear(at, OffsetDateTime::UNIX_EPOCH, progress);
        }

        fn finish(mut self, took: Duration) -> Record {
            let asked = Asked {
                method: "GET".to_owned(),
                url: "http://a.test/".to_owned(),
                at: OffsetDateTime::UNIX_EPOCH,
                since: Instant::now(),
            };
            self.0.finish(asked, took, Outcome::default())
        }
    }

    fn recording() -> Told {
        Told(Recording::new(Credentials::LeftOut))
    }

    fn ms(at: u64) -> Duration {
        Duration::from_millis(at)
    }

    fn begin(recording: &mut Told, at: u64, uri: &str) {
        let progress = Progress::Begun {
            method: &Method::GET,
            uri: &uri.parse().unwrap(),
        };
        recording.hear(ms(at), progress);
    }

    fn connected() -> ConnInfo {
        let address = |port: u16| Addr::from(std::net::SocketAddr::from(([127, 0, 0, 1], port)));
        ConnInfo::new(address(80), address(50_000))
    }

    /// A request and its response, which says this, from `at` on.
    fn exchange(recording: &mut Told, at: u64, status: u16, location: &str) {
        let head = b"GET / HTTP/1.1\r\ncookie: a=b\r\n\r\n";
        recording.hear(ms(at), Progress::HeadSent(head));
        recording.hear(ms(at + 1), Progress::Sent);
        let mut response = Response::builder().status(status);
        if !location.is_empty() {
            response = response.header(LOCATION, location);
        }
        let (head, ()) = response.body(()).unwrap().into_parts();
        recording.hear(ms(at + 6), Progress::HeadReceived(&head));
        let ended = Progress::Ended {
            sent: 100,
            received: 1_000,
            tcp: None,
        };
        recording.hear(ms(at + 8), ended);
    }

    #[test]
    fn each_redirect_is_a_request_with_its_own_times() {
        let mut recording = recording();
        let info = connected();
        begin(&mut recording, 0, "http://a.test/");
        let endpoint: Endpoint = "127.0.0.1:80".parse().unwrap();
        recording.hear(ms(1), Progress::Dialing(&endpoint));
        let dialed = Progress::Dialed {
            connection: &info,
            report: &DialReport::default(),
            tcp: None,
        };
        recording.hear(ms(3), dialed);
        exchange(&mut recording, 4, 302, "/b");
        begin(&mut recording, 20, "http://a.test/b");
        let kept = Progress::Kept {
            connection: &info,
            tls: None,
        };
        recording.hear(ms(20), kept);
        exchange(&mut recording, 21, 200, "");
        recording.0.content = Some(Content {
            is_complete: true,
            ..Content::default()
        });
        let record = recording.finish(ms(30));

        let [first, second] = &record.hops[..] else {
            panic!("{record:?}");
        };
        assert_eq!(
            (first.reason, second.reason),
            (Reason::First, Reason::Redirect)
        );
        assert_eq!((first.at_us, first.duration_us), (0, 20_000));
        assert_eq!((second.at_us, second.duration_us), (20_000, 10_000));
        let connection = second.connection.as_ref().unwrap();
        assert!(connection.is_kept);
        assert_eq!(connection.made_for_hop, Some(1));
        assert_eq!(
            first.request.as_ref().unwrap().lines[1],
            "cookie: [redacted]"
        );
        let transfer = second.transfer.as_ref().unwrap();
        assert_eq!(transfer.waited_us, Some(5_000));
        assert_eq!(transfer.received_us, Some(2_000));
        assert_eq!(transfer.received_bytes_per_s, Some(500_000));
        assert_eq!(transfer.sent_bytes_per_s, Some(100_000));
        let phases: Vec<_> = second.phases.iter().collect();
        let names: Vec<_> = phases
            .iter()
            .map(|phase| {
                (
                    phase.name.label(),
                    phase.at_us,
                    phase.duration_us,
                    phase.ending,
                )
            })
            .collect();
        let expected = [
            ("send request", 21_000, 1_000, Ending::Done),
            ("wait for answer", 22_000, 5_000, Ending::Done),
            ("receive", 27_000, 2_000, Ending::Done),
        ];
        assert_eq!(names, expected);
        assert_eq!(record.outcome.status, Some(200));
    }

    #[test]
    fn what_never_came_to_an_end_lasts_until_all_is_over() {
        let mut recording = recording();
        begin(&mut recording, 0, "http://a.test/");
        let endpoint: Endpoint = "a.test:80".parse().unwrap();
        recording.hear(ms(1), Progress::Dialing(&endpoint));
        let record = recording.finish(ms(50));
        let [phase] = &record.hops[0].phases[..] else {
            panic!("{record:?}");
        };
        assert_eq!(phase.name.label(), "resolve");
        assert_eq!((phase.at_us, phase.duration_us), (1_000, 49_000));
        assert_eq!(phase.ending, Ending::Unanswered);
    }

    #[test]
    fn an_answer_that_came_early_was_not_waited_for() {
        let mut recording = recording();
        begin(&mut recording, 0, "http://a.test/");
        recording.hear(ms(1), Progress::HeadSent(b"POST / HTTP/1.1\r\n\r\n"));
        let (head, ()) = Response::builder()
            .status(413)
            .body(())
            .unwrap()
            .into_parts();
        recording.hear(ms(3), Progress::HeadReceived(&head));
        let record = recording.finish(ms(9));
        let labels: Vec<_> = record.hops[0]
            .phases
            .iter()
            .map(|phase| phase.name.label())
            .collect();
        assert_eq!(labels, ["send request", "receive"]);
        assert_eq!(record.hops[0].phases[0].duration_us, 2_000);
    }

    #[test]
    fn requests_without_end_are_counted_and_not_kept() {
        let mut recording = recording();
        for _ in 0..HOPS_MAX + 3 {
            begin(&mut recording, 0, "http://a.test/");
            for _ in 0..PARTS_MAX + 3 {
                recording.hear(ms(0), Progress::Securing);
            }
        }
        let record = recording.finish(ms(0));
        assert_eq!((record.hops.len(), record.hops_left_out), (HOPS_MAX, 3));
        assert_eq!(record.hops[HOPS_MAX - 1].handshakes.len(), PARTS_MAX);
    }

    #[test]
    fn nothing_is_told_of_what_was_not_begun() {
        let recorder = Recorder::new(Credentials::LeftOut);
        recorder.hear(Progress::Sent);
        assert!(recorder.finish(Outcome::default()).is_none());
    }
}
