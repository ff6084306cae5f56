//! An exchange that was recorded by one side, computed again: the test of whoever does not believe what he was shown.
//!
//! What is computed follows from the messages and from the private keys that were made for the exchange. Without the
//! secrets, the hashes and signatures are left to check.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::collections::BTreeMap;

use super::hkdf::HASH_BYTES;
use super::message::{ClientHello, ServerHello};
use super::{
    Auth, ExchangeKey, Frame, Group, KexFault, Label, MessageKind, Role, Schedule, Secret,
    TrafficKey, Transcript, identity, value,
};
use crate::certificate::Certificate;

/// What one side recorded.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Which side.
    pub role: Role,
    /// The messages in their order, with who sent them.
    pub messages: Vec<(Role, Vec<u8>)>,
    /// The values by their names ([`value`]), as far as they were recorded.
    pub values: BTreeMap<String, Secret>,
}

/// What came out for one value or check.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Replayed {
    /// The value or check.
    pub name: String,
    /// What came out.
    pub verdict: Verdict,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is as it was recorded.
    Same,
    /// It is not.
    Differs,
    /// It failed.
    Failed(KexFault),
    /// It was not recorded, or what it follows from was not.
    Unknown,
}

/// Computes everything again, in the order of the exchange. After a failure there is nothing more.
pub fn replay(recording: &Recording) -> Vec<Replayed> {
    let mut replay = Replay {
        recording,
        results: Vec::new(),
    };
    if let Err((name, fault)) = replay.run() {
        let verdict = Verdict::Failed(fault);
        replay.results.push(Replayed { name, verdict });
    }
    replay.results
}

struct Replay<'a> {
    recording: &'a Recording,
    results: Vec<Replayed>,
}

/// What failed, and how.
type Failed = (String, KexFault);
type Hash = [u8; HASH_BYTES];

fn at<T>(name: impl Into<String>, result: Result<T, KexFault>) -> Result<T, Failed> {
    result.map_err(|fault| (name.into(), fault))
}

impl Replay<'_> {
    fn run(&mut self) -> Result<(), Failed> {
        let client_frame = self.frame(MessageKind::ClientHello, Role::Client)?;
        let server_frame = self.frame(MessageKind::ServerHello, Role::Server)?;
        let client = at("client-hello", ClientHello::parse(client_frame.body()))?;
        let server = at("server-hello", ServerHello::parse(server_frame.body()))?;
        self.compare(value::nonce(Role::Client), &client.nonce);
        for share in &client.shares {
            self.compare(value::share(Role::Client, share.group), &share.octets);
        }
        self.compare(value::nonce(Role::Server), &server.nonce);
        let group = server.share.group;
        if group != Group::RsaOaep {
            self.compare(value::share(Role::Server, group), &server.share.octets);
        }
        let mut transcript = Transcript::new();
        transcript.add(client_frame.octets());
        transcript.add(server_frame.octets());
        let hellos = transcript.hash();
        self.compare(value::HELLO_HASH, &hellos);
        self.shared_secret(&client, &server)?;
        let schedule = self.schedule(group, &hellos)?;
        for role in [Role::Server, Role::Client] {
            self.auth(role, schedule.as_ref(), &hellos, &mut transcript)?;
        }
        self.data(schedule.as_ref(), &transcript.hash())
    }

    fn frame(&self, kind: MessageKind, from: Role) -> Result<Frame, Failed> {
        let messages = self.recording.messages.iter();
        for (_, octets) in messages.filter(|(role, _)| *role == from) {
            let mut octets = octets.clone();
            let frame = at(kind.name(), Frame::take(&mut octets))?;
            if let Some(frame) = frame.filter(|frame| frame.kind() == kind) {
                let (message, count_bytes) = (kind, octets.len());
                let fault = KexFault::Trailing {
                    message,
                    count_bytes,
                };
                let whole = if octets.is_empty() {
                    Ok(frame)
                } else {
                    Err(fault)
                };
                return at(kind.name(), whole);
            }
        }
        at(kind.name(), Err(KexFault::Ended { awaiting: kind }))
    }

    fn recorded(&self, name: &str) -> Option<&Secret> {
        self.recording.values.get(name)
    }

    fn tell(&mut self, name: impl Into<String>, verdict: Verdict) {
        let name = name.into();
        self.results.push(Replayed { name, verdict });
    }

    fn compare(&mut self, name: impl Into<String>, computed: &[u8]) {
        let name = name.into();
        let verdict = match self.recorded(&name) {
            None => Verdict::Unknown,
            Some(recorded) if recorded.reveal() == computed => Verdict::Same,
            Some(_) => Verdict::Differs,
        };
        self.tell(name, verdict);
    }

    /// From the private keys of the side that recorded, if they are there.
    fn shared_secret(&mut self, client: &ClientHello, server: &ServerHello) -> Result<(), Failed> {
        let group = server.share.group;
        let computed = match (self.recording.role, group) {
            (Role::Client, Group::RsaOaep) => self.recorded(&value::sent_secret()).cloned(),
            (role, _) => {
                let key = at(value::SHARED_SECRET, self.private_key(role, group))?;
                let share = client.shares.iter().find(|share| share.group == group);
                let fault = KexFault::NotOffered { group };
                let client_share = at(value::SHARED_SECRET, share.ok_or(fault))?;
                let peer = match role {
                    Role::Client => &server.share.octets,
                    Role::Server => &client_share.octets,
                };
                let derived = key.map(|key| key.decapsulate(peer)).transpose();
                at(value::SHARED_SECRET, derived)?
            }
        };
        match computed {
            Some(secret) => self.compare(value::SHARED_SECRET, secret.reveal()),
            None => self.tell(value::SHARED_SECRET, Verdict::Unknown),
        }
        Ok(())
    }

    /// The whole private key. A server that encapsulates has none, or half of one.
    fn private_key(&self, role: Role, group: Group) -> Result<Option<ExchangeKey>, KexFault> {
        let halves: &[_] = match (role, group) {
            (Role::Client, Group::X25519MlKem768) => &[Some(Group::MlKem768), Some(Group::X25519)],
            (Role::Server, Group::X25519MlKem768 | Group::MlKem768 | Group::RsaOaep) => {
                return Ok(None);
            }
            _ => &[None],
        };
        let names = halves
            .iter()
            .map(|half| value::private_key(role, group, *half));
        let parts: Option<Vec<_>> = names.map(|name| self.recorded(&name)).collect();
        let Some(parts) = parts else {
            return Ok(None);
        };
        let parts: Vec<_> = parts.into_iter().map(Secret::reveal).collect();
        let read = ExchangeKey::from_pkcs8(&parts).map_err(|_| KexFault::Crypto {
            operation: "read the recorded private key",
        })?;
        Ok(Some(read))
    }

    fn schedule(&mut self, group: Group, hellos: &Hash) -> Result<Option<Schedule>, Failed> {
        let shared = self.recorded(value::SHARED_SECRET).cloned();
        let Some(shared) = shared else {
            let salt = *Schedule::new(group, &Secret::copy(&[])).salt();
            self.compare(value::SALT, &salt);
            self.tell(value::PSEUDORANDOM_KEY, Verdict::Unknown);
            return Ok(None);
        };
        let schedule = Schedule::new(group, &shared);
        let salt = *schedule.salt();
        self.compare(value::SALT, &salt);
        self.compare(value::PSEUDORANDOM_KEY, schedule.key().reveal());
        for label in Label::HANDSHAKE {
            let key = at(label.name(), schedule.expand(label, hellos))?;
            self.compare(label.name(), key.reveal());
        }
        Ok(Some(schedule))
    }

    fn auth(
        &mut self,
        role: Role,
        schedule: Option<&Schedule>,
        hellos: &Hash,
        transcript: &mut Transcript,
    ) -> Result<(), Failed> {
        let kind = role.auth();
        let frame = self.frame(kind, role)?;
        let name = value::auth(role);
        let plain = match schedule {
            Some(schedule) => {
                let key = at(kind.name(), schedule.handshake_key(role, hellos))?;
                let plain = at(kind.name(), key.open(&frame))?;
                self.compare(&name, &plain);
                plain.to_vec()
            }
            None => {
                self.tell(&name, Verdict::Unknown);
                let recorded = self.recorded(&name);
                let fault = KexFault::NotOpened { message: kind };
                at(name, recorded.ok_or(fault))?.reveal().to_vec()
            }
        };
        let auth = at(kind.name(), Auth::parse(kind, &plain))?;
        let certificates = at(
            kind.name(),
            Auth::emit_certificates(kind, &auth.certificates),
        )?;
        transcript.add(&certificates);
        self.signature(role, &auth, &transcript.hash())?;
        let signature = Auth::emit_signature(kind, auth.scheme, &auth.signature);
        transcript.add(&at(kind.name(), signature)?);
        let hash = transcript.hash();
        self.compare(value::mac_hash(role), &hash);
        match schedule {
            Some(schedule) => {
                let key = at(value::mac(role), schedule.mac_key(role, hellos))?;
                self.compare(value::mac(role), &identity::mac(&key, &hash));
                let checked = identity::check_mac(role, &key, &hash, &auth.mac);
                at(value::mac(role), checked)?;
            }
            None => self.tell(value::mac(role), Verdict::Unknown),
        }
        transcript.add(&auth.mac);
        Ok(())
    }

    fn signature(&mut self, role: Role, auth: &Auth, hash: &Hash) -> Result<(), Failed> {
        let Some(first) = auth.certificates.first() else {
            return Ok(());
        };
        let name = value::signature(role);
        self.compare(value::signed(role), &identity::signed_content(role, hash));
        let malformed = KexFault::MalformedCertificate { role, at: 0 };
        let read = Certificate::from_der(first).map_err(|_| malformed);
        let certificate = at(&name, read)?;
        let checked =
            identity::check_signature(role, &certificate, hash, auth.scheme, &auth.signature);
        at(&name, checked)?;
        self.compare(name, &auth.signature);
        Ok(())
    }

    fn data(&mut self, schedule: Option<&Schedule>, before: &Hash) -> Result<(), Failed> {
        self.compare(value::AUTH_HASH, before);
        let Some(schedule) = schedule else {
            for role in [Role::Client, Role::Server] {
                self.tell(value::data(role), Verdict::Unknown);
            }
            return Ok(());
        };
        for label in Label::DATA {
            let key = at(label.name(), schedule.expand(label, before))?;
            self.compare(label.name(), key.reveal());
        }
        for role in [Role::Client, Role::Server] {
            let name = value::data(role);
            let frame = self.frame(MessageKind::Data, role)?;
            let key: TrafficKey = at(&name, schedule.data_key(role, before))?;
            let plain = at(&name, key.open(&frame))?;
            self.compare(name, &plain);
        }
        Ok(())
    }
}
