//! The side that begins: what it offers, and how it takes the answer.
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

/// What a client does.
#[derive(Debug)]
pub struct ClientConfig {
    /// For which groups it sends shares. The server chooses.
    pub groups: Vec<Group>,
    /// Whether the sides show who they are.
    pub authentication: Authentication,
    /// The RSA key of the server, for [`Group::RsaOaep`].
    pub server_key: Option<ExchangePublicKey>,
    /// What it has to say.
    pub message: Vec<u8>,
}

/// What the secret of a group will come from.
pub(super) struct Offer {
    group: Group,
    half: Half,
}

enum Half {
    Key(Box<ExchangeKey>),
    /// RSA: the client made the whole secret.
    Sent(Secret),
}

/// Makes a share for each group, and the client-hello.
pub(super) fn begin(
    side: &mut Side,
    groups: &[Group],
    server_key: Option<&ExchangePublicKey>,
) -> Result<Vec<Offer>, KexFault> {
    let (mut offers, mut shares, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for &group in groups {
        let (half, octets) = if group == Group::RsaOaep {
            let needs = "RSA key of the server";
            let key = server_key.filter(|key| key.group() == group);
            let sent = key.ok_or(KexFault::TransportKey { needs })?.encapsulate()?;
            let name = value::sent_secret();
            values.push(Value::secret(name, sent.secret.reveal()));
            (Half::Sent(sent.secret), sent.ciphertext)
        } else {
            let key = make(group)?;
            values.extend(private_values(Role::Client, group, &key)?);
            let octets = key.public().octets().to_vec();
            (Half::Key(Box::new(key)), octets)
        };
        values.push(Value::public(value::share(Role::Client, group), &octets));
        offers.push(Offer { group, half });
        shares.push(Share { group, octets });
    }
    side.did(StepKind::MadeKeys, values);
    let nonce = random::<NONCE_BYTES>()?;
    let hello = ClientHello { nonce, shares }.emit()?;
    // What a server would refuse is not sent.
    ClientHello::parse(hello.body())?;
    side.transcribe(&hello);
    side.send(
        hello,
        vec![Value::public(value::nonce(Role::Client), &nonce)],
    );
    Ok(offers)
}

/// The server chose.
pub(super) fn on_hello(
    side: &mut Side,
    offers: Vec<Offer>,
    frame: &Frame,
) -> Result<Keyed, KexFault> {
    let hello = ServerHello::parse(frame.body());
    let values = hello.as_ref().map(shown).unwrap_or_default();
    side.received(frame, values);
    let ServerHello { share, .. } = hello?;
    let group = share.group;
    let offer = offers.into_iter().find(|offer| offer.group == group);
    let shared = match offer.ok_or(KexFault::NotOffered { group })?.half {
        Half::Key(key) => key.decapsulate(&share.octets)?,
        Half::Sent(secret) => secret,
    };
    side.transcribe(frame);
    side.agreed(group, &shared)
}

fn shown(hello: &ServerHello) -> Vec<Value> {
    let share = value::share(Role::Server, hello.share.group);
    vec![
        Value::public(value::nonce(Role::Server), &hello.nonce),
        Value::public(share, &hello.share.octets),
    ]
}

fn make(group: Group) -> Result<ExchangeKey, KexFault> {
    ExchangeKey::generate(group).map_err(|_| KexFault::Crypto {
        operation: "make a key pair",
    })
}
