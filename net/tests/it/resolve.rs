//! From hosts to addresses.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wharf_net::{PrefixSet, Resolve, Resolving, StaticResolver, SystemResolver};

/// Answers everything with nothing and counts.
#[derive(Default)]
struct Nothing(AtomicUsize);

impl Resolve for Nothing {
    fn lookup<'a>(&'a self, _name: &'a str, _port: u16) -> Resolving<'a> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(Vec::new()) })
    }
}

#[tokio::test]
async fn an_address_is_not_asked_for() {
    let resolver: Arc<dyn Resolve> = Arc::new(Nothing::default());
    for host in ["192.0.2.1", "::1"] {
        let address: IpAddr = host.parse().unwrap();
        assert_eq!(
            resolver.resolve(host, 80).await.unwrap(),
            [SocketAddr::new(address, 80)]
        );
    }
}

#[tokio::test]
async fn what_can_be_no_name_is_not_asked_for() {
    let resolver = Nothing::default();
    let long = "x".repeat(254);
    for host in ["", "a\0b", "two words", "[::1]:80 ", &long] {
        let error = resolver.resolve(host, 80).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{host:?}");
    }
    assert_eq!(resolver.0.load(Ordering::Relaxed), 0);
    assert!(resolver.resolve("x", 80).await.is_err());
    assert_eq!(resolver.0.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_answer_without_addresses_is_an_error() {
    let error = Nothing::default().resolve("x", 80).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[tokio::test]
async fn the_system_knows_localhost() {
    let addresses = SystemResolver::default()
        .resolve("localhost", 80)
        .await
        .unwrap();
    for address in addresses {
        assert!(address.ip().is_loopback(), "{address}");
        assert_eq!(address.port(), 80);
    }
}

#[tokio::test]
async fn the_system_fails_on_a_name_that_cannot_exist() {
    // RFC 6761 §6.4.
    let found = SystemResolver::default().resolve("wharf.invalid", 80).await;
    assert!(found.is_err(), "{found:?}");
}

#[tokio::test]
async fn an_address_in_disguise_is_caught_after_the_system_has_read_it() {
    let denied = PrefixSet::not_global();
    for host in ["127.1", "2130706433", "0x7f.0.0.1"] {
        let addresses = SystemResolver::default().resolve(host, 80).await.unwrap();
        assert!(
            addresses
                .iter()
                .all(|address| denied.contains(address.ip())),
            "{host}: {addresses:?}"
        );
    }
}

#[tokio::test]
async fn the_bound_is_kept() {
    let resolver = SystemResolver { addresses_max: 0 };
    let error = resolver.resolve("localhost", 80).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[tokio::test]
async fn a_table_answers_in_its_order_and_for_its_names_only() {
    let list: Vec<IpAddr> = ["2001:db8::1", "192.0.2.1", "2001:db8::2"]
        .map(|text| text.parse().unwrap())
        .into();
    let table = StaticResolver::new([("A.example.", list.clone()), ("none.example", vec![])]);
    for host in ["a.example", "a.example.", "A.EXAMPLE"] {
        let found = table.resolve(host, 443).await.unwrap();
        let ips: Vec<_> = found.iter().map(SocketAddr::ip).collect();
        assert_eq!(ips, list);
        assert!(found.iter().all(|address| address.port() == 443));
    }
    for host in ["b.example", "none.example", "a.example.org"] {
        let error = table.resolve(host, 443).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound, "{host}");
    }
}

#[tokio::test]
async fn a_pinned_name_is_not_asked_for_and_the_others_are() {
    let asked = Arc::new(Nothing::default());
    let pinned = StaticResolver::new([("a.example", vec!["192.0.2.1".parse().unwrap()])])
        .otherwise(asked.clone());
    pinned.resolve("a.example", 443).await.unwrap();
    assert_eq!(asked.0.load(Ordering::Relaxed), 0);
    pinned.resolve("b.example", 443).await.unwrap_err();
    assert_eq!(asked.0.load(Ordering::Relaxed), 1);
}
