//! Somebody in between, and certificates that are not good.

use wharf_pki::crl::{CrlParams, RevokedCertificate, SerialNumber};
use wharf_pki::kex::{
    Auth as Message, ClientHello, ExchangePublicKey, Frame, Group, KexFault, MessageKind, Party,
    Role, Schedule, Secret, ServerHello, Share, Transcript, identity,
};
use wharf_pki::validity::DAY;
use wharf_pki::verify::CheckKind;
use wharf_pki::{Key, KeyType, Profile};

use super::{Auth, authority, carry, issue, now, rsa_public, world};

/// What the client says of a server whose certificate is this.
fn refused_for(change: impl FnOnce(&mut wharf_pki::kex::ClientConfig)) -> KexFault {
    let mut config = world().client_config(&[Group::X25519], Auth::Certificates);
    change(&mut config);
    let mut server = world().server(&[Group::X25519], Auth::Certificates);
    let mut client = Party::client(config).unwrap();
    carry(&mut client, &mut server, |piece| piece).unwrap_err()
}

fn trust(config: &mut wharf_pki::kex::ClientConfig) -> &mut wharf_pki::kex::PeerTrust {
    match &mut config.authentication {
        wharf_pki::kex::Authentication::Certificates(own) => &mut own.trust,
        wharf_pki::kex::Authentication::None => panic!("it has certificates"),
    }
}

#[test]
fn certificates_that_are_not_good_are_refused_by_the_check_that_failed() {
    let fault = refused_for(|config| {
        trust(config).anchors = vec![authority().certificate().clone()];
    });
    // Another CA of the same name: it is the signature that is not its own.
    let failed = fault.failed_checks();
    assert!(
        !failed.is_empty() && failed[0] != CheckKind::Validity,
        "{fault}"
    );
    let fault = refused_for(|config| trust(config).now = now() + 31 * DAY);
    assert_eq!(fault.failed_checks(), [CheckKind::Validity], "{fault}");
    let fault = refused_for(|config| {
        trust(config).name = Some(rustls_pki_types::ServerName::try_from("b.test").unwrap());
    });
    assert_eq!(fault.failed_checks(), [CheckKind::Name], "{fault}");
    let fault = refused_for(|config| {
        let revoked = RevokedCertificate {
            serial: SerialNumber::of(&world().server.0).unwrap(),
            revoked_at: now(),
            reason: None,
            invalidity_date: None,
        };
        let params = CrlParams {
            number: 1,
            this_update: now(),
            next_update: now() + DAY,
            entries: vec![revoked],
            distribution_point: None,
        };
        trust(config).crls = vec![world().ca.sign_crl(&params).unwrap()];
    });
    assert_eq!(fault.failed_checks(), [CheckKind::Revocation], "{fault}");
}

#[test]
fn a_certificate_for_the_other_purpose_is_refused() {
    let mut config = world().client_config(&[Group::X25519], Auth::Certificates);
    let (certificate, key) = issue(&world().ca, Profile::server(), KeyType::P256);
    let pair = (certificate, key.to_pem().to_string());
    config.authentication = Auth::Certificates.of(|| world().credentials(&pair));
    let mut server = world().server(&[Group::X25519], Auth::Certificates);
    let fault = carry(&mut Party::client(config).unwrap(), &mut server, |piece| {
        piece
    });
    assert_eq!(fault.unwrap_err().failed_checks(), [CheckKind::Purpose]);
}

#[test]
fn both_sides_have_to_be_of_one_mind_about_certificates() {
    for (client, server, name) in [
        (Auth::Certificates, Auth::Nobody, "anonymous"),
        (Auth::Nobody, Auth::Certificates, "unwanted-certificate"),
    ] {
        let mut client = world().client(&[Group::X25519], client);
        let mut server = world().server(&[Group::X25519], server);
        let fault = carry(&mut client, &mut server, |piece| piece).unwrap_err();
        assert_eq!(fault.name(), name);
    }
}

/// Takes the better share out, so that the server has no choice.
#[test]
fn a_downgrade_changes_the_keys() {
    let groups = [Group::X25519MlKem768, Group::X25519];
    for auth in [Auth::Certificates, Auth::Nobody] {
        let mut client = world().client(&groups, auth);
        let mut server = world().server(&groups, auth);
        let mut is_first = true;
        let fault = carry(&mut client, &mut server, |piece| {
            if !std::mem::take(&mut is_first) {
                return piece;
            }
            let frame = Frame::take(&mut piece.clone()).unwrap().unwrap();
            let mut hello = ClientHello::parse(frame.body()).unwrap();
            hello.shares.remove(0);
            hello.emit().unwrap().into_octets()
        });
        assert_eq!(fault.unwrap_err().name(), "not-opened");
    }
}

/// All that a client sent yesterday, sent again.
#[test]
fn a_recorded_client_gets_nowhere() {
    let mut client = world().client(&[Group::X25519], Auth::Certificates);
    let mut server = world().server(&[Group::X25519], Auth::Certificates);
    let mut recorded = Vec::new();
    while !client.is_done() {
        let piece = client.take_output();
        recorded.push(piece.clone());
        server.receive(&piece).unwrap();
        client.receive(&server.take_output()).unwrap();
    }
    let mut server = world().server(&[Group::X25519], Auth::Certificates);
    server.receive(&recorded[0]).unwrap();
    let fault = server.receive(&recorded[1]).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the client-auth does not open: the two sides have different keys, or it was changed on its way"
    );
}

/// Agrees with each side on a secret of its own, and hands the server's certificate and signature on.
#[test]
fn whoever_swaps_the_shares_has_no_signature_for_it() {
    let mut client = world().client(&[Group::X25519], Auth::Certificates);
    let mut server = world().server(&[Group::X25519], Auth::Certificates);
    let frame = |octets: &mut Vec<u8>| Frame::take(octets).unwrap().unwrap();
    let own = wharf_pki::kex::ExchangeKey::generate(Group::X25519).unwrap();

    // To the server, as the client.
    let to_client_hello = frame(&mut client.take_output());
    let mut hello = ClientHello::parse(to_client_hello.body()).unwrap();
    let client_share = hello.shares[0].octets.clone();
    hello.shares[0].octets = own.public().octets().to_vec();
    let sent = hello.emit().unwrap();
    server.receive(sent.octets()).unwrap();
    let mut answered = server.take_output();
    let (server_hello, server_auth) = (frame(&mut answered), frame(&mut answered));
    let parsed = ServerHello::parse(server_hello.body()).unwrap();
    let (schedule, hash) = keyed(
        &sent,
        &server_hello,
        &own.decapsulate(&parsed.share.octets).unwrap(),
    );
    let key = schedule.handshake_key(Role::Server, &hash).unwrap();
    let plain = key.open(&server_auth).unwrap();

    // To the client, as the server: with the real chain and signature, and a MAC of its own.
    let mut swapped = parsed;
    swapped.share.octets = own.public().octets().to_vec();
    let swapped = swapped.emit().unwrap();
    let shared = own.decapsulate(&client_share).unwrap();
    let (schedule, hash) = keyed(&to_client_hello, &swapped, &shared);
    let (before, _) = plain.split_at(plain.len() - 32);
    let mut transcript = transcript(&to_client_hello, &swapped);
    transcript.add(before);
    let mac_key = schedule.mac_key(Role::Server, &hash).unwrap();
    let mac = identity::mac(&mac_key, &transcript.hash());
    let auth = [before, &mac].concat();
    let key = schedule.handshake_key(Role::Server, &hash).unwrap();
    let auth = key.seal(MessageKind::ServerAuth, &auth).unwrap();
    client.receive(swapped.octets()).unwrap();
    let fault = client.receive(auth.octets()).unwrap_err();
    assert_eq!(fault, KexFault::Signature { role: Role::Server });
    // It never said who it is.
    assert!(client.take_output().is_empty());
}

fn transcript(client: &Frame, server: &Frame) -> Transcript {
    let mut transcript = Transcript::new();
    transcript.add(client.octets());
    transcript.add(server.octets());
    transcript
}

fn keyed(client: &Frame, server: &Frame, shared: &Secret) -> (Schedule, [u8; 32]) {
    let hash = transcript(client, server).hash();
    (Schedule::new(Group::X25519, shared), hash)
}

#[test]
fn a_group_that_was_not_offered_is_refused() {
    let mut client = world().client(&[Group::X25519], Auth::Nobody);
    let hello = ServerHello {
        nonce: [0; 32],
        share: Share {
            group: Group::P256,
            octets: vec![4; 65],
        },
    };
    let fault = client.receive(hello.emit().unwrap().octets()).unwrap_err();
    assert_eq!(fault, KexFault::NotOffered { group: Group::P256 });
    assert_eq!(rsa_public().group(), Group::RsaOaep);
}

/// What a client says to a server that has the right keys, and says this of itself.
fn answered(auth: Auth, say: impl FnOnce(&mut Transcript, &Secret) -> Vec<u8>) -> KexFault {
    let mut client = world().client(&[Group::X25519], auth);
    let hello = Frame::take(&mut client.take_output()).unwrap().unwrap();
    let share = ClientHello::parse(hello.body()).unwrap().shares.remove(0);
    let theirs = ExchangePublicKey::from_octets(Group::X25519, &share.octets).unwrap();
    let made = theirs.encapsulate().unwrap();
    let answer = ServerHello {
        nonce: [3; 32],
        share: Share {
            group: Group::X25519,
            octets: made.ciphertext,
        },
    };
    let answer = answer.emit().unwrap();
    let (schedule, hash) = keyed(&hello, &answer, &made.secret);
    let mac_key = schedule.mac_key(Role::Server, &hash).unwrap();
    let plain = say(&mut transcript(&hello, &answer), &mac_key);
    let key = schedule.handshake_key(Role::Server, &hash).unwrap();
    let auth = key.seal(MessageKind::ServerAuth, &plain).unwrap();
    client.receive(answer.octets()).unwrap();
    match client.receive(auth.octets()) {
        Ok(()) => KexFault::Ended {
            awaiting: MessageKind::Data,
        },
        Err(fault) => fault,
    }
}

/// What stands before the MAC, and the MAC that belongs to it.
fn with_mac(before: &[u8], transcript: &mut Transcript, key: &Secret) -> Vec<u8> {
    transcript.add(before);
    [before, &identity::mac(key, &transcript.hash())].concat()
}

#[test]
fn an_auth_is_refused_for_each_of_its_fields_although_its_record_opens() {
    use Auth::{Certificates, Nobody};
    let anonymous = [0, 0, 0, 0, 0];
    // As it should be, the client goes on.
    let fault = answered(Nobody, |transcript, key| {
        with_mac(&anonymous, transcript, key)
    });
    assert_eq!(fault.name(), "ended");
    let fault = answered(Nobody, |transcript, key| {
        let mut plain = with_mac(&anonymous, transcript, key);
        plain[36] ^= 1;
        plain
    });
    assert_eq!(fault, KexFault::Mac { role: Role::Server });
    let cases: [(Auth, &[u8], &str); 7] = [
        (Nobody, &[0, 4, 3, 0, 0], "signature-scheme"),
        (Nobody, &[0, 0, 0, 0, 1, 7], "signature-scheme"),
        (Nobody, &[9], "too-many-certificates"),
        (Nobody, &[0, 0, 0, 0, 9], "truncated"),
        (Nobody, &[0, 0, 0, 0, 0, 0], "trailing"),
        (Certificates, &anonymous, "anonymous"),
        (
            Certificates,
            &[1, 0, 0, 1, 0x30, 4, 3, 0, 0],
            "malformed-certificate",
        ),
    ];
    for (auth, before, name) in cases {
        let fault = answered(auth, |transcript, key| with_mac(before, transcript, key));
        assert_eq!(fault.name(), name, "{before:?}");
    }
}

#[test]
fn a_signature_is_checked_with_the_key_and_the_scheme_of_the_certificate() {
    let (certificate, key) = &world().server;
    let key = Key::from_pem(key).unwrap();
    let chain = [certificate.der().to_vec()];
    let kind = MessageKind::ServerAuth;
    let forged = |role: Role, code: Option<u16>| {
        answered(Auth::Certificates, |transcript, mac_key| {
            let certificates = Message::emit_certificates(kind, &chain).unwrap();
            transcript.add(&certificates);
            let (scheme, signature) = identity::sign(&key, role, &transcript.hash()).unwrap();
            let scheme = code.unwrap_or(scheme);
            let signed = Message::emit_signature(kind, scheme, &signature).unwrap();
            [certificates, with_mac(&signed, transcript, mac_key)].concat()
        })
    };
    assert_eq!(forged(Role::Server, None).name(), "ended");
    // A signature of the other role is none, and there is one scheme for each key.
    let role = Role::Server;
    assert_eq!(forged(Role::Client, None), KexFault::Signature { role });
    let code = 0x0807;
    assert_eq!(
        forged(Role::Server, Some(code)),
        KexFault::SignatureScheme { role, code }
    );
}
