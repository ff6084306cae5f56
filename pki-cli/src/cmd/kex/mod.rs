//! `wharf kex`: one verb, one file.

mod decap;
mod demo;
mod derive;
mod dial;
mod encap;
mod keygen;
mod listen;
mod replay;
mod tls;

use clap::Subcommand;

use crate::exit::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Kex {
    /// Make a key with which two sides agree on a secret
    Keygen(keygen::Keygen),
    /// Derive the secret of a private key and the public key of the other side
    Derive(derive::Derive),
    /// Make a secret for whoever has the private key of a public one
    Encap(encap::Encap),
    /// Take the secret out of what encap made
    Decap(decap::Decap),
    /// Answer one exchange
    Listen(Box<listen::Listen>),
    /// Begin one exchange, and tell it step by step
    Dial(Box<dial::Dial>),
    /// Compute a recorded exchange again
    Replay(replay::Replay),
    /// Play both sides, and somebody in between
    Demo(Box<demo::Demo>),
    /// Watch a real TLS 1.3 handshake: every message, every key, computed again
    Tls(Box<tls::Tls>),
}

impl Kex {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        match self {
            Self::Keygen(keygen) => keygen.run(),
            Self::Derive(derive) => derive.run(),
            Self::Encap(encap) => encap.run(),
            Self::Decap(decap) => decap.run(),
            Self::Listen(listen) => listen.run(),
            Self::Dial(dial) => dial.run(),
            Self::Replay(replay) => replay.run(),
            Self::Demo(demo) => demo.run(),
            Self::Tls(tls) => tls.run(),
        }
    }
}
