//! The key exchange, for who wants to see into it: rustls does it as ever, and what goes through is noted.

use rustls::crypto::{ActiveKeyExchange, CompletedKeyExchange, CryptoProvider, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, ProtocolVersion};
use zeroize::Zeroizing;

use crate::explain::note_for_report;

/// The secret that a key exchange gave ([RFC 8446 §7.4]). It is zeroized when dropped, and not printed.
///
/// [RFC 8446 §7.4]: https://www.rfc-editor.org/rfc/rfc8446#section-7.4
#[derive(Clone)]
pub struct SharedSecret {
    group: NamedGroup,
    secret: Zeroizing<Vec<u8>>,
}

impl SharedSecret {
    /// The group that it was agreed on in. Of a hybrid share, a server may take the classical component alone.
    pub fn group(&self) -> NamedGroup {
        self.group
    }

    /// Its bytes: of X25519MLKEM768 that of ML-KEM and then that of X25519. Whoever has them can read the connection.
    pub fn as_bytes(&self) -> &[u8] {
        &self.secret
    }
}

impl std::fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedSecret")
            .field("group", &self.group)
            .field("secret", &"[redacted]")
            .finish()
    }
}

/// Lets the report of a handshake tell the shared secret.
pub(super) fn tell(provider: &mut CryptoProvider) {
    for group in &mut provider.kx_groups {
        *group = match group.name() {
            NamedGroup::X25519MLKEM768 => &HYBRID,
            NamedGroup::X25519 => &X25519,
            NamedGroup::secp256r1 => &P256,
            NamedGroup::secp384r1 => &P384,
            // `tests::every_group_is_told` holds that there is no other.
            _ => *group,
        };
    }
}

/// Puts a group in front that no server has, so that it asks for a share of another one.
pub(super) fn retry(provider: &mut CryptoProvider) {
    provider.kx_groups.insert(0, &NOBODYS);
}

static HYBRID: Told = Told(rustls::crypto::aws_lc_rs::kx_group::X25519MLKEM768);
static X25519: Told = Told(rustls::crypto::aws_lc_rs::kx_group::X25519);
static P256: Told = Told(rustls::crypto::aws_lc_rs::kx_group::SECP256R1);
static P384: Told = Told(rustls::crypto::aws_lc_rs::kx_group::SECP384R1);
static NOBODYS: Nobodys = Nobodys;

/// A group of the provider.
#[derive(Debug)]
struct Told(&'static dyn SupportedKxGroup);

impl SupportedKxGroup for Told {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Ok(Box::new(Started(self.0.start()?)))
    }

    /// The side of a server, which is not told.
    fn start_and_complete(&self, peer: &[u8]) -> Result<CompletedKeyExchange, Error> {
        self.0.start_and_complete(peer)
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        self.0.ffdhe_group()
    }

    fn name(&self) -> NamedGroup {
        self.0.name()
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        self.0.usable_for_version(version)
    }
}

struct Started(Box<dyn ActiveKeyExchange>);

impl ActiveKeyExchange for Started {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<rustls::crypto::SharedSecret, Error> {
        let group = self.0.group();
        let shared = self.0.complete(peer)?;
        note(group, &shared);
        Ok(shared)
    }

    fn hybrid_component(&self) -> Option<(NamedGroup, &[u8])> {
        self.0.hybrid_component()
    }

    fn complete_hybrid_component(
        self: Box<Self>,
        peer: &[u8],
    ) -> Result<rustls::crypto::SharedSecret, Error> {
        let component = self.0.hybrid_component().map(|(group, _)| group);
        let group = component.unwrap_or_else(|| self.0.group());
        let shared = self.0.complete_hybrid_component(peer)?;
        note(group, &shared);
        Ok(shared)
    }

    fn pub_key(&self) -> &[u8] {
        self.0.pub_key()
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        self.0.ffdhe_group()
    }

    fn group(&self) -> NamedGroup {
        self.0.group()
    }
}

fn note(group: NamedGroup, shared: &rustls::crypto::SharedSecret) {
    note_for_report(|noting| {
        noting.shared_secret = Some(SharedSecret {
            group,
            secret: Zeroizing::new(shared.secret_bytes().to_vec()),
        });
    });
}

/// One of the values that mean nothing and that every server passes over ([RFC 8701]), with a share as browsers send with
/// it: one byte.
///
/// [RFC 8701]: https://www.rfc-editor.org/rfc/rfc8701
#[derive(Debug)]
struct Nobodys;

const RESERVED: NamedGroup = NamedGroup::Unknown(0x2a2a);

impl SupportedKxGroup for Nobodys {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Ok(Box::new(Self))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        RESERVED
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        version == ProtocolVersion::TLSv1_3
    }
}

impl ActiveKeyExchange for Nobodys {
    /// A server that has taken it is broken.
    fn complete(self: Box<Self>, _: &[u8]) -> Result<rustls::crypto::SharedSecret, Error> {
        Err(rustls::PeerMisbehaved::WrongGroupForKeyShare.into())
    }

    fn pub_key(&self) -> &[u8] {
        &[0]
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        RESERVED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_is_told() {
        let mut provider = CryptoProvider::clone(&crate::provider());
        let names: Vec<_> = provider
            .kx_groups
            .iter()
            .map(|group| group.name())
            .collect();
        tell(&mut provider);
        for (group, name) in provider.kx_groups.iter().zip(names) {
            assert_eq!(group.name(), name);
            assert!(format!("{group:?}").starts_with("Told("), "{group:?}");
        }
    }
}
