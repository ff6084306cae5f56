//! All of it in order: the messages as arrows, and between them what both sides compute.

use wharf_pki::tls13::{
    Body, CheckKind, Derivation, Derived, Handshake, Message, Outcome, Protection, Sender,
};
use wharf_pki::verify::Report;
use wharf_pki::{Certificate, CertificateInfo, inspect};

use super::values::{count, group, suite, version};
use super::{Reveal, Watched, keys, values, words};
use crate::connect::Target;
use crate::ui::lifelines::{self, Annotation, Event, Lane, Lifelines, Mark, Step};
use crate::ui::page::Fact;

/// What was watched, whom it was to be, and what became of that.
pub(crate) struct Story<'a> {
    pub(crate) watched: &'a Watched,
    pub(crate) target: &'a Target,
    /// Whether there is a path from the certificate to a CA that is trusted. `None` if nobody asked, or there is no certificate.
    pub(crate) verification: Option<Report>,
    pub(crate) reveal: Reveal,
}

impl Story<'_> {
    pub(super) fn handshake(&self) -> &Handshake {
        &self.watched.handshake
    }

    /// The certificates of the server that can be read. None if the first one cannot: no other stands in its place.
    pub(crate) fn chain(watched: &Watched) -> Vec<Certificate> {
        let messages = watched.handshake.messages.iter();
        let mut presented = messages.filter_map(|message| match (&message.body, message.from) {
            (Body::Certificate(all), Sender::Server) => Some(&all.entries),
            _ => None,
        });
        let entries = presented.next().map(Vec::as_slice).unwrap_or_default();
        let mut read = entries
            .iter()
            .map(|entry| Certificate::from_der(&entry.der).ok());
        match read.next().flatten() {
            Some(first) => std::iter::once(first).chain(read.flatten()).collect(),
            None => Vec::new(),
        }
    }

    pub(super) fn infos(&self) -> Vec<CertificateInfo> {
        let chain = Self::chain(self.watched);
        let read = chain.iter().map(|it| inspect::inspect_der(it.der()));
        read.filter_map(Result::ok).collect()
    }

    /// What the server answered the finished handshake with, if it is a refusal: most often that of a client without certificate.
    pub(crate) fn late_refusal(&self) -> Option<u8> {
        let mut messages = self.handshake().messages.iter();
        messages.find_map(|message| match (&message.body, message.from) {
            (Body::Alert { description, .. }, Sender::Server) if !matches!(description, 0 | 90) => {
                Some(*description)
            }
            _ => None,
        })
    }

    /// Whether all that was computed again came out the same.
    pub(crate) fn holds(&self) -> bool {
        let handshake = self.handshake();
        let mut schedule = handshake.derivations.iter();
        handshake.is_complete()
            && handshake.refusals().next().is_none()
            && schedule.all(|it| it.agrees_with_log != Some(false))
    }

    /// What came of it, and whether that is good.
    pub(super) fn verdict(&self) -> Mark {
        let verified = self.verification.as_ref().map(Report::is_verified);
        match (self.holds(), self.late_refusal(), verified) {
            (false, ..) if !self.handshake().is_complete() => Mark::Bad("not complete".to_owned()),
            (false, ..) => Mark::Bad("DOES NOT HOLD".to_owned()),
            (true, Some(_), _) => Mark::Bad("refused afterwards".to_owned()),
            (true, None, Some(false)) => Mark::Bad("holds, NOT VERIFIED".to_owned()),
            (true, None, Some(true)) => Mark::Good("holds, verified".to_owned()),
            (true, None, None) => Mark::Good("holds".to_owned()),
        }
    }

    /// All in all.
    pub(super) fn summary(&self) -> Vec<Fact> {
        let watched = self.watched;
        let mut facts = vec![
            ("peer", watched.peer.clone()),
            ("name", self.target.name.clone()),
        ];
        for message in &self.handshake().messages {
            if let Body::ServerHello(hello) = &message.body {
                facts.push(("version", version(hello.version)));
                facts.push(("cipher suite", suite(hello.cipher_suite)));
            }
        }
        if let Some((group, sent, received)) = self.exchange() {
            let sizes = format!("{group}: {sent} bytes there, {received} back");
            facts.push(("key exchange", sizes));
        }
        facts.push((
            "took",
            format!("{:.1} ms", watched.took.as_secs_f64() * 1e3),
        ));
        let (sent, received) = (watched.bytes_sent, watched.bytes_received);
        facts.push((
            "on the wire",
            format!("{sent} bytes sent, {received} received"),
        ));
        for fault in &self.handshake().faults {
            facts.push(("not read", fault.to_string()));
        }
        facts
    }

    /// The group, and the lengths of the two shares.
    pub(super) fn exchange(&self) -> Option<(String, usize, usize)> {
        let mut offered = &[][..];
        for message in &self.handshake().messages {
            match &message.body {
                Body::ClientHello(hello) => offered = &hello.key_shares,
                Body::ServerHello(hello) => {
                    let share = hello.key_share.as_ref()?;
                    let sent = offered.iter().find(|it| it.group == share.group);
                    let sent = sent.map(|it| it.share.len()).unwrap_or_default();
                    return Some((group(share.group), sent, share.share.len()));
                }
                _ => {}
            }
        }
        None
    }

    /// The picture.
    pub(super) fn lifelines(&self) -> Lifelines {
        let (client, server) = (
            concat!("wharf ", env!("CARGO_PKG_VERSION")),
            &self.watched.peer,
        );
        let lane = |name: &str, detail: &str| Lane {
            name: name.to_owned(),
            detail: detail.to_owned(),
        };
        Lifelines {
            lanes: vec![lane("client", client), lane("server", server)],
            events: self.events(),
        }
    }

    fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        let (mut phase, mut hellos) = (None, 0);
        for (number, message) in self.handshake().messages.iter().enumerate() {
            if begins_phase(&mut phase, message) {
                events.push(Event::Phase(heading(message.protection).to_owned()));
            }
            hellos += usize::from(matches!(message.body, Body::ClientHello(_)));
            let arrow = self.arrow(message, hellos > 1);
            events.push(Event::Message(Box::new(arrow)));
            events.extend(self.keys_after(number).map(Event::Step));
            let is_proof = matches!(message.body, Body::CertificateVerify { .. });
            if is_proof && message.from == Sender::Server {
                events.extend(self.path().map(Event::Step));
            }
        }
        events
    }

    fn arrow(&self, message: &Message, is_second: bool) -> lifelines::Message {
        let told = words::tell(message, is_second);
        let lane = |sender| usize::from(sender == Sender::Server);
        let is_secret =
            matches!(message.body, Body::ApplicationData) && self.reveal == Reveal::Nothing;
        let records = message.records.len();
        let size = format!(
            "{} in {}, {}",
            count(message.bytes.len(), "byte"),
            count(records, "record"),
            message.protection
        );
        let mut facts = told.facts;
        facts.insert(0, ("size", size));
        if let Some(hash) = &message.transcript_hash {
            facts.push(("transcript", values::hex_words(hash)));
        }
        lifelines::Message {
            from: lane(message.from),
            to: lane(message.from.other()),
            at: format!("{:.1} ms", message.at.as_secs_f64() * 1e3),
            title: told.title,
            summary: told.summary,
            why: told.why.to_owned(),
            is_sealed: message.protection != Protection::None,
            marks: checks(message),
            facts,
            bytes: if is_secret {
                Vec::new()
            } else {
                message.bytes.clone()
            },
            annotations: annotations(message),
        }
    }

    /// What both can compute with this message.
    fn keys_after(&self, message: usize) -> Option<Step> {
        let all = self.handshake().derivations.iter();
        let known: Vec<_> = all.filter(|it| it.after_message == message).collect();
        let first = known.first()?;
        let (title, why) = match first.what {
            Derived::SharedSecret | Derived::EarlySecret | Derived::HandshakeTraffic(_) => {
                ("Keys of the handshake", HANDSHAKE_KEYS)
            }
            Derived::MasterSalt | Derived::ApplicationTraffic(_) => {
                ("Keys of application data", APPLICATION_KEYS)
            }
            Derived::UpdatedTraffic(_) => ("New keys", UPDATED_KEYS),
            _ => ("Keys of the client's application data", CLIENT_KEYS),
        };
        let mut marks = Vec::new();
        let compared: Vec<_> = known.iter().filter_map(|it| it.agrees_with_log).collect();
        if compared.contains(&false) {
            marks.push(Mark::Bad("not what the key log has".to_owned()));
        } else if !compared.is_empty() {
            marks.push(Mark::Good(format!(
                "{} of the key log computed",
                compared.len()
            )));
        }
        let values = known.into_iter().map(|it| self.derived(it)).collect();
        Some(Step {
            lanes: Vec::new(),
            title: title.to_owned(),
            why: why.to_owned(),
            marks,
            values,
        })
    }

    fn derived(&self, derivation: &Derivation) -> (String, String) {
        let line = keys::line(self.handshake(), derivation, self.reveal);
        (derivation.what.to_string(), line)
    }

    /// Whether the certificate is that of the server.
    fn path(&self) -> Option<Step> {
        let report = self.verification.as_ref()?;
        let mark = match report.is_verified() {
            true => Mark::Good("verified".to_owned()),
            false => Mark::Bad("NOT VERIFIED".to_owned()),
        };
        let text = report.to_string();
        let lines = text.lines().map(|line| (String::new(), line.to_owned()));
        Some(Step {
            lanes: vec![0],
            title: format!("Is it {}?", self.target.name),
            why: PATH.to_owned(),
            marks: vec![mark],
            values: lines.collect(),
        })
    }
}

/// Whether this message is the first one under its keys. Neither what is in the clear later on begins
/// anything anew, nor what is under older keys: a server may send tickets before the client is done.
fn begins_phase(phase: &mut Option<Protection>, message: &Message) -> bool {
    let is_later = match (*phase, message.protection) {
        (None, _) => true,
        (Some(Protection::None), it) => it != Protection::None,
        (Some(Protection::Handshake), it) => it == Protection::Application,
        _ => false,
    };
    if is_later {
        *phase = Some(message.protection);
    }
    is_later
}

fn heading(protection: Protection) -> &'static str {
    match protection {
        Protection::Handshake => "Who is there: under the keys of the handshake",
        Protection::Application => "Under the keys of application data",
        _ => "Key exchange: in the clear",
    }
}

fn checks(message: &Message) -> Vec<Mark> {
    let all = message.checks.iter();
    all.map(|check| {
        let what = match check.kind {
            CheckKind::Signature => "signature",
            _ => "MAC",
        };
        match &check.outcome {
            Outcome::Passed => Mark::Good(format!("{what} computed again")),
            Outcome::Failed(why) => Mark::Bad(format!("{what} is wrong: {why}")),
            Outcome::NotDone(why) => Mark::Bad(format!("{what} not checked: {why}")),
            _ => Mark::Plain(what.to_owned()),
        }
    })
    .collect()
}

fn annotations(message: &Message) -> Vec<Annotation> {
    let all = message.fields.iter();
    all.map(|field| Annotation {
        range: field.range.clone(),
        depth: field.depth.into(),
        name: field.name.to_owned(),
        value: values::of(field),
    })
    .collect()
}

const HANDSHAKE_KEYS: &str = "Each side puts its private key and the other's share together and gets the same secret. HKDF makes of \
    it, and of the hash of both hellos, one secret for each direction, and of these the keys.";
const APPLICATION_KEYS: &str = "The keys for what follows depend on every message up to the server's Finished. They are others than \
    those of the handshake: who learns one kind has nothing of the other.";
const CLIENT_KEYS: &str = "What the client sends from here on is under keys of its own, and with its Finished the hash is there from \
    which tickets get theirs.";
const UPDATED_KEYS: &str = "Made of the old ones, from which there is no way back.";
const PATH: &str = "The signature proves the key. Whether it is the server's key, only a path from its certificate to a CA that is \
    trusted tells, and the name in it.";
