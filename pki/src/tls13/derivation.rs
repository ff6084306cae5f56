//! The steps of the key schedule, and what they are called.

use std::fmt;

use super::{Secret, Sender};

/// What is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Derived {
    /// What the key exchange gave.
    SharedSecret,
    /// The early secret, without a pre-shared key.
    EarlySecret,
    /// The salt for the handshake secret.
    HandshakeSalt,
    /// The handshake secret.
    HandshakeSecret,
    /// What protects the handshake of one side.
    HandshakeTraffic(Sender),
    /// The salt for the master secret.
    MasterSalt,
    /// The master secret.
    MasterSecret,
    /// What protects the application data of one side, at first.
    ApplicationTraffic(Sender),
    /// The same after a KeyUpdate.
    UpdatedTraffic(Sender),
    /// What exporters are derived from.
    ExporterMaster,
    /// What the keys of tickets are derived from.
    ResumptionMaster,
    /// The key of the AEAD.
    Key(Sender),
    /// What the number of a record is mixed with, for the nonce.
    Iv(Sender),
    /// The key of the MAC in Finished.
    FinishedKey(Sender),
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// It was told by who made the handshake.
    Told,
    /// It was computed here.
    Computed,
}

/// A step of the key schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Derivation {
    /// What it gives.
    pub what: Derived,
    /// How, in the notation of the RFC.
    pub formula: String,
    /// From what it is expanded: the secret, and HKDF's `info`. `None` for what is told or extracted.
    pub expanded: Option<(Derived, Vec<u8>)>,
    /// The value.
    pub value: Secret,
    /// Where it comes from.
    pub origin: Origin,
    /// Of what was computed and logged: whether the two are the same.
    pub agrees_with_log: Option<bool>,
    /// The message with which it is known, by its place in the list.
    pub after_message: usize,
}

impl fmt::Display for Derived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::SharedSecret => "shared secret",
            Self::EarlySecret => "early secret",
            Self::HandshakeSalt => "salt of the handshake secret",
            Self::HandshakeSecret => "handshake secret",
            Self::MasterSalt => "salt of the master secret",
            Self::MasterSecret => "master secret",
            Self::ExporterMaster => "exporter master secret",
            Self::ResumptionMaster => "resumption master secret",
            Self::HandshakeTraffic(Sender::Client) => "client handshake traffic secret",
            Self::HandshakeTraffic(Sender::Server) => "server handshake traffic secret",
            Self::ApplicationTraffic(Sender::Client) => "client application traffic secret",
            Self::ApplicationTraffic(Sender::Server) => "server application traffic secret",
            Self::UpdatedTraffic(Sender::Client) => "updated client traffic secret",
            Self::UpdatedTraffic(Sender::Server) => "updated server traffic secret",
            Self::Key(Sender::Client) => "client key",
            Self::Key(Sender::Server) => "server key",
            Self::Iv(Sender::Client) => "client IV",
            Self::Iv(Sender::Server) => "server IV",
            Self::FinishedKey(Sender::Client) => "client finished key",
            Self::FinishedKey(Sender::Server) => "server finished key",
        };
        f.pad(name)
    }
}
