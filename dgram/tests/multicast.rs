//! Groups and broadcast, on the loopback interface. IPv6 has no groups there; the interop tests have them between two hosts.

#![forbid(unsafe_code)]

use std::io;
use std::net::{IpAddr, SocketAddr};

use wharf_dgram::{DgramOptions, Group, Interface, MulticastOptions, Tell, Udp};

fn loopback() -> Interface {
    Interface::Name("lo".into())
}

/// Sends to groups by the loopback interface.
fn options() -> DgramOptions {
    DgramOptions {
        multicast: MulticastOptions {
            interface: loopback(),
            ..MulticastOptions::default()
        },
        ..DgramOptions::default()
    }
}

fn bind(address: &str) -> Udp {
    bind_with(address, &options())
}

fn bind_with(address: &str, options: &DgramOptions) -> Udp {
    Udp::bind(address.parse().unwrap(), options).unwrap()
}

fn group(address: &str) -> Group {
    Group::any_source(address.parse::<IpAddr>().unwrap()).on(loopback())
}

fn of_source(address: &str, source: &str) -> Group {
    Group::of_source(
        address.parse::<IpAddr>().unwrap(),
        source.parse::<IpAddr>().unwrap(),
    )
    .on(loopback())
}

/// Whether `listener` hears what `sender` sends to the group. What is not heard is told by what is sent behind it.
async fn hears(listener: &Udp, sender: &Udp, group: &str) -> bool {
    let port = listener.local_addr().port();
    let to = SocketAddr::new(group.parse().unwrap(), port);
    let alone = SocketAddr::new("127.0.0.1".parse().unwrap(), port);
    sender.send_to(b"to all", to).await.unwrap();
    sender.send_to(b"to you", alone).await.unwrap();
    let mut heard = false;
    loop {
        let mut buffer = [0; 16];
        let received = listener.recv(&mut buffer).await.unwrap();
        match &buffer[..received.len] {
            b"to all" => heard = true,
            b"to you" => return heard,
            other => panic!("{}", other.escape_ascii()),
        }
    }
}

#[tokio::test]
async fn a_group_is_heard_from_joining_to_leaving() {
    for (listener, sender, address) in [
        ("0.0.0.0:0", "127.0.0.1:0", "239.255.7.1"),
        // IPv4 on a socket of both families.
        ("[::]:0", "127.0.0.1:0", "239.255.7.2"),
    ] {
        let (listener, sender) = (bind(listener), bind(sender));
        assert!(!hears(&listener, &sender, address).await, "{address}");
        listener.join(&group(address)).unwrap();
        assert!(hears(&listener, &sender, address).await, "{address}");
        listener.leave(&group(address)).unwrap();
        assert!(!hears(&listener, &sender, address).await, "{address}");
    }
}

#[tokio::test]
async fn an_interface_is_known_by_its_name_and_by_its_index() {
    let index = loopback().index().unwrap();
    assert_eq!(Interface::Index(index).index().unwrap(), index);
    assert_eq!(Interface::Any.index().unwrap(), 0);
    let listener = bind("0.0.0.0:0");
    listener
        .join(&group("239.255.7.3").on(Interface::Index(index)))
        .unwrap();
    assert!(hears(&listener, &bind("127.0.0.1:0"), "239.255.7.3").await);
    // It is the same membership.
    listener.leave(&group("239.255.7.3")).unwrap();

    let unknown = group("239.255.7.3").on(Interface::Name("no-such-link".into()));
    let error = listener.join(&unknown).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENODEV));
}

#[tokio::test]
async fn only_the_source_that_was_asked_for_is_heard_over_v4() {
    let listener = bind("0.0.0.0:0");
    let (first, second) = (bind("127.0.0.1:0"), bind("127.0.0.2:0"));
    let address = "232.255.7.1";
    listener.join(&of_source(address, "127.0.0.2")).unwrap();
    assert!(!hears(&listener, &first, address).await);
    assert!(hears(&listener, &second, address).await);
    listener.join(&of_source(address, "127.0.0.1")).unwrap();
    assert!(hears(&listener, &first, address).await);
    listener.leave(&of_source(address, "127.0.0.2")).unwrap();
    assert!(!hears(&listener, &second, address).await);
    assert!(hears(&listener, &first, address).await);
}

#[tokio::test]
async fn what_others_joined_is_heard_only_by_who_says_so() {
    let sharing = DgramOptions {
        reuse_addr: true,
        ..options()
    };
    let member = bind_with("0.0.0.0:0", &sharing);
    member.join(&group("239.255.7.4")).unwrap();
    let sender = bind("127.0.0.1:0");
    let port = member.local_addr().port();
    let to = SocketAddr::new("239.255.7.4".parse().unwrap(), port);
    for all_groups in [false, true] {
        let mut options = sharing.clone();
        options.multicast.all_groups = all_groups;
        let stranger = bind_with(&format!("0.0.0.0:{port}"), &options);
        sender.send_to(b"to all", to).await.unwrap();
        let mut buffer = [0; 16];
        assert_eq!(member.recv(&mut buffer).await.unwrap().len, 6);
        // Unicast goes to whoever was bound last, which is the stranger.
        let stranger_at = SocketAddr::new("127.0.0.1".parse().unwrap(), port);
        stranger.send_to(b"me", stranger_at).await.unwrap();
        let len = stranger.recv(&mut buffer).await.unwrap().len;
        assert_eq!(len == 6, all_groups);
    }
}

#[tokio::test]
async fn a_group_has_a_ttl_of_its_own() {
    let telling = DgramOptions {
        tell: Tell::EVERYTHING,
        ..options()
    };
    let listener = bind_with("0.0.0.0:0", &telling);
    listener.join(&group("239.255.7.6")).unwrap();
    let port = listener.local_addr().port();
    let to = SocketAddr::new("239.255.7.6".parse().unwrap(), port);
    for (ttl, seen) in [(None, 1), (Some(7), 7)] {
        let mut options = DgramOptions {
            ttl: Some(99),
            ..options()
        };
        options.multicast.ttl = ttl;
        let sender = bind_with("127.0.0.1:0", &options);
        sender.send_to(b"to all", to).await.unwrap();
        let received = listener.recv(&mut [0; 16]).await.unwrap();
        assert_eq!(received.ttl, Some(seen));
        assert_eq!(received.to, Some(to.ip()));
    }
}

#[tokio::test]
async fn a_membership_that_makes_no_sense_is_refused() {
    let four = bind("0.0.0.0:0");
    let kind = |result: io::Result<()>| result.unwrap_err().kind();
    four.join(&group("239.255.7.7")).unwrap();
    assert_eq!(
        kind(four.join(&group("239.255.7.7"))),
        io::ErrorKind::AddrInUse
    );
    assert_eq!(
        kind(four.leave(&group("239.255.7.8"))),
        io::ErrorKind::AddrNotAvailable
    );
    assert_eq!(
        kind(four.join(&group("192.0.2.1"))),
        io::ErrorKind::InvalidInput
    );
    assert_eq!(
        kind(four.join(&of_source("232.255.7.2", "::1"))),
        io::ErrorKind::InvalidInput
    );
    assert!(four.join(&group("ff15::7:7")).is_err());
}

#[tokio::test]
async fn broadcast_is_sent_by_who_asked_for_it() {
    let listener = bind("0.0.0.0:0");
    let everyone = SocketAddr::new(
        "127.255.255.255".parse().unwrap(),
        listener.local_addr().port(),
    );
    let careful = bind("127.0.0.1:0");
    let error = careful.send_to(b"to all", everyone).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);

    let loud = DgramOptions {
        broadcast: true,
        ..DgramOptions::default()
    };
    let loud = bind_with("127.0.0.1:0", &loud);
    loud.send_to(b"to all", everyone).await.unwrap();
    let received = listener.recv(&mut [0; 16]).await.unwrap();
    assert_eq!((received.len, received.from), (6, loud.local_addr()));
}
