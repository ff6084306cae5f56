//! Both sides and somebody in between, in one process: bytes go through memory, so that the story has one order.
//!
//! | file | what it holds |
//! |---|---|
//! | `cast.rs` | a CA for the moment, and the certificates of both sides |
//! | `stage.rs` | carries messages, and keeps the story |
//! | `swap.rs` | an attacker with shares of his own |
//! | `attack.rs` | the other attacks |
//! | `stolen.rs` | what was recorded, read later with a stolen key |

pub(crate) mod attack;
mod cast;
mod stage;
mod stolen;
mod swap;

use wharf_pki::kex::{ClientConfig, Group, Party, ServerConfig};

use self::attack::Attack;
use self::cast::Cast;
use self::stage::Stage;
use super::record::{Record, Secrets};

/// What is to be played.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) group: Group,
    pub(crate) middle: Mitm,
    pub(crate) is_authenticated: bool,
    pub(crate) attack: Option<Attack>,
    pub(crate) secrets: Secrets,
}

/// Who stands in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mitm {
    /// Nobody
    None,
    /// Somebody who passes everything on and keeps a copy
    Relay,
    /// Somebody who agrees with each side on a secret of his own
    Swap,
}

impl Scenario {
    /// Plays it.
    pub(crate) fn play(&self) -> anyhow::Result<Record> {
        let cast = Cast::new(self)?;
        let groups = self.groups();
        let client = Party::client(ClientConfig {
            groups: groups.clone(),
            authentication: cast.client(self)?,
            server_key: cast.transport_public()?,
            message: b"The harbour master wants a word with you.".to_vec(),
        });
        let client = client.map_err(wharf_pki::Error::Kex)?;
        let server = || -> anyhow::Result<Party> {
            Ok(Party::server(ServerConfig {
                groups: groups.clone(),
                authentication: cast.server(self)?,
                key: cast.transport_key()?,
                message: b"Tell him that we sail at dawn.".to_vec(),
            }))
        };
        let record = Record::new(self.title(), self.is_authenticated, self.secrets);
        let mut stage = Stage::new(client, server()?, record);
        match (self.attack, self.middle) {
            (Some(Attack::ReplayedHello), _) => attack::replayed_hello(&mut stage, server()?)?,
            (Some(Attack::StolenKey), _) => stolen::play(&mut stage, cast.transport_key()?)?,
            (Some(mut attack), _) => stage.play(&mut attack)?,
            (None, Mitm::None) => stage.play(&mut stage::Nobody)?,
            (None, Mitm::Relay) => stage.play(&mut stage::Relay::default())?,
            (None, Mitm::Swap) => stage.play(&mut swap::Swap::new(self.group)?)?,
        }
        Ok(stage.into_record())
    }

    /// Who could be talked out of the better group has to have two.
    fn groups(&self) -> Vec<Group> {
        match self.attack {
            Some(Attack::DowngradedGroup) => vec![self.group, Group::X25519],
            _ => vec![self.group],
        }
    }

    fn title(&self) -> String {
        let who = match (self.attack, self.middle) {
            (Some(attack), _) => attack.title(),
            (None, Mitm::None) => "with nobody in between",
            (None, Mitm::Relay) => "with somebody who listens",
            (None, Mitm::Swap) => "with somebody in between who swaps the shares",
        };
        let certificates = match self.is_authenticated {
            true => "certificates",
            false => "no certificates",
        };
        format!("KX/1 with {} and {certificates}, {who}", self.group)
    }
}
