//! What RFC 8448 says comes out, comes out.

use wharf_pki::tls13::{
    Body, CheckKind, Derived, Fault, Handshake, Origin, Outcome, Secrets, Sender, Suite, decode,
};

use crate::{CLIENT_AUTHENTICATION, HELLO_RETRY_REQUEST, SIMPLE, Trace, hex};

/// The messages: who sent them, and what they are.
fn told(handshake: &Handshake) -> Vec<String> {
    let messages = handshake.messages.iter();
    messages
        .map(|message| {
            let kind = format!("{:?}", message.body);
            let end = kind.find(|c: char| !c.is_alphanumeric());
            let name = &kind[..end.unwrap_or(kind.len())];
            format!("{} {name} {}", message.from, message.bytes.len())
        })
        .collect()
}

#[track_caller]
fn value(handshake: &Handshake, what: Derived, expected: &str) {
    let mut all = handshake.derivations.iter();
    let found = all.find(|it| it.what == what);
    let found = found.unwrap_or_else(|| panic!("no {what}"));
    assert_eq!(hex(found.value.as_bytes()), expected, "{what}");
}

/// What became of the checks, in order.
fn checks(handshake: &Handshake) -> Vec<(Sender, CheckKind, bool)> {
    let messages = handshake.messages.iter();
    messages
        .flat_map(|message| message.checks.iter().map(|check| (message.from, check)))
        .map(|(from, check)| (from, check.kind, check.outcome == Outcome::Passed))
        .collect()
}

#[test]
fn the_simple_handshake_is_read_to_its_end() {
    let trace = Trace::new(SIMPLE);
    let handshake = decode(&trace.recording(), &trace.secrets());
    assert_eq!(handshake.faults, []);
    assert_eq!(
        told(&handshake),
        [
            "client ClientHello 196",
            "server ServerHello 90",
            "server EncryptedExtensions 40",
            "server Certificate 445",
            "server CertificateVerify 136",
            "server Finished 36",
            "client Finished 36",
            "server NewSessionTicket 205",
            "client ApplicationData 50",
            "server ApplicationData 50",
            "client Alert 2",
            "server Alert 2",
        ]
    );
    assert_eq!(handshake.suite, Some(Suite::Aes128GcmSha256));
    assert!(handshake.is_complete());
    // A key of 1024 bits is nobody's proof any more.
    assert_eq!(
        checks(&handshake),
        [
            (Sender::Server, CheckKind::Signature, false),
            (Sender::Server, CheckKind::Finished, true),
            (Sender::Client, CheckKind::Finished, true),
        ]
    );
    let (_, weak) = handshake.refusals().next().unwrap();
    assert!(matches!(&weak.outcome, Outcome::NotDone(_)), "{weak:?}");
    let Body::NewSessionTicket {
        lifetime_s,
        ticket_bytes,
    } = handshake.messages[7].body
    else {
        panic!()
    };
    assert_eq!((lifetime_s, ticket_bytes), (30, 178));
}

#[test]
fn the_key_schedule_is_that_of_the_rfc() {
    let trace = Trace::new(SIMPLE);
    let handshake = decode(&trace.recording(), &trace.secrets());
    use Sender::{Client, Server};
    for (what, expected) in [
        (
            Derived::EarlySecret,
            "33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a",
        ),
        (
            Derived::HandshakeSalt,
            "6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba",
        ),
        (
            Derived::HandshakeSecret,
            "1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac",
        ),
        (
            Derived::HandshakeTraffic(Client),
            "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
        ),
        (
            Derived::HandshakeTraffic(Server),
            "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
        ),
        (Derived::Key(Server), "3fce516009c21727d0f2e4e86ee403bc"),
        (Derived::Iv(Server), "5d313eb2671276ee13000b30"),
        (Derived::Key(Client), "dbfaa693d1762c5b666af5d950258d01"),
        (Derived::Iv(Client), "5bd3c71b836e0b76bb73265f"),
        (
            Derived::FinishedKey(Server),
            "008d3b66f816ea559f96b537e885c31fc068bf492c652f01f288a1d8cdc19fc8",
        ),
        (
            Derived::FinishedKey(Client),
            "b80ad01015fb2f0bd65ff7d4da5d6bf83f84821d1f87fdc7d3c75b5a7b42d9c4",
        ),
        (
            Derived::MasterSalt,
            "43de77e0c77713859a944db9db2590b53190a65b3ee2e4f12dd7a0bb7ce254b4",
        ),
        (
            Derived::MasterSecret,
            "18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919",
        ),
        (
            Derived::ApplicationTraffic(Client),
            "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
        ),
        (
            Derived::ApplicationTraffic(Server),
            "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
        ),
        (
            Derived::ExporterMaster,
            "fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50",
        ),
        (
            Derived::ResumptionMaster,
            "7df235f2031d2a051287d02b0241b0bfdaf86cc856231f2d5aba46c434ec196c",
        ),
    ] {
        value(&handshake, what, expected);
    }
}

#[test]
fn the_server_asks_for_another_hello() {
    let trace = Trace::new(HELLO_RETRY_REQUEST);
    let handshake = decode(&trace.recording(), &trace.secrets());
    assert_eq!(handshake.faults, []);
    let told = told(&handshake);
    assert_eq!(
        told[..5],
        [
            "client ClientHello 180",
            "server HelloRetryRequest 176",
            "client ClientHello 512",
            "server ServerHello 123",
            "server EncryptedExtensions 28",
        ]
    );
    assert!(handshake.is_complete());
    value(
        &handshake,
        Derived::HandshakeTraffic(Sender::Client),
        "158aa7ab8855073582b41d674b4055cabcc534728f659314861b4e08e2011566",
    );
    let Body::HelloRetryRequest(retry) = &handshake.messages[1].body else {
        panic!()
    };
    assert_eq!((retry.group, retry.cookie_bytes), (Some(23), Some(114)));
    let Body::ClientHello(again) = &handshake.messages[2].body else {
        panic!()
    };
    let shares = again.key_shares.iter();
    let shares: Vec<_> = shares.map(|it| (it.group, it.share.len())).collect();
    assert_eq!(shares, [(23, 65)]);
}

#[test]
fn signatures_of_both_sides_are_looked_at() {
    let trace = Trace::new(CLIENT_AUTHENTICATION);
    let handshake = decode(&trace.recording(), &trace.secrets());
    assert_eq!(handshake.faults, []);
    assert_eq!(
        checks(&handshake),
        [
            (Sender::Server, CheckKind::Signature, true),
            (Sender::Server, CheckKind::Finished, true),
            (Sender::Client, CheckKind::Signature, false),
            (Sender::Client, CheckKind::Finished, true),
        ]
    );
    assert!(handshake.is_complete());
    let asked = &handshake.messages[3].body;
    let Body::CertificateRequest(asked) = asked else {
        panic!("{asked:?}")
    };
    assert_eq!(asked.schemes.len(), 15);
}

#[test]
fn every_byte_has_a_name() {
    for text in [SIMPLE, HELLO_RETRY_REQUEST, CLIENT_AUTHENTICATION] {
        let trace = Trace::new(text);
        let handshake = decode(&trace.recording(), &trace.secrets());
        for message in &handshake.messages {
            if matches!(message.body, Body::ApplicationData) {
                continue;
            }
            let mut covered = vec![false; message.bytes.len()];
            for field in &message.fields {
                covered[field.range.clone()].fill(true);
            }
            assert!(covered.iter().all(|it| *it), "{message:?}");
        }
    }
}

#[test]
fn without_secrets_what_is_in_the_clear_is_told() {
    let trace = Trace::new(SIMPLE);
    let handshake = decode(&trace.recording(), &Secrets::default());
    assert_eq!(
        told(&handshake),
        ["client ClientHello 196", "server ServerHello 90"]
    );
    assert_eq!(
        handshake.faults,
        [Fault::NoSecret("CLIENT_HANDSHAKE_TRAFFIC_SECRET")]
    );
    assert_eq!(handshake.records.len(), 9);
    assert!(!handshake.is_complete());
}

#[test]
fn a_key_log_is_enough_and_agrees_with_the_schedule() {
    let random = "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7";
    let log = |secret: &str| {
        format!(
            "# a comment\n\
             CLIENT_HANDSHAKE_TRAFFIC_SECRET {random} b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21\n\
             SERVER_HANDSHAKE_TRAFFIC_SECRET {random} b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38\n\
             CLIENT_TRAFFIC_SECRET_0 {random} 9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5\n\
             SERVER_TRAFFIC_SECRET_0 {random} {secret}\r\n\
             CLIENT_RANDOM {random} 00\n"
        )
    };
    let right = log("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");
    let wrong = log("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631644");
    let trace = Trace::new(SIMPLE);

    let logged = Secrets::from_key_log(right.as_bytes()).unwrap();
    let handshake = decode(&trace.recording(), &logged);
    assert_eq!(handshake.faults, []);
    assert_eq!(handshake.messages.len(), 12);
    let told = |what| {
        let mut all = handshake.derivations.iter();
        all.find(|it| it.what == what).map(|it| it.origin)
    };
    assert_eq!(
        told(Derived::HandshakeTraffic(Sender::Server)),
        Some(Origin::Told)
    );
    assert_eq!(told(Derived::Key(Sender::Server)), Some(Origin::Computed));
    assert_eq!(told(Derived::MasterSecret), None);

    let agreement = |log: &str| -> Vec<bool> {
        let secrets = Secrets::from_key_log(log.as_bytes()).unwrap();
        let shared = wharf_pki::tls13::Secret::new(&trace.shared);
        let handshake = decode(&trace.recording(), &secrets.with_shared_secret(shared));
        let all = handshake.derivations.iter();
        all.filter_map(|it| it.agrees_with_log).collect()
    };
    assert_eq!(agreement(&right), [true; 4]);
    assert_eq!(agreement(&wrong), [true, true, true, false]);
}
