//! Each message in words.

use wharf_pki::CertificateInfo;
use wharf_pki::inspect::inspect_der;
use wharf_pki::tls13::{Body, Certificates, ClientHello, Message, Sender, names};

use super::values::{alpn, count, group, list, scheme, share, shares, suite, version};
use crate::clock;
use crate::ui::page::Fact;

/// A message, told.
pub(super) struct Told {
    pub(super) title: String,
    /// What it says, in a line.
    pub(super) summary: String,
    /// Why there is such a message.
    pub(super) why: &'static str,
    pub(super) facts: Vec<Fact>,
}

/// Tells a message. `is_second` is for a ClientHello that a HelloRetryRequest asked for.
pub(super) fn tell(message: &Message, is_second: bool) -> Told {
    let title = title(message);
    let (summary, why, facts) = match &message.body {
        Body::ClientHello(hello) => (
            format!("shares of {}", shares(&hello.key_shares)),
            if is_second { AGAIN } else { CLIENT_HELLO },
            offered(hello),
        ),
        Body::HelloRetryRequest(retry) => {
            let wanted = retry.group.map(group);
            let mut facts = vec![("cipher suite", suite(retry.cipher_suite))];
            facts.push(("group", wanted.clone().unwrap_or_else(|| "none".to_owned())));
            facts.extend(retry.cookie_bytes.map(|it| ("cookie", count(it, "byte"))));
            let summary = match wanted {
                Some(group) => format!("wants a share of {group}"),
                None => "wants its cookie back".to_owned(),
            };
            (summary, HELLO_RETRY_REQUEST, facts)
        }
        Body::ServerHello(hello) => {
            let chosen = hello.key_share.as_ref().map(share);
            let chosen = chosen.unwrap_or_else(|| "no key share".to_owned());
            let mut facts = vec![
                ("version", version(hello.version)),
                ("cipher suite", suite(hello.cipher_suite)),
                ("key share", chosen.clone()),
            ];
            let session = hello.pre_shared_key;
            facts.extend(session.map(|it| ("resumes", format!("session {it}"))));
            let summary = format!("{}, {chosen}", suite(hello.cipher_suite));
            (summary, SERVER_HELLO, facts)
        }
        Body::EncryptedExtensions(told) => {
            let protocol = match &told.alpn {
                Some(protocol) => alpn(protocol),
                None => "none chosen".to_owned(),
            };
            let extensions = extensions(&told.extensions);
            let facts = vec![
                ("ALPN", protocol.clone()),
                (
                    "server name",
                    if told.knows_name {
                        "taken into account"
                    } else {
                        "not mentioned"
                    }
                    .into(),
                ),
                ("groups", list(&told.groups, group)),
                ("extensions", extensions),
            ];
            (format!("ALPN: {protocol}"), ENCRYPTED_EXTENSIONS, facts)
        }
        Body::CertificateRequest(request) => {
            let facts = vec![
                ("schemes", list(&request.schemes, scheme)),
                ("CAs", count(request.authorities.len(), "name")),
                ("extensions", extensions(&request.extensions)),
            ];
            (
                "asks who the client is".to_owned(),
                CERTIFICATE_REQUEST,
                facts,
            )
        }
        Body::Certificate(certificates) => presented(message.from, certificates),
        Body::CompressedCertificate {
            algorithm,
            uncompressed_bytes,
            compressed_bytes,
        } => (
            format!("with {}, not unpacked here", names::compression(*algorithm)),
            COMPRESSED,
            vec![
                ("compressed", count(*compressed_bytes, "byte")),
                ("before that", count(*uncompressed_bytes, "byte")),
            ],
        ),
        Body::CertificateVerify {
            scheme: by,
            signature,
        } => (
            format!("{}, {}", scheme(*by), count(signature.len(), "byte")),
            CERTIFICATE_VERIFY,
            vec![
                ("scheme", scheme(*by)),
                ("signature", count(signature.len(), "byte")),
            ],
        ),
        Body::Finished { verify_data } => (
            format!("a MAC of {}", count(verify_data.len(), "byte")),
            match message.from {
                Sender::Server => SERVER_FINISHED,
                Sender::Client => CLIENT_FINISHED,
            },
            Vec::new(),
        ),
        Body::NewSessionTicket {
            lifetime_s,
            ticket_bytes,
        } => (
            format!("good for {}", count(*lifetime_s as usize, "second")),
            NEW_SESSION_TICKET,
            vec![("ticket", count(*ticket_bytes, "byte"))],
        ),
        Body::KeyUpdate { is_requested } => (
            match is_requested {
                true => "and wants the same of the other side",
                false => "in one direction",
            }
            .to_owned(),
            KEY_UPDATE,
            Vec::new(),
        ),
        Body::EndOfEarlyData => ("no more early data".to_owned(), "", Vec::new()),
        Body::ChangeCipherSpec => ("means nothing".to_owned(), CHANGE_CIPHER_SPEC, Vec::new()),
        Body::Alert { description, .. } => (
            names::alert(*description).into_owned(),
            match description {
                0 => CLOSE_NOTIFY,
                _ => ALERT,
            },
            Vec::new(),
        ),
        Body::ApplicationData => (
            count(message.bytes.len(), "byte"),
            APPLICATION_DATA,
            Vec::new(),
        ),
        Body::Unreadable(why) => (format!("cannot be read: {why}"), UNREADABLE, Vec::new()),
        _ => (
            "of a type that is not known here".to_owned(),
            UNKNOWN,
            Vec::new(),
        ),
    };
    Told {
        title,
        summary,
        why,
        facts,
    }
}

/// Its name in the RFC.
pub(super) fn title(message: &Message) -> String {
    let name = match &message.body {
        Body::HelloRetryRequest(_) => "HelloRetryRequest",
        Body::ChangeCipherSpec => "ChangeCipherSpec",
        Body::Alert { .. } => "Alert",
        Body::ApplicationData => "application data",
        Body::Unknown(kind) => return format!("{} ({kind})", UNKNOWN_TITLE),
        _ => {
            let kind = message.bytes.first().copied().unwrap_or_default();
            return names::handshake_type(kind).into_owned();
        }
    };
    name.to_owned()
}

fn offered(hello: &ClientHello) -> Vec<Fact> {
    let protocols: Vec<_> = hello.alpn.iter().map(|it| alpn(it)).collect();
    let mut facts = vec![
        ("versions", list(&hello.versions, version)),
        ("cipher suites", list(&hello.cipher_suites, suite)),
        ("groups", list(&hello.groups, group)),
        ("key shares", shares(&hello.key_shares)),
        ("schemes", list(&hello.schemes, scheme)),
        (
            "server name",
            hello
                .server_name
                .clone()
                .unwrap_or_else(|| "none".to_owned()),
        ),
    ];
    if !protocols.is_empty() {
        facts.push(("ALPN", protocols.join(", ")));
    }
    facts.extend(hello.cookie_bytes.map(|it| ("cookie", count(it, "byte"))));
    facts.push(("extensions", extensions(&hello.extensions)));
    facts
}

fn extensions(numbers: &[u16]) -> String {
    list(numbers, |number| names::extension(number).into_owned())
}

fn presented(from: Sender, certificates: &Certificates) -> (String, &'static str, Vec<Fact>) {
    let why = match from {
        Sender::Server => SERVER_CERTIFICATE,
        Sender::Client => CLIENT_CERTIFICATE,
    };
    let Some(first) = certificates.entries.first() else {
        return ("none".to_owned(), why, Vec::new());
    };
    let mut facts = Vec::new();
    for entry in &certificates.entries {
        match inspect_der(&entry.der) {
            Ok(info) => facts.extend(told(&info)),
            Err(error) => facts.push(("unreadable", error.to_string())),
        }
        let bytes = count(entry.der.len(), "byte");
        let stapled = entry
            .ocsp_bytes
            .map(|it| format!(", an OCSP response of {}", count(it, "byte")));
        facts.push(("", format!("{bytes}{}", stapled.unwrap_or_default())));
    }
    let subject = inspect_der(&first.der).map(|info| subject(&info));
    let number = count(certificates.entries.len(), "certificate");
    let summary = format!(
        "{number}, of {}",
        subject.unwrap_or_else(|_| "nobody that can be read".to_owned())
    );
    (summary, why, facts)
}

fn told(info: &CertificateInfo) -> [Fact; 3] {
    [
        ("subject", subject(info)),
        ("issuer", info.issuer.clone()),
        (
            "",
            format!("{}, until {}", info.public_key, clock::day(info.not_after)),
        ),
    ]
}

fn subject(info: &CertificateInfo) -> String {
    match (info.subject.is_empty(), info.names.first()) {
        (false, _) => info.subject.clone(),
        (true, Some(name)) => name.clone(),
        (true, None) => "no subject".to_owned(),
    }
}

const UNKNOWN_TITLE: &str = "unknown";

const CLIENT_HELLO: &str = "It opens the handshake with everything that the client can do, and bets on a group: with the right key \
    share in the first message, the answer can be encrypted already. Everybody on the way can read it, the server's name too.";
const AGAIN: &str = "The same offer with the share that was asked for. The first one still counts: a hash of it stands in the \
    transcript, so that nobody on the way can talk the two into a weaker group unseen.";
const HELLO_RETRY_REQUEST: &str = "The bet was lost: the server has no use for the shares that came and names a group of the list. \
    It costs one round trip.";
const SERVER_HELLO: &str = "The server chooses one of each, and adds its half of the key exchange. From here on both can compute the \
    same secret and nobody else can. Who they are, nobody has proved yet.";
const ENCRYPTED_EXTENSIONS: &str = "What the server has to say that does not decide the keys. It is the first message that nobody on \
    the way can read.";
const CERTIFICATE_REQUEST: &str =
    "The server wants to know the client as well. Few do: it is for machines and for companies.";
const SERVER_CERTIFICATE: &str = "Who the server says that it is: its certificate and those that lead to a CA. Anybody can send \
    these; the proof follows. In TLS 1.2 they went over the wire in the clear.";
const CLIENT_CERTIFICATE: &str = "Who the client is, if it has something to show. A server may go on without, or refuse afterwards.";
const COMPRESSED: &str = "The certificates, packed, for they are the largest part of a handshake.";
const CERTIFICATE_VERIFY: &str = "The proof: a signature over the hash of every message so far, made with the key of the certificate. \
    The key shares are among them, so whoever put shares of his own in between would have to forge it.";
const SERVER_FINISHED: &str = "A MAC over every message so far, under a key that only the two have. A byte that was changed on the \
    way, in the part that is in the clear too, shows here at the latest.";
const CLIENT_FINISHED: &str = "The same from the client: now the server knows as well that both have seen the same handshake.";
const NEW_SESSION_TICKET: &str = "With it the client can come back and leave out certificate and signature. It is not used here: \
    a full handshake is to be seen.";
const KEY_UPDATE: &str = "New keys from the old ones, which can be forgotten then.";
const CHANGE_CIPHER_SPEC: &str =
    "One byte for boxes on the way that only let pass what looks like TLS 1.2.";
const CLOSE_NOTIFY: &str = "Nothing follows. An end without it could be somebody who cut the line.";
const ALERT: &str = "Why one side does not go on.";
const APPLICATION_DATA: &str = "What the connection is for.";
const UNREADABLE: &str = "It breaks the grammar of its own type.";
const UNKNOWN: &str = "It is passed over.";
