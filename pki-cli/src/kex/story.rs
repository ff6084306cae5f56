//! The words: what each step is called, why it exists, and who knows what then.

use super::record::{Record, StepRecord};

/// A step in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// What it is.
    pub(crate) title: String,
    /// Why it exists.
    pub(crate) why: &'static str,
    /// Who knows what now.
    pub(crate) knows: &'static str,
}

impl StepRecord {
    /// The step in words.
    pub(crate) fn told(&self) -> Told {
        let by = &self.by;
        let message = self.message.as_deref().unwrap_or_default();
        let detail = self.detail.as_deref().unwrap_or_default();
        match self.kind.as_str() {
            "made-keys" => Told {
                title: format!("the {by} makes keys for this exchange alone"),
                why: "Keys that exist for a moment cannot be stolen later: what was recorded stays closed. RSA has no such key \
                      on its server's side, and so has no forward secrecy.",
                knows: "Only its maker knows a private key. The share that belongs to it may be seen by everybody.",
            },
            "sent" | "received" => wire(by, &self.kind, message),
            "agreed" => Told {
                title: format!("the {by} has the shared secret of {detail}"),
                why: "Each side combines its private part with the public part of the other. Both come to the same secret, which \
                      never went over the wire.",
                knows: "Client and server have the same secret; whoever only listened has two public shares, and no way from \
                        them to it.",
            },
            "derived-handshake-keys" => Told {
                title: format!("the {by} derives the keys of the handshake"),
                why: "A raw secret is no key: HKDF makes one for each direction and use. The hash of both hellos goes into each, \
                      so a hello that somebody changed leads to other keys.",
                knows: "Both sides have six keys. They do not know yet with whom.",
            },
            "checked-certificate" => Told {
                title: format!("the {by} checks the certificate of {detail}"),
                why: "The chain has to lead to a CA that this side trusts, be valid now, be for this purpose and, of a server, \
                      have the expected name; no CRL may revoke it.",
                knows: "It knows whose key the certificate has. Anybody may show it: that proves nothing yet.",
            },
            "checked-signature" => Told {
                title: format!("the {by} checks the signature over the transcript"),
                why: "Only the owner of the certificate's key can make it, and it covers both hellos as he saw them. Somebody in \
                      between, who showed each side other shares, has none that fits.",
                knows: "It knows that the other side is the one that the certificate names, and saw the same messages.",
            },
            "checked-mac" => Told {
                title: format!("the {by} checks the MAC over the identity"),
                why: "The MAC shows that who signed also has the agreed keys: nobody can pass a foreign signature off as part of \
                      his own exchange. It is compared in constant time.",
                knows: "It knows that the other side has the same keys.",
            },
            "derived-data-keys" => Told {
                title: format!("the {by} derives the keys of the data"),
                why: "The hash of all messages so far goes into them, identities included: data can be read only where \
                      everything before was the same.",
                knows: "Both have the keys for what they came to say.",
            },
            _ => Told {
                title: format!("the {by} {detail}"),
                why: "",
                knows: "",
            },
        }
    }

    /// The message goes from the left to the right, or back, or none goes.
    pub(crate) fn is_sent(&self) -> bool {
        self.kind == "sent"
    }
}

fn wire(by: &str, verb: &str, message: &str) -> Told {
    let title = match verb {
        "sent" => format!("the {by} sends its {message}"),
        _ => format!("the {by} receives the {message}"),
    };
    let (why, knows) = match message {
        "client-hello" => (
            "It offers groups with a share for each, so that one answer is enough; and a nonce, so that no two exchanges are \
             alike.",
            "Everybody on the way sees the shares and the nonce.",
        ),
        "server-hello" => (
            "The server chooses a group, adds its share and a nonce of its own: a client-hello that is sent again leads to other \
             keys.",
            "Everybody on the way sees them. The server can compute the secret now, the client once it has this.",
        ),
        "server-auth" => (
            "The server says first who it is: chain, signature, MAC. From here on all is encrypted.",
            "Who listens sees a length and noise.",
        ),
        "client-auth" => (
            "Only a server that has shown who it is learns who the client is.",
            "The server learns the client's name, and nobody else.",
        ),
        "data" => (
            "What the exchange was for: one message each way, under AES-256-GCM.",
            "Only the two sides can read it, or change it unnoticed.",
        ),
        _ => ("", ""),
    };
    Told { title, why, knows }
}

impl Record {
    /// How it ended, in a sentence.
    pub(crate) fn verdict(&self) -> String {
        let outcome = &self.outcome;
        if outcome.agreed {
            let group = self.group.as_deref().unwrap_or("a group");
            return match (outcome.attacker_reads, self.authenticated) {
                (true, _) => "Both sides are content, and somebody else reads along.".into(),
                (_, true) => format!(
                    "Agreed, with {group}: each side knows who the other is, and has its message."
                ),
                (_, false) => format!(
                    "Agreed, with {group}: each side has the message of the other, and does not know who that is."
                ),
            };
        }
        match (&outcome.refused_by, &outcome.reason) {
            (Some(by), Some(reason)) => {
                let fault = outcome.fault.as_deref().unwrap_or("unknown");
                format!("The {by} refused ({fault}): {reason}")
            }
            _ => "Not finished.".into(),
        }
    }
}
