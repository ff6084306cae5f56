//! The side that answers: which group it chooses, and its part of the secret.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use super::message::{ClientHello, NONCE_BYTES, ServerHello, Share};
use super::side::{Keyed, Side, private_values, random};
use super::step::{StepKind, Value};
use super::{
    Authentication, ExchangeKey, ExchangePublicKey, Frame, Group, KexFault, Role, Secret, value,
};

/// What a server does.
#[derive(Debug)]
pub struct ServerConfig {
    /// Which groups it accepts, the one it likes best first.
    pub groups: Vec<Group>,
    /// Whether the sides show who they are.
    pub authentication: Authentication,
    /// Its RSA key, for [`Group::RsaOaep`].
    pub key: Option<ExchangeKey>,
    /// What it has to say.
    pub message: Vec<u8>,
}

/// What it takes to answer a hello.
pub(super) struct Chooser {
    groups: Vec<Group>,
    key: Option<ExchangeKey>,
}

impl Chooser {
    pub(super) fn new(groups: Vec<Group>, key: Option<ExchangeKey>) -> Self {
        Self { groups, key }
    }

    /// The client offers.
    pub(super) fn on_hello(&self, side: &mut Side, frame: &Frame) -> Result<Keyed, KexFault> {
        let hello = ClientHello::parse(frame.body());
        let values = hello.as_ref().map(shown).unwrap_or_default();
        side.received(frame, values);
        let offered = self.choose(hello?)?;
        let group = offered.group;
        side.transcribe(frame);
        let (octets, shared) = self.answer(side, &offered)?;
        let nonce = random::<NONCE_BYTES>()?;
        let share = Share { group, octets };
        let hello = ServerHello { nonce, share }.emit()?;
        side.transcribe(&hello);
        side.send(
            hello,
            vec![Value::public(value::nonce(Role::Server), &nonce)],
        );
        side.agreed(group, &shared)
    }

    /// The share of the group that it likes best.
    fn choose(&self, hello: ClientHello) -> Result<Share, KexFault> {
        let place = |share: &Share| self.groups.iter().position(|group| *group == share.group);
        let offered = hello.shares.into_iter();
        let accepted = offered.filter_map(|share| Some((place(&share)?, share)));
        let best = accepted.min_by_key(|(place, _)| *place);
        let (_, share) = best.ok_or_else(|| KexFault::NoCommonGroup {
            accepted: names(&self.groups),
        })?;
        Ok(share)
    }

    /// Its own share, and the secret.
    fn answer(&self, side: &mut Side, offered: &Share) -> Result<(Vec<u8>, Secret), KexFault> {
        let group = offered.group;
        if group == Group::RsaOaep {
            let needs = "RSA key of the server's certificate";
            let key = self.key.as_ref().ok_or(KexFault::TransportKey { needs })?;
            return Ok((Vec::new(), key.decapsulate_blindly(&offered.octets)?));
        }
        let theirs = ExchangePublicKey::from_octets(group, &offered.octets)?;
        let made = theirs.encapsulate()?;
        let mut values = match &made.ephemeral {
            Some(key) => private_values(Role::Server, group, key)?,
            None => Vec::new(),
        };
        let share = value::share(Role::Server, group);
        values.push(Value::public(share, &made.ciphertext));
        side.did(StepKind::MadeKeys, values);
        Ok((made.ciphertext, made.secret))
    }
}

/// What the hello of a client says.
fn shown(hello: &ClientHello) -> Vec<Value> {
    let mut values = vec![Value::public(value::nonce(Role::Client), &hello.nonce)];
    for share in &hello.shares {
        let name = value::share(Role::Client, share.group);
        values.push(Value::public(name, &share.octets));
    }
    values
}

fn names(groups: &[Group]) -> String {
    let names: Vec<_> = groups.iter().map(|group| group.name()).collect();
    names.join(", ")
}
