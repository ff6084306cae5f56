//! The key schedule ([RFC 8446 §7.1]): from the shared secret to the keys of each direction, or from the logged secrets on.
//!
//! ```text
//!              0
//!              |
//!    0 ->  Extract = early secret
//!              |
//!          Derive-Secret(., "derived", "")
//!              |
//! (EC)DHE -> Extract = handshake secret
//!              +--> Derive-Secret(., "c hs traffic", CH..SH), "s hs traffic"
//!              |
//!          Derive-Secret(., "derived", "")
//!              |
//!    0 ->  Extract = master secret
//!              +--> Derive-Secret(., "c ap traffic", CH..server Finished), "s ap traffic", "exp master"
//!              +--> Derive-Secret(., "res master", CH..client Finished)
//! ```
//!
//! A session that is resumed puts its pre-shared key in place of the first 0; such a schedule is not computed from the beginning.
//!
//! [RFC 8446 §7.1]: https://www.rfc-editor.org/rfc/rfc8446#section-7.1
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::digest;

use super::hkdf::{expand, extract, hkdf_label};
use super::{Derivation, Derived, Fault, Origin, Secret, Secrets, Sender, Suite};

/// The length of a nonce, of every suite, in bytes.
const IV_BYTES: usize = 12;

/// What protects one direction.
#[derive(Clone, Debug)]
pub(super) struct TrafficKeys {
    pub(super) key: Secret,
    pub(super) iv: Secret,
}

/// The schedule of one connection, as far as it is known.
#[derive(Debug)]
pub(super) struct Schedule<'a> {
    suite: Suite,
    client_random: [u8; 32],
    secrets: &'a Secrets,
    /// Whether it starts at the shared secret.
    is_whole: bool,
    derivations: Vec<Derivation>,
    /// The message that was read last, by its place in the list.
    message: usize,
}

impl<'a> Schedule<'a> {
    pub(super) fn new(
        suite: Suite,
        client_random: [u8; 32],
        secrets: &'a Secrets,
        is_resumed: bool,
    ) -> Self {
        Self {
            suite,
            client_random,
            secrets,
            is_whole: secrets.shared().is_some() && !is_resumed,
            derivations: Vec::new(),
            message: 0,
        }
    }

    /// What is derived from here on is known with this message.
    pub(super) fn at_message(&mut self, message: usize) {
        self.message = message;
    }

    pub(super) fn into_derivations(self) -> Vec<Derivation> {
        self.derivations
    }

    /// The newest value of this kind.
    pub(super) fn value(&self, what: Derived) -> Option<&Secret> {
        let mut newest = self.derivations.iter().rev();
        newest.find(|it| it.what == what).map(|it| &it.value)
    }

    /// What protects the handshake; `hash` is that of ClientHello to ServerHello.
    pub(super) fn handshake(&mut self, hash: &[u8]) -> Result<(), Fault> {
        if let (true, Some(shared)) = (self.is_whole, self.secrets.shared()) {
            self.begin(shared.clone());
        }
        for (from, label) in [
            (Sender::Client, "c hs traffic"),
            (Sender::Server, "s hs traffic"),
        ] {
            let what = Derived::HandshakeTraffic(from);
            self.traffic(
                what,
                Derived::HandshakeSecret,
                label,
                hash,
                "ClientHello…ServerHello",
            )?;
            self.keys(from, what);
            self.finished_key(from, what);
        }
        Ok(())
    }

    fn begin(&mut self, shared: Secret) {
        let zeros = Secret::new(&vec![0; self.hash_bytes()]);
        let early = extract(self.suite, &[], zeros.as_bytes());
        self.add(
            Derived::EarlySecret,
            "HKDF-Extract(0, 0): there is no pre-shared key",
            None,
            early,
        );
        self.expand_from(
            Derived::HandshakeSalt,
            Derived::EarlySecret,
            "derived",
            None,
        );
        self.derivations.push(Derivation {
            what: Derived::SharedSecret,
            formula: "both key shares, and the private key of one of them".into(),
            expanded: None,
            value: shared.clone(),
            origin: Origin::Told,
            agrees_with_log: None,
            after_message: self.message,
        });
        let salt = self.value(Derived::HandshakeSalt).cloned();
        let handshake = extract(self.suite, bytes(salt.as_ref()), shared.as_bytes());
        self.add(
            Derived::HandshakeSecret,
            "HKDF-Extract(salt of the handshake secret, shared secret)",
            None,
            handshake,
        );
    }

    /// What protects application data; `hash` is that of ClientHello to the server's Finished.
    pub(super) fn application(&mut self, hash: &[u8]) -> Result<(), Fault> {
        if self.is_whole {
            self.expand_from(
                Derived::MasterSalt,
                Derived::HandshakeSecret,
                "derived",
                None,
            );
            let zeros = Secret::new(&vec![0; self.hash_bytes()]);
            let salt = self.value(Derived::MasterSalt).cloned();
            let master = extract(self.suite, bytes(salt.as_ref()), zeros.as_bytes());
            self.add(
                Derived::MasterSecret,
                "HKDF-Extract(salt of the master secret, 0)",
                None,
                master,
            );
        }
        const UP_TO: &str = "ClientHello…server Finished";
        for (from, label) in [
            (Sender::Client, "c ap traffic"),
            (Sender::Server, "s ap traffic"),
        ] {
            self.traffic(
                Derived::ApplicationTraffic(from),
                Derived::MasterSecret,
                label,
                hash,
                UP_TO,
            )?;
        }
        // Nothing of the handshake depends on this one.
        let _ = self.traffic(
            Derived::ExporterMaster,
            Derived::MasterSecret,
            "exp master",
            hash,
            UP_TO,
        );
        Ok(())
    }

    /// What tickets will be derived from; `hash` is that of ClientHello to the client's Finished.
    pub(super) fn resumption(&mut self, hash: &[u8]) {
        if self.is_whole {
            let what = Derived::ResumptionMaster;
            let context = Some((hash, "ClientHello…client Finished"));
            self.expand_from(what, Derived::MasterSecret, "res master", context);
        }
    }

    /// The keys of application data, once they are in use.
    pub(super) fn application_keys(&mut self, from: Sender) {
        self.keys(from, Derived::ApplicationTraffic(from));
    }

    /// The next ones ([RFC 8446 §7.2]).
    ///
    /// [RFC 8446 §7.2]: https://www.rfc-editor.org/rfc/rfc8446#section-7.2
    pub(super) fn update(&mut self, from: Sender) {
        let what = Derived::UpdatedTraffic(from);
        let before = match self.value(what) {
            Some(_) => what,
            None => Derived::ApplicationTraffic(from),
        };
        let size = self.hash_bytes();
        self.expand(what, before, "traffic upd", None, size);
        self.keys(from, what);
    }

    /// What one direction is protected with now.
    pub(super) fn traffic_keys(&self, from: Sender) -> Option<TrafficKeys> {
        Some(TrafficKeys {
            key: self.value(Derived::Key(from))?.clone(),
            iv: self.value(Derived::Iv(from))?.clone(),
        })
    }

    /// A traffic secret: computed if that is possible, and taken from the log otherwise.
    fn traffic(
        &mut self,
        what: Derived,
        from: Derived,
        label: &'static str,
        hash: &[u8],
        up_to: &str,
    ) -> Result<(), Fault> {
        if self.is_whole {
            self.expand_from(what, from, label, Some((hash, up_to)));
            return Ok(());
        }
        let logged = self.secrets.logged(what, &self.client_random);
        let value = logged.ok_or_else(|| Fault::NoSecret(what.label().unwrap_or_default()))?;
        self.derivations.push(Derivation {
            what,
            formula: format!("logged; Derive-Secret({from}, \"{label}\", {up_to})"),
            expanded: None,
            value: value.clone(),
            origin: Origin::Told,
            agrees_with_log: None,
            after_message: self.message,
        });
        Ok(())
    }

    /// [RFC 8446 §7.3].
    ///
    /// [RFC 8446 §7.3]: https://www.rfc-editor.org/rfc/rfc8446#section-7.3
    fn keys(&mut self, from: Sender, secret: Derived) {
        let key_bytes = self.suite.aead().key_len();
        self.expand(Derived::Key(from), secret, "key", None, key_bytes);
        self.expand(Derived::Iv(from), secret, "iv", None, IV_BYTES);
    }

    fn finished_key(&mut self, from: Sender, secret: Derived) {
        let size = self.hash_bytes();
        self.expand(Derived::FinishedKey(from), secret, "finished", None, size);
    }

    /// `Derive-Secret`: the context is a hash, of nothing where there is none.
    fn expand_from(
        &mut self,
        what: Derived,
        from: Derived,
        label: &'static str,
        context: Option<(&[u8], &str)>,
    ) {
        let nothing = digest::digest(self.suite.digest(), b"");
        let (hash, up_to) = context.unwrap_or_else(|| (nothing.as_ref(), "\"\""));
        let size = self.hash_bytes();
        self.expand(what, from, label, Some((hash, up_to)), size);
    }

    fn expand(
        &mut self,
        what: Derived,
        from: Derived,
        label: &'static str,
        context: Option<(&[u8], &str)>,
        size: usize,
    ) {
        let Some(secret) = self.value(from) else {
            return;
        };
        let (hash, formula) = match context {
            Some((hash, up_to)) => (hash, format!("Derive-Secret({from}, \"{label}\", {up_to})")),
            None => (
                &[][..],
                format!("HKDF-Expand-Label({from}, \"{label}\", \"\", {size})"),
            ),
        };
        let info = hkdf_label(label, hash, size);
        let value = expand(self.suite, secret, &info, size);
        self.add(what, formula, Some((from, info)), value);
    }

    fn add(
        &mut self,
        what: Derived,
        formula: impl Into<String>,
        expanded: Option<(Derived, Vec<u8>)>,
        value: Secret,
    ) {
        let logged = self.secrets.logged(what, &self.client_random);
        self.derivations.push(Derivation {
            what,
            formula: formula.into(),
            expanded,
            agrees_with_log: logged.map(|logged| *logged == value),
            value,
            origin: Origin::Computed,
            after_message: self.message,
        });
    }

    fn hash_bytes(&self) -> usize {
        self.suite.digest().output_len()
    }
}

fn bytes(secret: Option<&Secret>) -> &[u8] {
    secret.map(Secret::as_bytes).unwrap_or_default()
}
