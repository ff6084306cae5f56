//! What both sides do alike: they derive the keys, say who they are, and check who the other is.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use super::hkdf::HASH_BYTES;
use super::identity;
use super::step::{Step, StepKind, Value};
use super::{
    Auth, Authentication, ExchangeKey, Frame, Group, KexFault, Label, MessageKind, Role, Schedule,
    Secret, TrafficKey, Transcript, rsa, value,
};
use crate::certificate::Certificate;

/// A side of an exchange, between its bytes.
pub(super) struct Side {
    pub(super) role: Role,
    authentication: Authentication,
    transcript: Transcript,
    steps: Vec<Step>,
    arrived: Vec<u8>,
    output: Vec<u8>,
}

/// What follows from the hellos.
pub(super) struct Keyed {
    schedule: Schedule,
    hellos: [u8; HASH_BYTES],
}

/// What encrypts the data, by who sends it.
pub(super) struct DataKeys {
    server: TrafficKey,
    client: TrafficKey,
}

impl DataKeys {
    pub(super) fn of(&self, role: Role) -> &TrafficKey {
        match role {
            Role::Server => &self.server,
            Role::Client => &self.client,
        }
    }
}

impl Side {
    pub(super) fn new(role: Role, authentication: Authentication) -> Self {
        Self {
            role,
            authentication,
            transcript: Transcript::new(),
            steps: Vec::new(),
            arrived: Vec::new(),
            output: Vec::new(),
        }
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(super) fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    pub(super) fn arrive(&mut self, octets: &[u8]) {
        self.arrived.extend_from_slice(octets);
    }

    /// One message each way: there is nothing else to say.
    pub(super) fn nothing_left(&self) -> Result<(), KexFault> {
        match self.arrived.len() {
            0 => Ok(()),
            found_bytes => Err(KexFault::AfterTheEnd { found_bytes }),
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<Frame>, KexFault> {
        Frame::take(&mut self.arrived)
    }

    pub(super) fn did(&mut self, kind: StepKind, values: Vec<Value>) {
        self.steps.push(Step {
            role: self.role,
            kind,
            message: None,
            values,
        });
    }

    pub(super) fn received(&mut self, frame: &Frame, values: Vec<Value>) {
        self.steps.push(Step {
            role: self.role,
            kind: StepKind::Received(frame.kind()),
            message: Some(frame.octets().to_vec()),
            values,
        });
    }

    pub(super) fn send(&mut self, frame: Frame, values: Vec<Value>) {
        self.steps.push(Step {
            role: self.role,
            kind: StepKind::Sent(frame.kind()),
            message: Some(frame.octets().to_vec()),
            values,
        });
        self.output.extend(frame.into_octets());
    }

    /// A hello, whole, becomes part of the transcript.
    pub(super) fn transcribe(&mut self, hello: &Frame) {
        self.transcript.add(hello.octets());
    }

    /// Both hellos are there, and the secret.
    pub(super) fn agreed(&mut self, group: Group, shared: &Secret) -> Result<Keyed, KexFault> {
        let shown = Value::secret(value::SHARED_SECRET, shared.reveal());
        self.did(StepKind::Agreed(group), vec![shown]);
        let schedule = Schedule::new(group, shared);
        let hellos = self.transcript.hash();
        let mut values = vec![
            Value::public(value::HELLO_HASH, &hellos),
            Value::public(value::SALT, schedule.salt()),
            Value::secret(value::PSEUDORANDOM_KEY, schedule.key().reveal()),
        ];
        for label in Label::HANDSHAKE {
            let key = schedule.expand(label, &hellos)?;
            values.push(Value::secret(label.name(), key.reveal()));
        }
        self.did(StepKind::DerivedHandshakeKeys, values);
        Ok(Keyed { schedule, hellos })
    }

    /// Says who this side is.
    pub(super) fn send_auth(&mut self, keyed: &Keyed) -> Result<(), KexFault> {
        let (role, kind) = (self.role, self.role.auth());
        let chain: Vec<_> = match &self.authentication {
            Authentication::Certificates(own) => ders(&own.chain),
            Authentication::None => Vec::new(),
        };
        let certificates = Auth::emit_certificates(kind, &chain)?;
        self.transcript.add(&certificates);
        let hash = self.transcript.hash();
        let mut values = Vec::new();
        let (scheme, signature) = match &self.authentication {
            Authentication::Certificates(own) => {
                let signed = identity::sign(&own.key, role, &hash)?;
                let content = identity::signed_content(role, &hash);
                values.push(Value::public(value::signed(role), &content));
                values.push(Value::public(value::signature(role), &signed.1));
                signed
            }
            Authentication::None => (0, Vec::new()),
        };
        let signature = Auth::emit_signature(kind, scheme, &signature)?;
        self.transcript.add(&signature);
        let hash = self.transcript.hash();
        let mac = identity::mac(&keyed.schedule.mac_key(role, &keyed.hellos)?, &hash);
        self.transcript.add(&mac);
        values.push(Value::public(value::mac_hash(role), &hash));
        values.push(Value::public(value::mac(role), &mac));
        let plain = [certificates.as_slice(), &signature, &mac].concat();
        values.push(Value::public(value::auth(role), &plain));
        let key = keyed.schedule.handshake_key(role, &keyed.hellos)?;
        self.send(key.seal(kind, &plain)?, values);
        Ok(())
    }

    /// Checks who the other side is.
    pub(super) fn receive_auth(&mut self, keyed: &Keyed, frame: &Frame) -> Result<(), KexFault> {
        let (role, kind) = (self.role.other(), frame.kind());
        let key = keyed.schedule.handshake_key(role, &keyed.hellos)?;
        let plain = match key.open(frame) {
            Ok(plain) => plain,
            Err(fault) => {
                self.received(frame, Vec::new());
                return Err(fault);
            }
        };
        self.received(frame, vec![Value::public(value::auth(role), &plain)]);
        let auth = Auth::parse(kind, &plain)?;
        self.transcript
            .add(&Auth::emit_certificates(kind, &auth.certificates)?);
        self.check_identity(role, &auth)?;
        let signature = Auth::emit_signature(kind, auth.scheme, &auth.signature)?;
        self.transcript.add(&signature);
        let hash = self.transcript.hash();
        let key = keyed.schedule.mac_key(role, &keyed.hellos)?;
        identity::check_mac(role, &key, &hash, &auth.mac)?;
        let values = vec![
            Value::public(value::mac_hash(role), &hash),
            Value::public(value::mac(role), &auth.mac),
        ];
        self.did(StepKind::CheckedMac, values);
        self.transcript.add(&auth.mac);
        Ok(())
    }

    fn check_identity(&mut self, role: Role, auth: &Auth) -> Result<(), KexFault> {
        let own = match (&self.authentication, auth.certificates.is_empty()) {
            (Authentication::Certificates(own), false) => own,
            (Authentication::Certificates(_), true) => return Err(KexFault::Anonymous { role }),
            (Authentication::None, false) => return Err(KexFault::UnwantedCertificate { role }),
            (Authentication::None, true) if auth.scheme == 0 && auth.signature.is_empty() => {
                return Ok(());
            }
            (Authentication::None, true) => {
                let code = auth.scheme;
                return Err(KexFault::SignatureScheme { role, code });
            }
        };
        let chain = read_chain(role, &auth.certificates)?;
        let checked = own.trust.check(role, &chain);
        let hash = self.transcript.hash();
        let mut values = Vec::new();
        for (at, der) in auth.certificates.iter().enumerate() {
            values.push(Value::public(value::certificate(role, at), der));
        }
        let subject = identity::subject(&checked?);
        self.did(StepKind::CheckedCertificate { subject }, values);
        let Some(end_entity) = chain.first() else {
            return Err(KexFault::Anonymous { role });
        };
        identity::check_signature(role, end_entity, &hash, auth.scheme, &auth.signature)?;
        let values = vec![
            Value::public(value::signed(role), &identity::signed_content(role, &hash)),
            Value::public(value::signature(role), &auth.signature),
        ];
        self.did(StepKind::CheckedSignature, values);
        Ok(())
    }

    /// All before the data is there.
    pub(super) fn data_keys(&mut self, keyed: &Keyed) -> Result<DataKeys, KexFault> {
        let hash = self.transcript.hash();
        let mut values = vec![Value::public(value::AUTH_HASH, &hash)];
        for label in Label::DATA {
            let key = keyed.schedule.expand(label, &hash)?;
            values.push(Value::secret(label.name(), key.reveal()));
        }
        self.did(StepKind::DerivedDataKeys, values);
        Ok(DataKeys {
            server: keyed.schedule.data_key(Role::Server, &hash)?,
            client: keyed.schedule.data_key(Role::Client, &hash)?,
        })
    }

    pub(super) fn send_data(&mut self, key: &TrafficKey, data: &[u8]) -> Result<(), KexFault> {
        let frame = key.seal(MessageKind::Data, data)?;
        let values = vec![Value::secret(value::data(self.role), data)];
        self.send(frame, values);
        Ok(())
    }

    pub(super) fn receive_data(
        &mut self,
        key: &TrafficKey,
        frame: &Frame,
    ) -> Result<Vec<u8>, KexFault> {
        let opened = key.open(frame);
        let values = match &opened {
            Ok(data) => vec![Value::secret(value::data(self.role.other()), data)],
            Err(_) => Vec::new(),
        };
        self.received(frame, values);
        opened.map(|data| data.to_vec())
    }
}

/// Random numbers of the operating system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], KexFault> {
    let mut octets = [0; N];
    rsa::fill(&mut octets)?;
    Ok(octets)
}

/// The private key that a side made for this exchange, as values. Of the hybrid it has two, or the one that does
/// Diffie-Hellman.
pub(super) fn private_values(
    role: Role,
    group: Group,
    key: &ExchangeKey,
) -> Result<Vec<Value>, KexFault> {
    let failed = |_| KexFault::Crypto {
        operation: "encode a private key",
    };
    let halves: &[_] = match (group, key.group()) {
        (Group::X25519MlKem768, Group::X25519) => &[Some(Group::X25519)],
        (Group::X25519MlKem768, _) => &[Some(Group::MlKem768), Some(Group::X25519)],
        _ => &[None],
    };
    let parts = key.pkcs8().map_err(failed)?;
    let name = |half: &Option<Group>| value::private_key(role, group, *half);
    let values = parts.iter().zip(halves);
    Ok(values
        .map(|(der, half)| Value::secret(name(half), der))
        .collect())
}

fn ders(chain: &[Certificate]) -> Vec<Vec<u8>> {
    chain.iter().map(|one| one.der().to_vec()).collect()
}

fn read_chain(role: Role, ders: &[Vec<u8>]) -> Result<Vec<Certificate>, KexFault> {
    let read = |(at, der): (usize, &Vec<u8>)| {
        Certificate::from_der(der).map_err(|_| KexFault::MalformedCertificate { role, at })
    };
    ders.iter().enumerate().map(read).collect()
}
