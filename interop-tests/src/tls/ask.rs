use std::fmt;
use std::path::PathBuf;

/// What one side of a connection shall do. Both sides of a cell are told by the same rules, whoever plays them.
///
/// The client sends `bytes` bytes of [`content`] and the server sends as many back, then one of them closes.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The only version that is spoken.
    pub version: Version,
    /// A file with the trust anchor for the other side's certificate.
    pub trust: Option<PathBuf>,
    /// Who one is.
    pub identity: Option<Pair>,
    /// What a server wants of its clients.
    pub client_auth: ClientAuth,
    /// The protocols of ALPN. None are offered when empty.
    pub alpn: Vec<&'static str>,
    /// The name that a client asks for and verifies.
    pub name: &'static str,
    /// How many connections are made, one after the other. A client offers the session of the one before.
    pub connections: usize,
    /// How a server keeps sessions.
    pub resumption: Resumption,
    /// Whether the keys are updated, both ways, before there is content.
    pub key_update: bool,
    /// How much content goes each way.
    pub bytes: usize,
    /// How much of it is written at once.
    pub piece: usize,
    /// Whether one sends `close_notify` first.
    pub closes_first: bool,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// [RFC 5246](https://www.rfc-editor.org/rfc/rfc5246)
    Tls12,
    /// [RFC 8446](https://www.rfc-editor.org/rfc/rfc8446)
    Tls13,
}

impl Version {
    /// `1.2` or `1.3`.
    pub fn number(self) -> &'static str {
        match self {
            Self::Tls12 => "1.2",
            Self::Tls13 => "1.3",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLSv{}", self.number())
    }
}

/// The PEM files of an identity.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The chain, the end entity first.
    pub chain: PathBuf,
    /// The private key, as PKCS#8.
    pub key: PathBuf,
}

/// What a server wants of its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// No certificate.
    Off,
    /// A certificate, if the client has one.
    Optional,
    /// A certificate.
    Required,
}

/// How a server keeps sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumption {
    /// In the ticket itself, encrypted.
    Ticket,
    /// In its own memory.
    Stateful,
}

impl Ask {
    /// As the programs in `interop-tests/peers` take it.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut add = |name: &str, value: &str| arguments.push(format!("{name}={value}"));
        add("version", self.version.number());
        if let Some(trust) = &self.trust {
            add("ca", text(trust));
        }
        if let Some(Pair { chain, key }) = &self.identity {
            add("cert", text(chain));
            add("key", text(key));
        }
        let client_auth = match self.client_auth {
            ClientAuth::Off => "off",
            ClientAuth::Optional => "optional",
            ClientAuth::Required => "required",
        };
        add("client_auth", client_auth);
        if !self.alpn.is_empty() {
            add("alpn", &self.alpn.join(","));
        }
        add("name", self.name);
        add("connections", &self.connections.to_string());
        let resumption = match self.resumption {
            Resumption::Ticket => "ticket",
            Resumption::Stateful => "stateful",
        };
        add("resumption", resumption);
        add("key_update", if self.key_update { "yes" } else { "no" });
        add("bytes", &self.bytes.to_string());
        add("piece", &self.piece.to_string());
        add("closes", if self.closes_first { "first" } else { "second" });
        arguments
    }
}

pub(super) fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("temporary paths are text")
}

/// Lines of 16 bytes, each with its offset: a block that was lost or swapped shows. Digits only, because some programs
/// take a letter at the start of their input for a command.
pub fn content(bytes: usize) -> Vec<u8> {
    let mut content: Vec<u8> = (0..bytes)
        .step_by(16)
        .flat_map(|at| format!("{at:015}\n").into_bytes())
        .collect();
    content.truncate(bytes);
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_lines_that_name_their_offset() {
        assert_eq!(content(20), b"000000000000000\n0000");
        assert_eq!(content(0), b"");
    }
}
