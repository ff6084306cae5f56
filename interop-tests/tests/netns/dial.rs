//! RFC 8305 where it counts: between an address that works and one that does not.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::timeout;
use wharf_interop_tests::netns::{self, Pair, SERVER_V4, SERVER_V6, WIRE};
use wharf_net::{
    Addr, AttemptEnd, Bind, Conn, DialError, DialPhase, Dialer, Endpoint, RaceOptions,
    StaticResolver, TcpOptions,
};

use crate::{BOTH, NOTICED, PORT, connect};

/// A rule for each family that swallows what goes to the server: a black hole.
const V4_SWALLOWED: &str = "ip daddr 192.0.2.2 tcp dport 7000 drop";
const V6_SWALLOWED: &str = "ip6 daddr 2001:db8::2 tcp dport 7000 drop";

/// A dialer with the defaults, for which `far.test` has an address of each family, IPv6 first.
fn dialer() -> Dialer {
    let addresses = vec![IpAddr::V6(SERVER_V6), IpAddr::V4(SERVER_V4)];
    Dialer {
        resolver: Arc::new(StaticResolver::new([("far.test", addresses)])),
        ..Dialer::default()
    }
}

fn far() -> Endpoint {
    format!("far.test:{PORT}").parse().unwrap()
}

fn v4() -> Addr {
    Addr::Inet(SocketAddr::from((SERVER_V4, PORT)))
}

fn v6() -> Addr {
    Addr::Inet(SocketAddr::from((SERVER_V6, PORT)))
}

/// Dials `far.test` from the client while the server listens on `endpoint`, and takes the time.
fn dial(pair: &Pair, dialer: &Dialer, endpoint: &str) -> (Result<Conn, DialError>, Duration) {
    pair.client.play(async || {
        let _listener = pair.server.listen(endpoint, &Bind::default());
        let started = Instant::now();
        let dialed = dialer.dial(&far()).await;
        (dialed, started.elapsed())
    })
}

const SLOW: Duration = Duration::from_millis(300);

/// The good address needs longer than the attempt delay, and the other one never answers.
#[test]
fn a_slow_family_wins_over_one_that_is_a_black_hole() {
    let Some(pair) = netns::pair_with_delay(SLOW) else {
        return;
    };
    pair.server.on_input(V4_SWALLOWED);
    pair.client.play(async || {
        let _listener = pair.server.listen(BOTH, &Bind::default());
        let started = Instant::now();
        let conn = dialer().dial(&far()).await.unwrap();
        assert_eq!(conn.info().peer, v6());
        // The network is as slow as it was meant to be: IPv4 had its turn while IPv6 was under way.
        assert!(started.elapsed() >= 2 * SLOW, "{:?}", started.elapsed());
        assert!(conn.tcp_info().unwrap().rtt >= 2 * SLOW);
    });
}

/// The twin that shows the race to be needed: an attempt that ends when the next one starts never connects here.
#[test]
fn attempts_that_end_when_the_next_one_starts_never_win() {
    let Some(pair) = netns::pair_with_delay(SLOW) else {
        return;
    };
    pair.server.on_input(V4_SWALLOWED);
    pair.client.play(async || {
        let _listener = pair.server.listen(BOTH, &Bind::default());
        let delay = RaceOptions::default().attempt_delay;
        let cut_short = |address| async move { timeout(delay, TcpStream::connect(address)).await? };
        let error = dialer().dial_with(&far(), cut_short).await.unwrap_err();
        assert_eq!(error.attempts().len(), 2, "{error}");
    });
}

#[test]
fn the_other_way_round_the_slow_family_wins_too() {
    let Some(pair) = netns::pair_with_delay(SLOW) else {
        return;
    };
    pair.server.on_input(V6_SWALLOWED);
    let (dialed, elapsed) = dial(&pair, &dialer(), BOTH);
    assert_eq!(dialed.unwrap().info().peer, v4());
    assert!(
        elapsed >= 2 * SLOW + RaceOptions::default().attempt_delay,
        "{elapsed:?}"
    );
}

#[test]
fn a_black_hole_costs_the_attempt_delay_and_not_the_deadline() {
    let Some(pair) = netns::pair() else { return };
    pair.server.on_input(V6_SWALLOWED);
    let (dialed, elapsed) = dial(&pair, &dialer(), BOTH);
    assert_eq!(dialed.unwrap().info().peer, v4());
    assert!(
        elapsed >= RaceOptions::default().attempt_delay,
        "{elapsed:?}"
    );
}

/// The twin that shows the black hole to be one.
#[test]
fn one_attempt_at_a_time_never_gets_past_a_black_hole() {
    let Some(pair) = netns::pair() else { return };
    pair.server.on_input(V6_SWALLOWED);
    let sequential = Dialer {
        race: RaceOptions {
            attempts_at_once_max: 1,
            ..RaceOptions::default()
        },
        deadline: Duration::from_secs(2),
        ..dialer()
    };
    let (dialed, _) = dial(&pair, &sequential, BOTH);
    let error = dialed.unwrap_err();
    assert_eq!(error.timed_out_in(), Some(DialPhase::Connect), "{error}");
    assert_eq!(error.attempts().len(), 1, "{error}");
}

#[test]
fn two_black_holes_end_at_the_deadline_and_both_are_named() {
    let Some(pair) = netns::pair() else { return };
    pair.server.on_input(V4_SWALLOWED);
    pair.server.on_input(V6_SWALLOWED);
    let impatient = Dialer {
        deadline: Duration::from_secs(1),
        ..dialer()
    };
    let (dialed, elapsed) = dial(&pair, &impatient, BOTH);
    let error = dialed.unwrap_err();
    assert_eq!(error.timed_out_in(), Some(DialPhase::Connect), "{error}");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let tried: Vec<_> = error
        .attempts()
        .iter()
        .map(|attempt| Addr::Inet(attempt.address))
        .collect();
    assert_eq!(tried, [v6(), v4()], "{error}");
    for attempt in error.attempts() {
        assert!(matches!(attempt.end, AttemptEnd::Unanswered), "{error}");
    }
    // The kernel would go on for two minutes.
    assert!(
        elapsed >= impatient.deadline && elapsed < NOTICED,
        "{elapsed:?}"
    );
}

/// Dials where IPv6 fails as `break_v6` makes it fail. IPv4 has to follow at once: the next start is only due after the
/// deadline.
#[track_caller]
fn falls_over_at_once(listening: &str, break_v6: impl FnOnce(&Pair)) {
    let Some(pair) = netns::pair() else { return };
    break_v6(&pair);
    let delay = Duration::from_secs(2);
    let patient = Dialer {
        race: RaceOptions {
            attempt_delay: delay,
            ..RaceOptions::default()
        },
        deadline: delay,
        ..dialer()
    };
    let (dialed, _) = dial(&pair, &patient, listening);
    assert_eq!(dialed.unwrap().info().peer, v4());
}

#[test]
fn a_family_without_a_listener_is_passed_over_at_once() {
    falls_over_at_once("0.0.0.0:7000", |_| {});
}

#[test]
fn a_family_that_is_reset_on_the_way_is_passed_over_at_once() {
    falls_over_at_once(BOTH, |pair| {
        pair.server
            .on_input("ip6 nexthdr tcp reject with tcp reset");
    });
}

#[test]
fn a_family_that_a_router_cannot_reach_is_passed_over_at_once() {
    for code in ["no-route", "addr-unreachable", "port-unreachable"] {
        falls_over_at_once(BOTH, |pair| {
            let rule = format!("ip6 nexthdr tcp reject with icmpv6 type {code}");
            pair.server.on_input(&rule);
        });
    }
}

#[test]
fn a_family_that_a_firewall_prohibits_is_passed_over_at_once() {
    falls_over_at_once(BOTH, |pair| {
        pair.server
            .on_input("ip6 nexthdr tcp reject with icmpv6 type admin-prohibited");
    });
}

#[test]
fn a_family_without_a_route_is_passed_over_at_once() {
    // Each has an error of its own: EHOSTUNREACH, EACCES, EINVAL.
    for kind in ["unreachable", "prohibit", "blackhole"] {
        falls_over_at_once(BOTH, |pair| {
            pair.client.ip(&format!("route add {kind} {SERVER_V6}/128"));
        });
    }
    falls_over_at_once(BOTH, |pair| {
        pair.client.ip(&format!("-6 address flush dev {WIRE}"));
    });
}

#[test]
fn when_every_family_is_refused_each_attempt_says_how() {
    let Some(pair) = netns::pair() else { return };
    pair.server
        .on_input("ip6 nexthdr tcp reject with icmpv6 type admin-prohibited");
    pair.server
        .on_input("ip protocol tcp reject with tcp reset");
    let (dialed, _) = dial(&pair, &dialer(), BOTH);
    let error = dialed.unwrap_err();
    assert_eq!(error.timed_out_in(), None, "{error}");
    let kinds: Vec<_> = error
        .attempts()
        .iter()
        .map(|attempt| match &attempt.end {
            AttemptEnd::Failed(error) => error.kind(),
            _ => panic!("{attempt}"),
        })
        .collect();
    assert_eq!(
        kinds,
        [ErrorKind::PermissionDenied, ErrorKind::ConnectionRefused],
        "{error}"
    );
}

#[test]
fn lost_syns_are_made_good_by_the_other_family() {
    let Some(pair) = netns::pair() else { return };
    pair.server
        .on_input("ip6 nexthdr tcp tcp dport 7000 numgen inc mod 1000000 < 2 drop");
    let (dialed, _) = dial(&pair, &dialer(), BOTH);
    // The kernel sends the SYN again after one second, and then after two more; only the third one gets through.
    assert_eq!(dialed.unwrap().info().peer, v4());
}

#[test]
fn a_lost_syn_to_the_only_address_is_sent_again() {
    let Some(pair) = netns::pair() else { return };
    pair.server
        .on_input("tcp dport 7000 numgen inc mod 1000000 0 drop");
    pair.client.play(async || {
        let (dialed, _accepted) = connect(&pair, TcpOptions::default()).await;
        assert_eq!(dialed.tcp_info().unwrap().retransmitted, 1);
    });
}
