//! For each value the command of another program that gives it, so that nobody has to believe what is printed.
//!
//! The values of the command stand in it, in hexadecimal; without the secrets, variables stand in their place. What comes out is
//! hexadecimal, or `Verified OK`.

use std::collections::HashMap;

use data_encoding::{BASE64, HEXLOWER};
use wharf_pki::kex::{Auth, Group, MessageKind};

use super::record::{Record, ValueRecord};

/// The longest command that is printed; what takes keys of ML-KEM is longer than a screen.
const COMMAND_CHARS_MAX: usize = 2500;

/// What one side knows, by name.
pub(crate) struct Reproducer<'a> {
    values: HashMap<&'a str, &'a ValueRecord>,
    wire: HashMap<&'a str, &'a str>,
    group: &'a str,
    by: &'a str,
}

impl<'a> Reproducer<'a> {
    /// For the values of a side.
    pub(crate) fn new(record: &'a Record, by: &'a str) -> Self {
        let (mut values, mut wire) = (HashMap::new(), HashMap::new());
        let mut group = "";
        for step in record.steps.iter().filter(|step| step.by == by) {
            if let (Some(message), Some(octets)) = (&step.message, &step.wire) {
                // There are two of data: the one that the side received is opened with the key of the other.
                let is_own = step.is_sent();
                let name = match (message.as_str(), is_own) {
                    ("data", true) => data_of(by),
                    ("data", false) => data_of(other(by)),
                    (name, _) => name,
                };
                wire.insert(name, octets.as_str());
            }
            if step.kind == "agreed" {
                group = step.detail.as_deref().unwrap_or_default();
            }
            for value in &step.values {
                values.insert(value.name.as_str(), value);
            }
        }
        Self {
            values,
            wire,
            group,
            by,
        }
    }

    /// The command for a value; `None` where it comes from nowhere: random numbers, keys, what a certificate says.
    pub(crate) fn command(&self, name: &str) -> Option<String> {
        let words: Vec<_> = name.split(' ').collect();
        let line = match words.as_slice() {
            ["hash", "of", "the", "hellos"] => self.hello_hash(),
            ["salt"] => format!(
                "printf 'KX/1 {}' | openssl dgst -sha256 -binary | xxd -p -c 99",
                group_name(self.group)?
            ),
            ["shared", "secret"] => self.shared_secret()?,
            ["pseudorandom", "key"] => self.kdf(
                32,
                "EXTRACT_ONLY",
                &format!(
                    "-kdfopt hexkey:{} -kdfopt hexsalt:{}",
                    self.hex("shared secret"),
                    self.hex("salt")
                ),
            ),
            [_, "handshake" | "mac", "key" | "iv"] => self.expand(name, "hash of the hellos"),
            [_, "data", "key" | "iv"] => self.expand(name, "hash of all before the data"),
            [role, "mac"] => format!(
                "printf %s {} | xxd -r -p | openssl mac -digest SHA256 -macopt hexkey:{} -binary -in /dev/stdin HMAC | xxd -p \
                 -c 99",
                self.hex(&format!("hash under the {role} mac")),
                self.hex(&format!("{role} mac key")),
            ),
            [role, "signature"] => self.signature(role)?,
            [role, "auth"] => self.opened(&format!("{role}-auth"), &format!("{role} handshake")),
            [role, "data"] => self.opened(data_of(role), &format!("{role} data")),
            _ => return None,
        };
        let is_whole = !line.contains('$') && line.len() <= COMMAND_CHARS_MAX;
        // What cannot be run as it stands need not have every digit.
        Some(if is_whole { line } else { shorten(&line) })
    }

    fn hex(&self, name: &str) -> String {
        let found = self.values.get(name).and_then(|value| value.hex.clone());
        found.unwrap_or_else(|| variable(name))
    }

    fn hello_hash(&self) -> String {
        let [client, server] = ["client-hello", "server-hello"]
            .map(|name| self.wire.get(name).copied().unwrap_or("${HELLO}"));
        format!(
            "printf %s {client}{server} | xxd -r -p | openssl dgst -sha256 -binary | xxd -p -c 99"
        )
    }

    /// Diffie-Hellman; for ML-KEM, OpenSSL 3.5 wants files.
    fn shared_secret(&self) -> Option<String> {
        let group = self.group;
        let prefix = match group {
            "X25519" => "302a300506032b656e032100",
            "P-256" => "3059301306072a8648ce3d020106082a8648ce3d030107034200",
            "P-384" => "3076301006072a8648ce3d020106052b81040022036200",
            "ML-KEM-768" => {
                return Some(
                    "openssl pkeyutl -decap -inkey ${CLIENT_PRIVATE_KEY} -in ${SERVER_SHARE} -secret /dev/stdout | xxd -p -c 99"
                        .into(),
                );
            }
            _ => return None,
        };
        let private = self.der(&format!("{} private key, {group}", self.by), "");
        let share = self.der(&format!("{} share, {group}", other(self.by)), prefix);
        Some(format!(
            "openssl pkeyutl -derive -keyform DER -inkey {private} -peerform DER -peerkey {share} | xxd -p -c 99"
        ))
    }

    /// DER for a program that wants a file.
    fn der(&self, name: &str, prefix: &str) -> String {
        let Some(hex) = self.values.get(name).and_then(|value| value.hex.as_ref()) else {
            return variable(name);
        };
        let octets = HEXLOWER.decode(format!("{prefix}{hex}").as_bytes());
        file(&octets.unwrap_or_default())
    }

    fn kdf(&self, bytes: usize, mode: &str, options: &str) -> String {
        format!(
            "openssl kdf -keylen {bytes} -kdfopt digest:SHA256 -kdfopt mode:{mode} {options} -binary HKDF | xxd -p -c 99"
        )
    }

    fn expand(&self, name: &str, hash: &str) -> String {
        let bytes = if name.ends_with("iv") { 12 } else { 32 };
        let label = HEXLOWER.encode(format!("kx1 {name}").as_bytes());
        let (key, hash) = (self.hex("pseudorandom key"), self.hex(hash));
        let options = format!("-kdfopt hexkey:{key} -kdfopt hexinfo:{label}{hash}");
        self.kdf(bytes, "EXPAND_ONLY", &options)
    }

    /// Verified with the key of the certificate that was shown. Ed25519 and ML-DSA sign no digest.
    fn signature(&self, role: &str) -> Option<String> {
        let kind = match role {
            "client" => MessageKind::ClientAuth,
            _ => MessageKind::ServerAuth,
        };
        let auth = Auth::parse(kind, &self.decoded(&format!("{role} auth"))?).ok()?;
        let digest = match auth.scheme {
            0x0401 | 0x0403 => "sha256",
            0x0503 => "sha384",
            0x0603 => "sha512",
            _ => return None,
        };
        let signed = self.decoded(&format!("what the {role} signs"))?;
        Some(format!(
            "openssl dgst -{digest} -verify <(openssl x509 -inform DER -in {} -noout -pubkey) -signature {} {}",
            file(auth.certificates.first()?),
            file(&auth.signature),
            file(&signed)
        ))
    }

    fn decoded(&self, name: &str) -> Option<Vec<u8>> {
        let hex = self.values.get(name)?.hex.as_ref()?;
        HEXLOWER.decode(hex.as_bytes()).ok()
    }

    /// AES-256-GCM encrypts as AES-256-CTR does, with a counter that begins at 2. The tag at the end is not checked by this.
    fn opened(&self, message: &str, keys: &str) -> String {
        let sealed = match self.wire.get(message) {
            // Without the header of 4 octets and the tag of 16.
            Some(hex) => hex.get(8..hex.len().saturating_sub(32)).unwrap_or_default(),
            None => "${SEALED}",
        };
        let (key, iv) = (
            self.hex(&format!("{keys} key")),
            self.hex(&format!("{keys} iv")),
        );
        format!(
            "printf %s {sealed} | xxd -r -p | openssl enc -d -aes-256-ctr -K {key} -iv {iv}00000002 | xxd -p -c 99999"
        )
    }
}

fn file(octets: &[u8]) -> String {
    format!("<(echo {} | openssl base64 -d -A)", BASE64.encode(octets))
}

fn data_of(by: &str) -> &'static str {
    match by {
        "client" => "client data",
        _ => "server data",
    }
}

fn other(by: &str) -> &'static str {
    match by {
        "client" => "server",
        _ => "client",
    }
}

/// As the salt has it.
fn group_name(group: &str) -> Option<&'static str> {
    let found = Group::ALL.into_iter().find(|one| one.to_string() == group);
    found.map(Group::name)
}

/// `${SHARED_SECRET}`.
fn variable(name: &str) -> String {
    let upper = name.to_uppercase();
    let plain = upper.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = plain.filter(|word| !word.is_empty()).collect();
    format!("${{{}}}", words.join("_"))
}

/// Long runs of digits become variables of the transcript.
fn shorten(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.len() {
        0..=200 => word,
        _ => "${FROM_THE_TRANSCRIPT}",
    });
    words.collect::<Vec<_>>().join(" ")
}
