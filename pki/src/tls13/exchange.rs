//! What a handshake message does: to the transcript, to the keys, to what may come next.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use super::decode::Decoder;
use super::protection::Opener;
use super::schedule::Schedule;
use super::{Body, CheckKind, Derived, Fault, Protection, Sender, Suite, check};

const TLS13: u16 = 0x0304;

impl Decoder<'_> {
    /// The handshake message that was just added.
    pub(super) fn handshake(&mut self, from: Sender, protection: Protection, kind: u8) {
        let Some(message) = self.seen.messages.last() else {
            return;
        };
        let (bytes, body) = (message.bytes.clone(), message.body.clone());
        let is_allowed = match (protection, from) {
            (Protection::None, Sender::Client) => kind == 1,
            (Protection::None, Sender::Server) => kind == 2 && self.schedule.is_none(),
            (Protection::Handshake, Sender::Client) => matches!(kind, 5 | 11 | 15 | 20 | 25),
            (Protection::Handshake, Sender::Server) => matches!(kind, 8 | 11 | 13 | 15 | 20 | 25),
            (Protection::Application, _) => !matches!(kind, 1 | 2),
        };
        if !is_allowed {
            return self.give_up(Fault::OutOfOrder {
                from,
                message: kind,
            });
        }
        if let Body::Unreadable(why) = &body
            && matches!(kind, 1 | 2)
        {
            let why = why.clone();
            return self.give_up(Fault::Unreadable { message: kind, why });
        }
        match body {
            Body::ClientHello(hello) => {
                let is_second = self.client_random.is_some();
                if is_second && !self.has_retried || self.schedule.is_some() {
                    return self.give_up(Fault::OutOfOrder {
                        from,
                        message: kind,
                    });
                }
                self.client_random = Some(hello.random);
                self.count(&bytes);
            }
            Body::HelloRetryRequest(retry) => {
                let Some(suite) = self.chosen(retry.version, retry.cipher_suite) else {
                    return;
                };
                if self.has_retried || self.client_random.is_none() {
                    return self.give_up(Fault::OutOfOrder {
                        from,
                        message: kind,
                    });
                }
                self.has_retried = true;
                self.transcript.retry(suite);
                self.count(&bytes);
            }
            Body::ServerHello(hello) => {
                let Some(suite) = self.chosen(hello.version, hello.cipher_suite) else {
                    return;
                };
                let Some(random) = self.client_random else {
                    return self.give_up(Fault::OutOfOrder {
                        from,
                        message: kind,
                    });
                };
                self.count(&bytes);
                let is_resumed = hello.pre_shared_key.is_some();
                let mut schedule = Schedule::new(suite, random, self.secrets, is_resumed);
                schedule.at_message(self.seen.messages.len().saturating_sub(1));
                let derived = schedule.handshake(&self.transcript.hash(suite));
                self.schedule = Some(schedule);
                if let Err(fault) = derived {
                    return self.give_up(fault);
                }
                self.protect(Sender::Client, Protection::Handshake);
                self.protect(Sender::Server, Protection::Handshake);
            }
            body if protection == Protection::Handshake => self.authentication(from, body, &bytes),
            Body::KeyUpdate { .. } => {
                let message = self.seen.messages.len().saturating_sub(1);
                if let Some(schedule) = &mut self.schedule {
                    schedule.at_message(message);
                    schedule.update(from);
                }
                self.protect(from, Protection::Application);
            }
            _ => {}
        }
    }

    /// The suite, if server and version are such that one can go on.
    fn chosen(&mut self, version: u16, cipher_suite: u16) -> Option<Suite> {
        if version != TLS13 {
            self.give_up(Fault::OtherVersion(version));
            return None;
        }
        let suite = Suite::from_number(cipher_suite);
        if suite.is_none() {
            self.give_up(Fault::UnknownCipherSuite(cipher_suite));
        }
        self.seen.suite = suite;
        suite
    }

    /// A message that is protected by the keys of the handshake.
    fn authentication(&mut self, from: Sender, body: Body, bytes: &[u8]) {
        let Some(suite) = self.seen.suite else {
            return;
        };
        let before = self.transcript.hash(suite);
        let checked = match body {
            Body::Certificate(certificates) => {
                self.of(from).certificates = Some(certificates);
                None
            }
            Body::CertificateVerify { scheme, signature } => {
                let certificates = self.of(from).certificates.as_ref();
                Some(check::signature(
                    from,
                    certificates,
                    scheme,
                    &signature,
                    &before,
                ))
            }
            Body::Finished { verify_data } => {
                let schedule = self.schedule.as_ref();
                let key = schedule.and_then(|it| it.value(Derived::FinishedKey(from)));
                Some(check::finished(suite, key, &verify_data, &before))
            }
            _ => None,
        };
        let is_finished = checked
            .as_ref()
            .is_some_and(|it| it.kind == CheckKind::Finished);
        self.count(bytes);
        if let Some(message) = self.seen.messages.last_mut() {
            message.checks.extend(checked);
        }
        if is_finished {
            self.finished(from, suite);
        }
    }

    /// One side has nothing to add to the handshake.
    fn finished(&mut self, from: Sender, suite: Suite) {
        let hash = self.transcript.hash(suite);
        let message = self.seen.messages.len().saturating_sub(1);
        let Some(schedule) = &mut self.schedule else {
            return;
        };
        schedule.at_message(message);
        let derived = match from {
            Sender::Server => schedule.application(&hash),
            Sender::Client => {
                schedule.resumption(&hash);
                Ok(())
            }
        };
        schedule.application_keys(from);
        self.of(from).is_finished = true;
        match derived {
            Err(fault) => self.fail(from, fault),
            Ok(()) => self.protect(from, Protection::Application),
        }
    }

    /// What follows in this direction is protected with the newest keys.
    fn protect(&mut self, from: Sender, protection: Protection) {
        let begun = self.of(from).joined.len();
        if begun > 0 {
            // A message must not go on under other keys (RFC 8446 §5.1).
            return self.fail(from, Fault::MessageCut { from, bytes: begun });
        }
        let keys = self.schedule.as_ref().and_then(|it| it.traffic_keys(from));
        let suite = self.seen.suite;
        let direction = self.of(from);
        direction.protection = protection;
        direction.opener = keys
            .zip(suite)
            .and_then(|(keys, suite)| Opener::new(from, suite, &keys));
    }

    /// Adds a message to the transcript.
    fn count(&mut self, bytes: &[u8]) {
        self.transcript.add(bytes);
        let hash = self.seen.suite.map(|suite| self.transcript.hash(suite));
        if let Some(message) = self.seen.messages.last_mut() {
            message.transcript_hash = hash;
        }
    }
}
