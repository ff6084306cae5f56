//! The attacks, each on one thing.

use wharf_pki::kex::{ClientHello, Frame, Group, MessageKind, Party, Role, ServerHello};

use super::stage::{Middle, Stage};
use crate::kex::record::Record;

/// An attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Attack {
    /// A share of X25519 whose secret is zero for every key
    SmallOrderPoint,
    /// A share of P-256 that is not on the curve
    OffCurvePoint,
    /// A ciphertext of ML-KEM-768 without its last byte
    TruncatedCiphertext,
    /// All that a client sent in another exchange, sent again
    ReplayedHello,
    /// A server with a certificate of another CA
    WrongCa,
    /// A server whose certificate has expired
    ExpiredPeer,
    /// A server whose certificate is revoked
    RevokedPeer,
    /// The better share taken out of the client-hello
    DowngradedGroup,
    /// An exchange that was recorded, and the server's key stolen later
    StolenKey,
}

impl Attack {
    /// The group that it is about.
    pub(crate) fn group(self) -> Group {
        match self {
            Self::OffCurvePoint => Group::P256,
            Self::TruncatedCiphertext => Group::MlKem768,
            Self::DowngradedGroup => Group::X25519MlKem768,
            Self::StolenKey => Group::RsaOaep,
            _ => Group::X25519,
        }
    }

    /// Whether it can be played with this group.
    pub(crate) fn takes(self, group: Group) -> bool {
        match self {
            Self::SmallOrderPoint | Self::OffCurvePoint | Self::TruncatedCiphertext => {
                group == self.group()
            }
            Self::DowngradedGroup => group != Group::X25519 && group != Group::RsaOaep,
            _ => true,
        }
    }

    /// Whether it is about certificates.
    pub(crate) fn needs_certificates(self) -> bool {
        matches!(self, Self::WrongCa | Self::ExpiredPeer | Self::RevokedPeer)
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::SmallOrderPoint => "with somebody in between who sends a point of small order",
            Self::OffCurvePoint => "with somebody in between who sends a point off the curve",
            Self::TruncatedCiphertext => "with somebody in between who cuts a ciphertext",
            Self::ReplayedHello => "with somebody who sends a recorded client again",
            Self::WrongCa => "with a server of another CA",
            Self::ExpiredPeer => "with a server whose certificate has expired",
            Self::RevokedPeer => "with a server whose certificate is revoked",
            Self::DowngradedGroup => "with somebody in between who takes the better share out",
            Self::StolenKey => "recorded, and the server's key stolen later",
        }
    }
}

impl Middle for Attack {
    fn pass(&mut self, _: Role, frame: Frame, record: &mut Record) -> anyhow::Result<Vec<u8>> {
        let changed = match (self, frame.kind()) {
            (Self::SmallOrderPoint, MessageKind::ClientHello) => {
                let words = "replaces the share of the client by 32 zeros: whatever the private key, the secret would be zero";
                changed_hello(&frame, |hello| hello.shares[0].octets.fill(0))?
                    .map(|octets| (words, octets))
            }
            (Self::OffCurvePoint, MessageKind::ClientHello) => {
                let words = "changes one bit of the point of the client: it lies on no curve any more, or on a weak one";
                changed_hello(&frame, |hello| hello.shares[0].octets[64] ^= 1)?
                    .map(|octets| (words, octets))
            }
            (Self::DowngradedGroup, MessageKind::ClientHello) => {
                let words = "takes the better share out, so that the server has to choose X25519, which a quantum computer breaks";
                changed_hello(&frame, |hello| drop(hello.shares.remove(0)))?
                    .map(|octets| (words, octets))
            }
            (Self::TruncatedCiphertext, MessageKind::ServerHello) => {
                let mut hello = ServerHello::parse(frame.body()).map_err(wharf_pki::Error::Kex)?;
                hello.share.octets.pop();
                let octets = hello.emit().map_err(wharf_pki::Error::Kex)?.into_octets();
                Some((
                    "takes the last byte of the ciphertext of the server away",
                    octets,
                ))
            }
            _ => None,
        };
        let Some((words, octets)) = changed else {
            return Ok(frame.into_octets());
        };
        record.note(words, Some((frame.kind().name(), &octets)));
        Ok(octets)
    }
}

fn changed_hello(
    frame: &Frame,
    change: impl FnOnce(&mut ClientHello),
) -> anyhow::Result<Option<Vec<u8>>> {
    let mut hello = ClientHello::parse(frame.body()).map_err(wharf_pki::Error::Kex)?;
    change(&mut hello);
    Ok(Some(
        hello.emit().map_err(wharf_pki::Error::Kex)?.into_octets(),
    ))
}

/// Lets an exchange happen, then sends all that its client sent to a server that never saw it.
pub(super) fn replayed_hello(stage: &mut Stage, fresh: Party) -> anyhow::Result<()> {
    let mut relay = super::stage::Relay::default();
    stage.play(&mut relay)?;
    stage.record.outcome.agreed = false;
    stage.replace_server(fresh);
    stage.record.note(
        "kept all that the client sent, and sends it to the server again, as if it were the client",
        None,
    );
    for (from, frame) in relay.frames {
        if from != Role::Client {
            continue;
        }
        let name = frame.kind().name();
        let words = format!("sends the recorded {name}");
        stage.record.note(words, Some((name, frame.octets())));
        if !stage.hand(Role::Server, frame.octets()) {
            return Ok(());
        }
    }
    stage.record.outcome.attacker_reads = true;
    Ok(())
}
