use wharf_interop_tests::tls::{Ask, ClientAuth, Fault, Feature, Pair, Resumption, Role, Version};
use wharf_tls::{NamedGroup, ProtocolVersion};

use crate::cell::{Both, Case, Plan};
use crate::table::Outcome;

/// Something that must hold.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// What the peer must be able to do for it.
    pub(crate) needs: &'static [Feature],
    pub(crate) run: fn(&Case<'_>) -> Outcome,
}

pub(crate) const COLUMNS: &[Column] = &[
    Column {
        name: "handshake, small exchange, version as asked",
        needs: &[],
        run: handshake,
    },
    Column {
        name: "resumption by ticket",
        needs: &[Feature::Ticket],
        run: ticket,
    },
    Column {
        name: "resumption of a session that the server keeps",
        needs: &[Feature::Stateful],
        run: stateful,
    },
    Column {
        name: "ALPN: the protocol that both have",
        needs: &[Feature::Alpn],
        run: alpn,
    },
    Column {
        name: "ALPN: none in common, alert no_application_protocol",
        needs: &[Feature::Alpn, Feature::AlpnRefusal],
        run: alpn_mismatch,
    },
    Column {
        name: "server name is seen",
        needs: &[Feature::ServerName],
        run: server_name,
    },
    Column {
        name: "KeyUpdate from the peer",
        needs: &[Feature::KeyUpdate],
        run: key_update_from_the_peer,
    },
    Column {
        name: "KeyUpdate from us",
        needs: &[],
        run: key_update_from_us,
    },
    Column {
        name: "close_notify: the server first, clean on both sides",
        needs: &[],
        run: server_closes_first,
    },
    Column {
        name: "close_notify: the client first, clean on both sides",
        needs: &[],
        run: client_closes_first,
    },
    Column {
        name: "1 MiB each way",
        needs: &[],
        run: large,
    },
    Column {
        name: "one byte a record",
        needs: &[],
        run: one_byte_records,
    },
    Column {
        name: "no version in common, alert protocol_version",
        needs: &[],
        run: version_mismatch,
    },
    Column {
        name: "unknown CA",
        needs: &[],
        run: unknown_ca,
    },
    Column {
        name: "expired certificate",
        needs: &[],
        run: expired,
    },
    Column {
        name: "certificate for another name",
        needs: &[],
        run: name_mismatch,
    },
    Column {
        name: "client certificate: required and given",
        needs: &[Feature::ClientAuth],
        run: client_certificate,
    },
    Column {
        name: "client certificate: required and not given, alert",
        needs: &[Feature::ClientAuth],
        run: no_client_certificate,
    },
    Column {
        name: "client certificate: of an unknown CA, alert",
        needs: &[Feature::ClientAuth],
        run: foreign_client_certificate,
    },
    Column {
        name: "X25519MLKEM768 is agreed on",
        needs: &[Feature::PostQuantum],
        run: post_quantum,
    },
    Column {
        name: "ML-DSA-65 chain",
        needs: &[Feature::MlDsa],
        run: ml_dsa,
    },
];

fn handshake(case: &Case<'_>) -> Outcome {
    let both = case.run(&case.plan());
    let version = match case.version {
        Version::Tls12 => ProtocolVersion::TLSv1_2,
        Version::Tls13 => ProtocolVersion::TLSv1_3,
    };
    let ours = both.ours().info.as_ref();
    let theirs = both.theirs().version.as_deref();
    both.check(&[
        talked(&both),
        (
            "we have that version",
            ours.is_some_and(|info| info.version == version),
        ),
        (
            "the peer has that version",
            theirs == Some(&*case.version.to_string()),
        ),
    ])
}

fn ticket(case: &Case<'_>) -> Outcome {
    resumed(case, Resumption::Ticket)
}

fn stateful(case: &Case<'_>) -> Outcome {
    resumed(case, Resumption::Stateful)
}

fn resumed(case: &Case<'_>, resumption: Resumption) -> Outcome {
    let both = case.run(&sides(case, |ask| {
        ask.connections = 2;
        ask.resumption = resumption;
    }));
    let resumed = |i: usize| {
        let info = both.ours.get(i).and_then(|ours| ours.info.as_ref());
        info.map(|info| info.resumed)
    };
    both.check(&[
        talked(&both),
        ("the first is a full handshake", resumed(0) == Some(false)),
        ("we resumed the second", resumed(1) == Some(true)),
        (
            "the peer does not say otherwise",
            both.theirs().resumed != Some(false),
        ),
    ])
}

fn alpn(case: &Case<'_>) -> Outcome {
    let mut plan = case.plan();
    plan.client.alpn = vec!["h2", "http/1.1"];
    plan.server.alpn = vec!["http/1.1"];
    let both = case.run(&plan);
    let ours = both.ours().info.as_ref();
    let ours = ours.and_then(|info| info.alpn.as_deref());
    both.check(&[
        talked(&both),
        ("we have it", ours == Some(b"http/1.1")),
        (
            "the peer has it",
            both.theirs().alpn.as_deref() == Some("http/1.1"),
        ),
    ])
}

fn alpn_mismatch(case: &Case<'_>) -> Outcome {
    let mut plan = case.plan();
    plan.client.alpn = vec!["http/1.1"];
    plan.server.alpn = vec!["other"];
    let both = case.run(&plan);
    refused(
        case,
        &both,
        &[
            "no application protocol",
            "no supported application protocol",
        ],
    )
}

fn server_name(case: &Case<'_>) -> Outcome {
    let both = case.run(&case.plan());
    let name = match case.role {
        Role::Client => {
            let info = both.ours().info.as_ref();
            info.and_then(|info| info.server_name.as_deref())
        }
        Role::Server => both.theirs().name.as_deref(),
    };
    both.check(&[
        talked(&both),
        ("it is localhost", name == Some("localhost")),
    ])
}

const NO_KEY_UPDATE: &str = "TLS 1.2 has no KeyUpdate";

fn key_update_from_the_peer(case: &Case<'_>) -> Outcome {
    if case.version == Version::Tls12 {
        return Outcome::NotRun(NO_KEY_UPDATE);
    }
    let mut plan = case.plan();
    match case.role {
        Role::Client => plan.client.key_update = true,
        Role::Server => plan.server.key_update = true,
    }
    let both = case.run(&plan);
    both.check(&[
        talked(&both),
        (
            "the peer got ours in return",
            both.theirs().key_update != Some(false),
        ),
    ])
}

/// What we send comes under the new keys.
fn key_update_from_us(case: &Case<'_>) -> Outcome {
    if case.version == Version::Tls12 {
        return Outcome::NotRun(NO_KEY_UPDATE);
    }
    let mut plan = case.plan();
    match case.role {
        Role::Client => plan.server.key_update = true,
        Role::Server => plan.client.key_update = true,
    }
    let both = case.run(&plan);
    both.check(&[talked(&both)])
}

fn server_closes_first(case: &Case<'_>) -> Outcome {
    closes_first(case, Role::Server)
}

fn client_closes_first(case: &Case<'_>) -> Outcome {
    closes_first(case, Role::Client)
}

fn closes_first(case: &Case<'_>, first: Role) -> Outcome {
    let feature = if case.role == first {
        Feature::CloseFirst
    } else {
        Feature::CloseSecond
    };
    if let Some(reason) = case.unable(&[feature]) {
        return Outcome::NotRun(reason);
    }
    let mut plan = case.plan();
    plan.client.closes_first = first == Role::Client;
    plan.server.closes_first = first == Role::Server;
    closed(&case.run(&plan))
}

fn closed(both: &Both) -> Outcome {
    both.check(&[
        talked(both),
        ("the peer's close_notify came", both.ours().clean),
        ("ours came to the peer", both.theirs().clean != Some(false)),
    ])
}

fn large(case: &Case<'_>) -> Outcome {
    let both = case.run(&sides(case, |ask| {
        ask.bytes = 1024 * 1024;
        ask.piece = 256 * 1024;
    }));
    both.check(&[talked(&both)])
}

fn one_byte_records(case: &Case<'_>) -> Outcome {
    let both = case.run(&sides(case, |ask| {
        ask.bytes = 512;
        ask.piece = 1;
    }));
    both.check(&[talked(&both)])
}

fn version_mismatch(case: &Case<'_>) -> Outcome {
    let mut plan = case.plan();
    let other = match case.version {
        Version::Tls12 => Version::Tls13,
        Version::Tls13 => Version::Tls12,
    };
    match case.role {
        Role::Client => plan.server.version = other,
        Role::Server => plan.client.version = other,
    }
    let both = case.run(&plan);
    // GnuTLS's server answers a client of TLS 1.3 alone with TLS 1.2; then the client is the one that refuses.
    refused(
        case,
        &both,
        &[
            "protocol version",
            "protocolversion",
            "none of the tls versions",
        ],
    )
}

fn unknown_ca(case: &Case<'_>) -> Outcome {
    let mut plan = case.plan();
    plan.client.trust = Some(case.lab.other_root.clone());
    distrusted(case, &plan, Fault::UnknownCa)
}

fn expired(case: &Case<'_>) -> Outcome {
    let mut plan = case.plan();
    plan.server.identity = Some(match case.role {
        Role::Server => case.lab.expired.clone(),
        Role::Client => {
            let (pair, end) = case.lab.brief();
            plan.client_begins = Some(end);
            pair
        }
    });
    distrusted(case, &plan, Fault::Expired)
}

fn name_mismatch(case: &Case<'_>) -> Outcome {
    let mut plan = case.plan();
    plan.server.identity = Some(case.lab.other_name.clone());
    distrusted(case, &plan, Fault::WrongName)
}

/// The plain plan, with a server that wants a certificate.
fn client_auth(case: &Case<'_>, identity: Option<&Pair>) -> Plan {
    let mut plan = case.plan();
    plan.server.client_auth = ClientAuth::Required;
    plan.server.trust = Some(case.lab.root.clone());
    plan.client.identity = identity.cloned();
    plan
}

fn client_certificate(case: &Case<'_>) -> Outcome {
    let both = case.run(&client_auth(case, Some(&case.lab.client)));
    let known = match case.role {
        Role::Client => {
            let info = both.ours().info.as_ref();
            let peer = info.and_then(|info| info.peer());
            peer.is_some_and(|peer| peer.dns_names() == ["client.test"])
        }
        Role::Server => {
            let subject = both.theirs().subject.as_deref();
            subject.is_some_and(|subject| subject.contains("client.test"))
        }
    };
    both.check(&[talked(&both), ("the server knows the client", known)])
}

fn no_client_certificate(case: &Case<'_>) -> Outcome {
    client_refused(case, None, Fault::NoClient)
}

fn foreign_client_certificate(case: &Case<'_>) -> Outcome {
    client_refused(case, Some(&case.lab.foreign_client), Fault::UnknownClient)
}

fn client_refused(case: &Case<'_>, identity: Option<&Pair>, fault: Fault) -> Outcome {
    let both = case.run(&client_auth(case, identity));
    let told = match case.role {
        Role::Client => (
            "the peer names our alert",
            names(both.theirs().error.as_deref(), fault),
        ),
        Role::Server => alerted(case, &both, fault),
    };
    both.check(&[
        ("no content comes through", !both.ours().content),
        ("the peer fails", both.theirs().error.is_some()),
        ("we fail", both.ours().error.is_some()),
        told,
    ])
}

fn post_quantum(case: &Case<'_>) -> Outcome {
    if case.version == Version::Tls12 {
        return Outcome::NotRun("TLS 1.2 has no hybrid groups");
    }
    let both = case.run(&case.plan());
    let group = both.ours().info.as_ref().and_then(|info| info.named_group);
    both.check(&[
        talked(&both),
        (
            "that is the group",
            group == Some(NamedGroup::X25519MLKEM768),
        ),
    ])
}

fn ml_dsa(case: &Case<'_>) -> Outcome {
    if case.version == Version::Tls12 {
        return Outcome::NotRun("TLS 1.2 has no ML-DSA");
    }
    let mut plan = case.plan();
    plan.client.trust = Some(case.lab.ml_dsa_root.clone());
    plan.server.identity = Some(case.lab.ml_dsa.clone());
    let both = case.run(&plan);
    both.check(&[talked(&both)])
}

/// The plain plan with the same change on both sides.
fn sides(case: &Case<'_>, change: impl Fn(&mut Ask)) -> Plan {
    let mut plan = case.plan();
    change(&mut plan.client);
    change(&mut plan.server);
    plan
}

fn talked(both: &Both) -> (&'static str, bool) {
    let talked = both.ours().content
        && both.ours().error.is_none()
        && both.theirs().content
        && both.theirs().error.is_none();
    (
        "the content came whole on both sides, without an error",
        talked,
    )
}

/// The server refuses, and the client says which alert told it so.
fn refused(case: &Case<'_>, both: &Both, alerts: &[&str]) -> Outcome {
    let (ours, theirs) = (both.ours().error.as_deref(), both.theirs().error.as_deref());
    let client = match case.role {
        Role::Client => theirs,
        Role::Server => ours,
    };
    let said = client.map(plain).unwrap_or_default();
    both.check(&[
        ("both sides fail", ours.is_some() && theirs.is_some()),
        (
            "the client names the alert",
            alerts.iter().any(|alert| said.contains(alert)),
        ),
    ])
}

/// The client refuses the server's certificate, and both sides know.
fn distrusted(case: &Case<'_>, plan: &Plan, fault: Fault) -> Outcome {
    let both = case.run(plan);
    let (ours, theirs) = (both.ours().error.as_deref(), both.theirs().error.as_deref());
    let (client, told) = match case.role {
        Role::Client => (theirs, alerted(case, &both, fault)),
        Role::Server => (ours, ("the peer names our alert", names(theirs, fault))),
    };
    both.check(&[
        ("the client fails", client.is_some()),
        told,
        (
            "no content comes through",
            !both.ours().content && !both.theirs().content,
        ),
    ])
}

/// Whether we got the alert that this peer has for the fault.
fn alerted(case: &Case<'_>, both: &Both, fault: Fault) -> (&'static str, bool) {
    let alerts = case.peer.alert(fault);
    let right = match both.ours().alert.as_deref() {
        Some(alert) => alerts.contains(&alert),
        None => alerts.is_empty(),
    };
    ("the alert that this peer has for it came", right)
}

/// Whether a peer's error names the alert that we have for the fault. Each library has its own words; gnutls-serv says
/// of any alert only that it came.
fn names(error: Option<&str>, fault: Fault) -> bool {
    let said = error.map(plain).unwrap_or_default();
    let words: &[&str] = match fault {
        Fault::UnknownCa => &["unknown ca", "unknown certificate authority"],
        Fault::Expired => &["certificate expired", "expired certificate"],
        Fault::WrongName => &["bad certificate"],
        Fault::NoClient => &["certificate required"],
        // Go and Java look at the list of CAs that we accept, and do not even send it.
        Fault::UnknownClient => &[
            "unknown ca",
            "unknown certificate authority",
            "certificate required",
        ],
    };
    let any = ["tls fatal alert has been received"];
    words.iter().chain(&any).any(|words| said.contains(words))
}

/// Words alone: `NO_APPLICATION_PROTOCOL` and `no application protocol` are the same.
fn plain(text: &str) -> String {
    text.to_lowercase()
        .replace(|c: char| !c.is_ascii_alphanumeric(), " ")
}
