//! An attacker who agrees with each side on a secret of his own, and passes on what each says, signatures included.

use wharf_pki::kex::{
    ClientHello, ExchangeKey, ExchangePublicKey, Frame, Group, KexFault, MAC_BYTES, MessageKind,
    Role, Schedule, Secret, ServerHello, TrafficKey, Transcript, identity,
};

use super::stage::Middle;
use crate::kex::record::Record;

/// The attacker.
pub(super) struct Swap {
    group: Group,
    /// With which he is a client to the server.
    own: ExchangeKey,
    /// His share for the client, and the secret that he has with it.
    for_client: Option<(Vec<u8>, Secret)>,
    /// The client-hello as the client sent it, and as the server got it.
    hellos: Option<(Frame, Frame)>,
    legs: Option<Legs>,
}

/// The two exchanges that he is part of.
struct Legs {
    with_client: Leg,
    with_server: Leg,
}

/// One of them.
struct Leg {
    schedule: Schedule,
    hellos: [u8; 32],
    transcript: Transcript,
}

impl Leg {
    fn new(group: Group, shared: &Secret, client: &Frame, server: &Frame) -> Self {
        let mut transcript = Transcript::new();
        transcript.add(client.octets());
        transcript.add(server.octets());
        Self {
            schedule: Schedule::new(group, shared),
            hellos: transcript.hash(),
            transcript,
        }
    }

    /// What is in the auth of a side.
    fn open_auth(&mut self, role: Role, frame: &Frame) -> Result<Vec<u8>, KexFault> {
        let key = self.schedule.handshake_key(role, &self.hellos)?;
        let plain = key.open(frame)?.to_vec();
        self.transcript.add(&plain);
        Ok(plain)
    }

    /// The same for the other exchange: certificates and signature as they are, and the MAC that belongs to these keys.
    fn seal_auth(&mut self, role: Role, plain: &[u8]) -> Result<Frame, KexFault> {
        let before = plain
            .get(..plain.len().saturating_sub(MAC_BYTES))
            .unwrap_or_default();
        self.transcript.add(before);
        let key = self.schedule.mac_key(role, &self.hellos)?;
        let mac = identity::mac(&key, &self.transcript.hash());
        self.transcript.add(&mac);
        let key = self.schedule.handshake_key(role, &self.hellos)?;
        key.seal(role.auth(), &[before, &mac].concat())
    }

    fn data_key(&self, role: Role) -> Result<TrafficKey, KexFault> {
        self.schedule.data_key(role, &self.transcript.hash())
    }
}

impl Swap {
    pub(super) fn new(group: Group) -> anyhow::Result<Self> {
        Ok(Self {
            group,
            own: ExchangeKey::generate(group)?,
            for_client: None,
            hellos: None,
            legs: None,
        })
    }

    fn on_client_hello(&mut self, frame: Frame) -> Result<Frame, KexFault> {
        let mut hello = ClientHello::parse(frame.body())?;
        let share = hello
            .shares
            .iter_mut()
            .find(|share| share.group == self.group);
        let share = share.ok_or(KexFault::NotOffered { group: self.group })?;
        let theirs = ExchangePublicKey::from_octets(self.group, &share.octets)?;
        let made = theirs.encapsulate()?;
        self.for_client = Some((made.ciphertext, made.secret));
        share.octets = self.own.public().octets().to_vec();
        let swapped = hello.emit()?;
        self.hellos = Some((frame, swapped.clone()));
        Ok(swapped)
    }

    fn on_server_hello(&mut self, frame: &Frame) -> Result<Frame, KexFault> {
        let mut hello = ServerHello::parse(frame.body())?;
        let with_server = self.own.decapsulate(&hello.share.octets)?;
        let (Some((share, with_client)), Some((original, swapped))) =
            (self.for_client.take(), self.hellos.take())
        else {
            return Err(KexFault::NotOffered { group: self.group });
        };
        hello.share.octets = share;
        let answer = hello.emit()?;
        self.legs = Some(Legs {
            with_client: Leg::new(self.group, &with_client, &original, &answer),
            with_server: Leg::new(self.group, &with_server, &swapped, frame),
        });
        Ok(answer)
    }

    fn legs(&mut self) -> Result<&mut Legs, KexFault> {
        let group = self.group;
        self.legs.as_mut().ok_or(KexFault::NotOffered { group })
    }

    fn on_auth(&mut self, from: Role, frame: &Frame) -> Result<Frame, KexFault> {
        let legs = self.legs()?;
        let (near, far) = match from {
            Role::Client => (&mut legs.with_client, &mut legs.with_server),
            Role::Server => (&mut legs.with_server, &mut legs.with_client),
        };
        let plain = near.open_auth(from, frame)?;
        far.seal_auth(from, &plain)
    }

    /// What was said, and the message for the other side.
    fn on_data(&mut self, from: Role, frame: &Frame) -> Result<(String, Frame), KexFault> {
        let legs = self.legs()?;
        let (near, far) = match from {
            Role::Client => (&legs.with_client, &legs.with_server),
            Role::Server => (&legs.with_server, &legs.with_client),
        };
        let plain = near.data_key(from)?.open(frame)?;
        let said = String::from_utf8_lossy(&plain).into_owned();
        Ok((said, far.data_key(from)?.seal(MessageKind::Data, &plain)?))
    }
}

impl Middle for Swap {
    fn pass(&mut self, from: Role, frame: Frame, record: &mut Record) -> anyhow::Result<Vec<u8>> {
        let kind = frame.kind();
        let (words, passed) = match kind {
            MessageKind::ClientHello => (
                "replaces the share of the client by one of his own, and keeps the other".to_owned(),
                self.on_client_hello(frame),
            ),
            MessageKind::ServerHello => (
                "replaces the share of the server, too: now he has one secret with the client, and another with the server"
                    .to_owned(),
                self.on_server_hello(&frame),
            ),
            MessageKind::Data => {
                let (said, passed) = self.on_data(from, &frame).map_err(wharf_pki::Error::Kex)?;
                record.outcome.attacker_reads = true;
                (format!("reads what the {from} says: \u{201c}{said}\u{201d}"), Ok(passed))
            }
            _ => (
                format!(
                    "opens the {kind}, makes the MAC anew, and passes it on: the MAC he can make, a signature he cannot"
                ),
                self.on_auth(from, &frame),
            ),
        };
        let passed = passed.map_err(wharf_pki::Error::Kex)?;
        record.note(words, Some((kind.name(), passed.octets())));
        Ok(passed.into_octets())
    }
}
