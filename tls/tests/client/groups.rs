//! Which named groups a client offers.

use tokio::io::duplex;
use wharf_tls::{
    ClientTls, ClientTlsOptions, NamedGroup, ServerTls, ServerTlsOptions, TlsVersions,
};

use crate::authority::Authority;
use crate::peers::{client, trusting};

#[tokio::test]
async fn the_groups_that_are_named_are_offered_in_their_order_and_no_others() {
    let root = Authority::root("root");
    let server = ServerTls::new(root.leaf().identity(), &ServerTlsOptions::default()).unwrap();
    let all = ClientTlsOptions::default().groups;
    assert_eq!(all[0], NamedGroup::X25519MLKEM768);
    assert!(all.len() >= 4, "{all:?}");
    let mut asked: Vec<Vec<NamedGroup>> = all.iter().map(|group| vec![*group]).collect();
    asked.push(vec![NamedGroup::secp384r1, NamedGroup::X25519]);
    for groups in asked {
        let client = client(&ClientTlsOptions {
            groups: groups.clone(),
            ..trusting(&root)
        });
        let (near, far) = duplex(64 * 1024);
        let ((connected, report), accepted) = tokio::join!(
            client.connect_reported("localhost", near),
            server.accept(far)
        );
        let (connected, _accepted) = (connected.unwrap(), accepted.unwrap());
        assert_eq!(report.hello.unwrap().named_groups, groups);
        assert!(groups.contains(&connected.info().named_group.unwrap()));
    }
}

#[tokio::test]
async fn a_group_of_tls_1_3_is_none_for_tls_1_2() {
    let root = Authority::root("root");
    let options = |groups| ClientTlsOptions {
        groups,
        versions: TlsVersions::Tls12,
        ..trusting(&root)
    };
    let server = ServerTls::new(root.leaf().identity(), &ServerTlsOptions::default()).unwrap();
    let client = client(&options(vec![
        NamedGroup::X25519MLKEM768,
        NamedGroup::secp256r1,
    ]));
    let (near, far) = duplex(64 * 1024);
    let (connected, _) = tokio::join!(client.connect("localhost", near), server.accept(far));
    let group = connected.unwrap().info().named_group;
    assert_eq!(group, Some(NamedGroup::secp256r1));
}

#[test]
fn to_be_left_without_a_group_is_an_error() {
    let root = Authority::root("root");
    for groups in [vec![], vec![NamedGroup::FFDHE2048]] {
        let options = ClientTlsOptions {
            groups,
            ..trusting(&root)
        };
        let error = ClientTls::new(&options).unwrap_err();
        assert!(error.to_string().contains("named group"), "{error}");
    }
}

#[tokio::test]
async fn the_shared_secret_is_told_to_who_asks_for_it_and_to_nobody_else() {
    let root = Authority::root("root");
    let server = ServerTls::new(root.leaf().identity(), &ServerTlsOptions::default()).unwrap();
    for (group, bytes) in [
        (NamedGroup::X25519MLKEM768, 64),
        (NamedGroup::X25519, 32),
        (NamedGroup::secp256r1, 32),
        (NamedGroup::secp384r1, 48),
    ] {
        for is_asked in [true, false] {
            let client = client(&ClientTlsOptions {
                groups: vec![group],
                tell_shared_secret: is_asked,
                ..trusting(&root)
            });
            let (near, far) = duplex(64 * 1024);
            let ((connected, report), accepted) = tokio::join!(
                client.connect_reported("localhost", near),
                server.accept(far)
            );
            assert_eq!(connected.unwrap().info().named_group, Some(group));
            accepted.unwrap();
            let told = report.shared_secret;
            assert_eq!(told.is_some(), is_asked, "{group:?}");
            if let Some(told) = told {
                assert_eq!((told.group(), told.as_bytes().len()), (group, bytes));
                assert!(format!("{told:?}").contains("[redacted]"), "{told:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_hello_retry_request_can_be_forced() {
    let root = Authority::root("root");
    let server = ServerTls::new(root.leaf().identity(), &ServerTlsOptions::default()).unwrap();
    for is_forced in [true, false] {
        let client = client(&ClientTlsOptions {
            force_hello_retry: is_forced,
            tell_shared_secret: true,
            ..trusting(&root)
        });
        let (near, far) = duplex(64 * 1024);
        let ((connected, report), accepted) = tokio::join!(
            client.connect_reported("localhost", near),
            server.accept(far)
        );
        accepted.unwrap();
        let connected = connected.unwrap();
        assert_eq!(connected.info().hello_retried, is_forced);
        let group = connected.info().named_group;
        assert_eq!(group, Some(NamedGroup::X25519MLKEM768));
        assert_eq!(report.shared_secret.map(|it| it.group()), group);
        let shares = report.hello.unwrap().key_shares;
        assert_eq!(shares.contains(&NamedGroup::X25519MLKEM768), !is_forced);
    }
}
