//! The key schedule in words. Secrets are told by their length and a fingerprint, unless they are asked for.

use wharf_pki::tls13::{Derivation, Derived, Handshake, Origin, Suite};

use super::values::{count, hex};

/// Whether secrets are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reveal {
    /// Their lengths and fingerprints.
    Nothing,
    /// Everything: whoever sees it can read the connection.
    Secrets,
}

/// A value, told.
pub(super) fn value(derivation: &Derivation, reveal: Reveal) -> String {
    let secret = &derivation.value;
    match reveal {
        Reveal::Secrets => hex(secret.as_bytes()),
        Reveal::Nothing => format!(
            "{}, fingerprint {}",
            count(secret.size(), "byte"),
            hex(&secret.fingerprint())
        ),
    }
}

/// What is known of it beside its value.
pub(super) fn standing(derivation: &Derivation) -> &'static str {
    match (derivation.agrees_with_log, derivation.origin) {
        (Some(true), _) => "computed, and the same as in the key log",
        (Some(false), _) => "computed, and NOT what the key log has",
        (None, Origin::Computed) => "computed",
        (None, _) if derivation.what == Derived::SharedSecret => "from the key exchange",
        (None, _) => "from the key log",
    }
}

/// The command that expands the same value, of one that is expanded. It has the secret in it.
pub(super) fn command(handshake: &Handshake, derivation: &Derivation) -> Option<String> {
    let (from, info) = derivation.expanded.as_ref()?;
    let at = handshake
        .derivations
        .iter()
        .position(|it| it == derivation)?;
    let mut before = handshake.derivations.iter().take(at).rev();
    let secret = before.find(|it| it.what == *from)?;
    let digest = match handshake.suite? {
        Suite::Aes256GcmSha384 => "SHA384",
        _ => "SHA256",
    };
    Some(format!(
        "openssl kdf -keylen {} -kdfopt digest:{digest} -kdfopt mode:EXPAND_ONLY -kdfopt hexkey:{} -kdfopt hexinfo:{} HKDF",
        derivation.value.size(),
        hex(secret.value.as_bytes()),
        hex(info),
    ))
}

/// All that is known of a value, in a line.
pub(super) fn line(handshake: &Handshake, derivation: &Derivation, reveal: Reveal) -> String {
    let mut line = format!(
        "{}; {}; {}",
        value(derivation, reveal),
        derivation.formula,
        standing(derivation)
    );
    if reveal == Reveal::Secrets
        && let Some(command) = command(handshake, derivation)
    {
        line.push_str("; ");
        line.push_str(&command);
    }
    line
}
