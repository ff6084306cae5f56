use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use super::ResumeFault;
use crate::{Error, TrustId};

const NAME_LEN: usize = 16;
const SALT_LEN: usize = 32;
const HEAD_LEN: usize = NAME_LEN + SALT_LEN;
const TIME_LEN: usize = 8;
const TAG_LEN: usize = 16;

/// The largest ticket, in bytes.
///
/// A ticket holds the client's certificates, and the client sends it back in its ClientHello, which many peers and
/// boxes in between expect to fit into one record of 16 KiB. A session that needs a larger one gets none, and is
/// not resumed. OpenSSL and the field itself allow 65,535. The limit is 12 KiB.
const TICKET_BYTES_MAX: usize = 12 * 1024;

/// A key for tickets that processes and hosts share: 48 or 80 random bytes, as nginx's `ssl_session_ticket_key` takes
/// them. `openssl rand 80 > ticket.key` makes one.
///
/// Guard it like the key of a CA. Who has it can make a ticket that says any client was verified, can stand in for the
/// server towards clients that resume, and can read recorded sessions of TLS 1.2.
///
/// All of the bytes are secret and all are used; the name that tickets show in clear is derived from them. Tickets of
/// nginx are not understood, even under the same key: each server puts into them what it needs.
///
/// Erased when dropped. `Debug` shows the name alone.
#[derive(Clone)]
pub struct TicketKey {
    name: [u8; NAME_LEN],
    secret: Prk,
}

impl TicketKey {
    /// Takes the bytes of a key file.
    ///
    /// # Errors
    ///
    /// When there are not 48 or 80, or all are the same: a file of zeros once let anybody read the sessions of many
    /// GnuTLS servers (CVE-2020-13777).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        if !matches!(bytes.len(), 48 | 80) {
            let length = bytes.len();
            return Err(ResumeFault::KeyLength { length }.into());
        }
        if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
            return Err(ResumeFault::KeyNotRandom.into());
        }
        Self::derive(bytes).ok_or_else(|| ResumeFault::KeyNotRandom.into())
    }

    /// Makes a key that nobody else has. `None` if the system has no random numbers.
    pub(super) fn generate() -> Option<Self> {
        let mut bytes = Zeroizing::new([0; 80]);
        rand::fill(bytes.as_mut()).ok()?;
        Self::derive(bytes.as_ref())
    }

    fn derive(bytes: &[u8]) -> Option<Self> {
        let root = Salt::new(HKDF_SHA256, b"wharf ticket key 1").extract(bytes);
        let mut name = [0; NAME_LEN];
        root.expand(&[b"name"], NameLength)
            .and_then(|out| out.fill(&mut name))
            .ok()?;
        let secret = root.expand(&[b"secret"], HKDF_SHA256).ok()?.into();
        Some(Self { name, secret })
    }

    /// Whether `ticket` says that it was sealed with this key.
    pub(super) fn sealed(&self, ticket: &[u8]) -> bool {
        ticket.starts_with(&self.name)
    }

    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.name == other.name
    }

    /// ```text
    /// ticket    = name[16] || salt[32] || encrypted || tag[16]
    /// encrypted = AES-256-GCM(key, session || issued[8])
    /// key       = HKDF-Expand(secret, "ticket" || salt, 32)
    /// aad       = name || salt || trust id[32]
    /// ```
    ///
    /// With random nonces under one key, AES-GCM is good for some 2^32 messages, which a fleet that shares a key
    /// may reach in days. So each ticket has a key of its own, made from a salt that does not repeat; that key is used
    /// once, and its nonce is zero. `issued` is in seconds since 1970, and encrypted because in clear it would link
    /// the connections of a client.
    ///
    /// `None` if the ticket would be too large, or the system has no random numbers.
    pub(super) fn seal(&self, trust: &TrustId, session: &[u8], now: u64) -> Option<Vec<u8>> {
        let length = HEAD_LEN + session.len() + TIME_LEN + TAG_LEN;
        if length > TICKET_BYTES_MAX {
            return None;
        }
        let mut ticket = Vec::with_capacity(length);
        ticket.extend_from_slice(&self.name);
        ticket.resize(HEAD_LEN, 0);
        rand::fill(ticket.get_mut(NAME_LEN..)?).ok()?;
        ticket.extend_from_slice(session);
        ticket.extend_from_slice(&now.to_be_bytes());

        let (head, content) = ticket.split_at_mut(HEAD_LEN);
        let key = self.key_for(head)?;
        let tag = key
            .seal_in_place_separate_tag(zero_nonce(), aad(head, trust), content)
            .ok()?;
        ticket.extend_from_slice(tag.as_ref());
        Some(ticket)
    }

    /// The session in a ticket and when the ticket was issued. `None` for whatever this key did not seal under `trust`.
    pub(super) fn open(&self, trust: &TrustId, ticket: &[u8]) -> Option<(Vec<u8>, u64)> {
        if ticket.len() > TICKET_BYTES_MAX {
            return None;
        }
        let (head, content) = ticket.split_at_checked(HEAD_LEN)?;
        let key = self.key_for(head)?;
        let mut session = content.to_vec();
        let length = key
            .open_in_place(zero_nonce(), aad(head, trust), &mut session)
            .ok()?
            .len();
        let (_, issued) = session.get(..length)?.split_last_chunk()?;
        let issued = u64::from_be_bytes(*issued);
        session.truncate(length - TIME_LEN);
        Some((session, issued))
    }

    fn key_for(&self, head: &[u8]) -> Option<LessSafeKey> {
        let salt = head.get(NAME_LEN..)?;
        let info = [b"ticket".as_slice(), salt];
        let key = self.secret.expand(&info, &AES_256_GCM).ok()?;
        Some(LessSafeKey::new(UnboundKey::from(key)))
    }
}

impl fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TicketKey")
            .field("name", &data_encoding::HEXLOWER.encode(&self.name))
            .field("secret", &"[redacted]")
            .finish()
    }
}

/// The key is used for one message only.
fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn aad(head: &[u8], trust: &TrustId) -> Aad<[u8; HEAD_LEN + 32]> {
    let mut aad = [0; HEAD_LEN + 32];
    let (first, second) = aad.split_at_mut(HEAD_LEN);
    first.copy_from_slice(head);
    second.copy_from_slice(trust.as_bytes());
    Aad::from(aad)
}

struct NameLength;

impl KeyType for NameLength {
    fn len(&self) -> usize {
        NAME_LEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: TrustId = TrustId::for_tests(1);
    const ELSEWHERE: TrustId = TrustId::for_tests(2);

    fn key(seed: u8) -> TicketKey {
        let mut bytes = [seed; 80];
        bytes[0] = !seed;
        TicketKey::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn what_was_sealed_is_opened() {
        let ticket = key(1).seal(&HERE, b"session", 7).unwrap();
        assert!(key(1).sealed(&ticket));
        assert_eq!(key(1).open(&HERE, &ticket), Some((b"session".to_vec(), 7)));
        assert_eq!(ticket.len(), 7 + 72);
    }

    #[test]
    fn a_ticket_of_another_trust_or_key_is_unknown() {
        let ticket = key(1).seal(&HERE, b"session", 7).unwrap();
        assert_eq!(key(1).open(&ELSEWHERE, &ticket), None);
        assert!(!key(2).sealed(&ticket));
        assert_eq!(key(2).open(&HERE, &ticket), None);
    }

    #[test]
    fn no_octet_of_a_ticket_may_change() {
        let ticket = key(1).seal(&HERE, b"session", 7).unwrap();
        for at in 0..ticket.len() {
            let mut tampered = ticket.clone();
            tampered[at] ^= 1;
            assert_eq!(key(1).open(&HERE, &tampered), None, "octet {at}");
            assert_eq!(key(1).open(&HERE, &ticket[..at]), None, "cut at {at}");
        }
        let longer = [ticket.as_slice(), &[0]].concat();
        assert_eq!(key(1).open(&HERE, &longer), None);
    }

    #[test]
    fn no_two_tickets_are_the_same() {
        let seal = || key(1).seal(&HERE, b"session", 7).unwrap();
        assert_ne!(seal()[..HEAD_LEN], seal()[..HEAD_LEN]);
    }

    #[test]
    fn a_session_that_is_too_large_gets_no_ticket() {
        let fits = TICKET_BYTES_MAX - HEAD_LEN - TIME_LEN - TAG_LEN;
        let ticket = key(1).seal(&HERE, &vec![0; fits], 7).unwrap();
        assert!(key(1).open(&HERE, &ticket).is_some());
        assert_eq!(key(1).seal(&HERE, &vec![0; fits + 1], 7), None);
    }

    #[test]
    fn a_key_has_48_or_80_random_bytes() {
        let random: Vec<u8> = (0..=80).collect();
        for length in 0..=80 {
            let key = TicketKey::from_bytes(&random[..length]);
            assert_eq!(key.is_ok(), matches!(length, 48 | 80), "{length}");
        }
        let refusal = |bytes: &[u8]| TicketKey::from_bytes(bytes).unwrap_err().to_string();
        assert_eq!(refusal(&[1]), "a ticket key has 48 or 80 bytes, not 1");
        assert!(refusal(&[0; 80]).contains("not random"));
    }

    #[test]
    fn a_key_is_not_printed() {
        let printed = format!("{:?}", key(1));
        assert!(printed.ends_with("secret: \"[redacted]\" }"), "{printed}");
    }
}
