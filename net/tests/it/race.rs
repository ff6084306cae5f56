//! Races on paused time: no socket, no name, no waiting.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::{Instant, sleep, timeout};
use wharf_net::{Attempt, AttemptEnd, Race, RaceOptions, interleave_families};

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn v6(host: u16) -> SocketAddr {
    SocketAddr::from((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host), 443))
}

fn v4(host: u8) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(192, 0, 2, host), 443))
}

/// What a connect to one address does.
#[derive(Clone, Copy, Debug)]
enum Peer {
    Answers(u64),
    Refuses(u64),
    Silent,
}

use Peer::{Answers, Refuses, Silent};

/// A network of such peers, and what a race did to it.
struct Network<'a> {
    peers: &'a [(SocketAddr, Peer)],
    created: Instant,
    starts: RefCell<Vec<(SocketAddr, u64)>>,
    /// In the order of their starts.
    under_way: RefCell<Vec<SocketAddr>>,
    under_way_max: Cell<usize>,
    dropped: RefCell<Vec<Dropped>>,
}

/// A connect that was dropped before it ended.
#[derive(Clone, Copy, Debug)]
struct Dropped {
    address: SocketAddr,
    at: u64,
    /// How many were under way, this one among them, and how many of them were older.
    under_way: usize,
    older: usize,
    /// How many had been started by then.
    started: usize,
}

/// Notes that its connect was dropped before it ended.
struct UnderWay<'n, 'a> {
    network: &'n Network<'a>,
    address: SocketAddr,
    ended: bool,
}

impl Drop for UnderWay<'_, '_> {
    fn drop(&mut self) {
        let network = self.network;
        let mut under_way = network.under_way.borrow_mut();
        let place = under_way.iter().position(|a| *a == self.address).unwrap();
        if !self.ended {
            network.dropped.borrow_mut().push(Dropped {
                address: self.address,
                at: network.now(),
                under_way: under_way.len(),
                older: place,
                started: network.starts.borrow().len(),
            });
        }
        under_way.remove(place);
    }
}

impl<'a> Network<'a> {
    fn new(peers: &'a [(SocketAddr, Peer)]) -> Self {
        Self {
            peers,
            created: Instant::now(),
            starts: RefCell::default(),
            under_way: RefCell::default(),
            under_way_max: Cell::new(0),
            dropped: RefCell::default(),
        }
    }

    fn now(&self) -> u64 {
        self.created.elapsed().as_millis().try_into().unwrap()
    }

    fn under_way_count(&self) -> usize {
        self.under_way.borrow().len()
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.peers.iter().map(|(address, _)| *address).collect()
    }

    fn connect(&self, address: SocketAddr) -> impl Future<Output = io::Result<SocketAddr>> {
        self.starts.borrow_mut().push((address, self.now()));
        self.under_way.borrow_mut().push(address);
        self.under_way_max
            .set(self.under_way_max.get().max(self.under_way_count()));
        let guard = UnderWay {
            network: self,
            address,
            ended: false,
        };
        let (_, peer) = self.peers.iter().find(|(a, _)| *a == address).unwrap();
        async move {
            let mut guard = guard;
            let result = match *peer {
                Answers(after) => {
                    sleep(ms(after)).await;
                    Ok(address)
                }
                // A connect may also fail without waiting, as one without a route does.
                Refuses(0) => Err(io::ErrorKind::NetworkUnreachable.into()),
                Refuses(after) => {
                    sleep(ms(after)).await;
                    Err(io::ErrorKind::ConnectionRefused.into())
                }
                Silent => std::future::pending().await,
            };
            guard.ended = true;
            result
        }
    }
}

/// What a race did: the winner and when, and the start of each attempt.
#[derive(Debug, PartialEq, Eq)]
struct Course {
    winner: Option<(SocketAddr, u64)>,
    starts: Vec<(SocketAddr, u64)>,
}

/// Runs a race to its end, or for an hour.
async fn course(peers: &[(SocketAddr, Peer)], options: &RaceOptions) -> (Course, Vec<Attempt>) {
    let network = Network::new(peers);
    let mut race = Race::new(&network.addresses(), options, |a| network.connect(a));
    let won = timeout(ms(3_600_000), race.run()).await.ok().flatten();
    let end = network.now();
    if won.is_some() {
        assert_eq!(
            network.under_way_count(),
            0,
            "a loser goes on after the race was won"
        );
    }
    let attempts = race.into_attempts();
    assert_eq!(network.under_way_count(), 0);
    let at_once_max = options.attempts_at_once_max.max(1);
    let at_once = network.under_way_max.get();
    assert!(at_once <= at_once_max, "{at_once} at once");
    let starts = network.starts.borrow().clone();
    for dropped in network.dropped.borrow().iter() {
        let attempt = attempts.iter().find(|a| a.address == dropped.address);
        let attempt = attempt.unwrap();
        assert!(matches!(attempt.end, AttemptEnd::Unanswered), "{attempt}");
        assert_eq!(attempt.started + attempt.elapsed, ms(dropped.at));
        if dropped.at < end {
            // Given up: only the oldest of all that may be, when it had its share, and for an address that waited.
            assert_eq!(dropped.under_way, at_once_max, "{dropped:?}");
            assert_eq!(dropped.older, 0, "{dropped:?}");
            assert!(attempt.elapsed >= options.attempt_share, "{dropped:?}");
            let (_, next) = starts[dropped.started];
            assert_eq!(next, dropped.at, "{dropped:?}");
        }
    }
    let reported: Vec<_> = attempts
        .iter()
        .map(|a| (a.address, a.started.as_millis().try_into().unwrap()))
        .collect();
    assert_eq!(reported, starts, "the report differs from what happened");
    (
        Course {
            winner: won.map(|won| {
                assert_eq!(won.address, won.connected);
                (won.address, end)
            }),
            starts,
        },
        attempts,
    )
}

#[track_caller]
fn paused<T>(run: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(run)
}

#[track_caller]
fn check(
    peers: &[(SocketAddr, Peer)],
    winner: Option<(SocketAddr, u64)>,
    starts: &[(SocketAddr, u64)],
) {
    let (course, _) = paused(course(peers, &RaceOptions::default()));
    assert_eq!(course.winner, winner);
    assert_eq!(course.starts, starts);
}

#[test]
fn a_first_address_that_answers_in_time_is_the_only_one_tried() {
    check(
        &[(v6(1), Answers(249)), (v4(1), Answers(1))],
        Some((v6(1), 249)),
        &[(v6(1), 0)],
    );
}

#[test]
fn a_slow_family_is_not_given_up_for_a_dead_one() {
    check(
        &[(v6(1), Answers(600)), (v4(1), Silent)],
        Some((v6(1), 600)),
        &[(v6(1), 0), (v4(1), 250)],
    );
}

#[test]
fn a_dead_family_costs_one_delay() {
    check(
        &[(v6(1), Silent), (v6(2), Silent), (v4(1), Answers(20))],
        Some((v4(1), 270)),
        &[(v6(1), 0), (v4(1), 250)],
    );
}

#[test]
fn a_refusal_starts_the_next_attempt_at_once() {
    check(
        &[(v6(1), Refuses(3)), (v4(1), Answers(20))],
        Some((v4(1), 23)),
        &[(v6(1), 0), (v4(1), 3)],
    );
}

#[test]
fn a_connect_that_fails_without_waiting_costs_nothing() {
    check(
        &[
            (v6(1), Refuses(0)),
            (v6(2), Refuses(0)),
            (v4(1), Answers(20)),
        ],
        Some((v4(1), 20)),
        &[(v6(1), 0), (v4(1), 0)],
    );
}

#[test]
fn a_refusal_restarts_the_delay_from_the_new_start() {
    check(
        &[
            (v6(1), Refuses(100)),
            (v4(1), Silent),
            (v6(2), Silent),
            (v4(2), Answers(5)),
        ],
        Some((v4(2), 605)),
        &[(v6(1), 0), (v4(1), 100), (v6(2), 350), (v4(2), 600)],
    );
}

#[test]
fn the_last_resort_may_take_long() {
    check(
        &[(v6(1), Refuses(1)), (v4(1), Answers(120_000))],
        Some((v4(1), 120_001)),
        &[(v6(1), 0), (v4(1), 1)],
    );
}

#[test]
fn a_late_answer_of_an_early_attempt_wins() {
    check(
        &[(v6(1), Answers(700)), (v4(1), Silent), (v6(2), Silent)],
        Some((v6(1), 700)),
        &[(v6(1), 0), (v4(1), 250), (v6(2), 500)],
    );
}

#[test]
fn without_addresses_the_race_is_over_at_once() {
    check(&[], None, &[]);
}

#[test]
fn an_answer_at_the_moment_of_the_next_start_forestalls_it() {
    check(
        &[(v6(1), Answers(250)), (v4(1), Answers(1))],
        Some((v6(1), 250)),
        &[(v6(1), 0)],
    );
}

#[tokio::test(start_paused = true)]
async fn when_all_fail_each_is_listed_in_the_order_of_the_starts() {
    let peers = [
        (v6(1), Refuses(400)),
        (v6(2), Refuses(10)),
        (v4(1), Refuses(20)),
    ];
    let (course, attempts) = course(&peers, &RaceOptions::default()).await;
    assert_eq!(course.winner, None);
    let lines: Vec<_> = attempts.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "[2001:db8::1]:443: connection refused after 400.0ms",
            "192.0.2.1:443: connection refused after 20.0ms",
            "[2001:db8::2]:443: connection refused after 10.0ms",
        ]
    );
    assert_eq!(
        course.starts.iter().map(|(_, at)| *at).collect::<Vec<_>>(),
        [0, 250, 270]
    );
}

#[tokio::test(start_paused = true)]
async fn a_deadline_still_lists_the_attempts_under_way() {
    let peers = [(v6(1), Silent), (v4(1), Refuses(30)), (v6(2), Silent)];
    let network = Network::new(&peers);
    let mut race = Race::new(&network.addresses(), &RaceOptions::default(), |a| {
        network.connect(a)
    });
    assert!(timeout(ms(4_700), race.run()).await.is_err());
    assert_eq!(
        network.under_way_count(),
        2,
        "the race holds what it started"
    );
    let attempts = race.into_attempts();
    assert_eq!(network.under_way_count(), 0);
    let lines: Vec<_> = attempts.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "[2001:db8::1]:443: no answer after 4.7s",
            "192.0.2.1:443: connection refused after 30.0ms",
            "[2001:db8::2]:443: no answer after 4.4s",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_losers_of_a_won_race_are_reported_as_unanswered() {
    let peers = [
        (v6(1), Silent),
        (v4(1), Refuses(1)),
        (v6(2), Answers(9)),
        (v4(2), Silent),
    ];
    let (_, attempts) = course(&peers, &RaceOptions::default()).await;
    let ends: Vec<_> = attempts
        .iter()
        .map(|a| (a.address, &a.end, a.elapsed))
        .collect();
    assert!(
        matches!(
            ends[..],
            [
                (_, AttemptEnd::Unanswered, first),
                (_, AttemptEnd::Failed(_), _),
                (winner, AttemptEnd::Connected, last),
            ] if first == ms(260) && winner == v6(2) && last == ms(9)
        ),
        "{ends:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_dropped_run_goes_on_where_it_was() {
    let peers = [(v6(1), Answers(600)), (v4(1), Silent)];
    let network = Network::new(&peers);
    let mut race = Race::new(&network.addresses(), &RaceOptions::default(), |a| {
        network.connect(a)
    });
    for _ in 0..5 {
        assert!(timeout(ms(100), race.run()).await.is_err());
    }
    assert_eq!(race.run().await.unwrap().address, v6(1));
    assert_eq!(network.now(), 600);
    assert_eq!(*network.starts.borrow(), [(v6(1), 0), (v4(1), 250)]);
    assert!(race.run().await.is_none(), "a race is won once");
}

#[tokio::test(start_paused = true)]
async fn a_full_race_goes_on_at_a_failure() {
    let peers = [
        (v6(1), Silent),
        (v4(1), Refuses(2_000)),
        (v6(2), Silent),
        (v4(2), Silent),
        (v6(3), Silent),
        (v4(3), Silent),
        (v6(4), Answers(10)),
    ];
    let (course, _) = course(&peers, &RaceOptions::default()).await;
    assert_eq!(course.winner, Some((v6(4), 2_260)));
    let starts: Vec<_> = course.starts.iter().map(|(_, at)| *at).collect();
    assert_eq!(starts, [0, 250, 500, 750, 1_000, 1_250, 2_250]);
}

/// So many addresses of which none answers.
fn black_holes(count: u8) -> Vec<(SocketAddr, Peer)> {
    (1..=count).map(|n| (v4(n), Silent)).collect()
}

/// The latest start of the address with this place in the order, counted from 0: a full set of attempts each share, or
/// one each delay if that is slower.
fn latest_start(place: usize, options: &RaceOptions) -> u64 {
    let at_once = options.attempts_at_once_max.max(1);
    let delay = (options.attempt_delay.as_millis() as u64).clamp(10, 2_000);
    let share = options.attempt_share.as_millis() as u64;
    let round = share.max(delay * at_once as u64);
    (place / at_once) as u64 * round + (place % at_once) as u64 * delay
}

#[tokio::test(start_paused = true)]
async fn the_last_of_seven_addresses_is_tried_though_six_never_end() {
    let options = RaceOptions::default();
    let mut peers = black_holes(6);
    peers.push((v4(7), Answers(20)));
    let (course, attempts) = course(&peers, &options).await;
    assert_eq!(latest_start(6, &options), 2_500);
    assert_eq!(course.winner, Some((v4(7), 2_520)));
    let starts: Vec<_> = course.starts.iter().map(|(_, at)| *at).collect();
    assert_eq!(starts, [0, 250, 500, 750, 1_000, 1_250, 2_500]);
    let lines: Vec<_> = attempts.iter().map(ToString::to_string).collect();
    assert_eq!(lines[0], "192.0.2.1:443: no answer after 2.5s");
    assert_eq!(lines[1], "192.0.2.2:443: no answer after 2.3s");
    assert_eq!(lines[6], "192.0.2.7:443: connected after 20.0ms");
}

/// How many black holes may come first, within the deadline that a dialer has by default.
#[tokio::test(start_paused = true)]
async fn within_ten_seconds_the_address_behind_23_black_holes_is_found() {
    let options = RaceOptions::default();
    for (holes, start) in [(12, 5_000), (23, 8_750)] {
        let mut peers = black_holes(holes);
        peers.push((v4(holes + 1), Answers(600)));
        assert_eq!(latest_start(holes.into(), &options), start);
        let (course, _) = course(&peers, &options).await;
        assert_eq!(course.winner, Some((v4(holes + 1), start + 600)));
    }
}

#[tokio::test(start_paused = true)]
async fn no_crowd_of_black_holes_harms_a_slow_peer() {
    // A distant one, one whose first SYN was lost, both in one, and the last moment of the share.
    for answer in [600, 1_020, 1_600, 2_500] {
        for first in [v6(1), v4(100)] {
            let mut peers = vec![(first, Answers(answer))];
            peers.extend(black_holes(40));
            let (course, _) = course(&peers, &RaceOptions::default()).await;
            assert_eq!(course.winner, Some((first, answer)));
        }
        let mut peers = black_holes(40);
        peers[20].1 = Answers(answer);
        let (course, _) = course(&peers, &RaceOptions::default()).await;
        assert_eq!(course.winner, Some((v4(21), 8_000 + answer)));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_given_up_for_room_that_is_there() {
    let mut peers = black_holes(6);
    peers[0].1 = Answers(120_000);
    let (course, _) = course(&peers, &RaceOptions::default()).await;
    assert_eq!(course.winner, Some((v4(1), 120_000)));
}

#[tokio::test(start_paused = true)]
async fn the_last_ones_wait_when_nothing_waits_for_them() {
    let mut peers = black_holes(9);
    peers[3].1 = Answers(120_000);
    peers[8].1 = Refuses(10);
    let (course, _) = course(&peers, &RaceOptions::default()).await;
    assert_eq!(course.winner, Some((v4(4), 120_750)));
}

#[tokio::test(start_paused = true)]
async fn a_share_without_end_gives_nothing_up() {
    let options = RaceOptions {
        attempt_share: Duration::MAX,
        ..RaceOptions::default()
    };
    let mut peers = black_holes(7);
    peers[0].1 = Answers(120_000);
    peers[6].1 = Answers(1);
    let (course, _) = course(&peers, &options).await;
    assert_eq!(course.winner, Some((v4(1), 120_000)));
    assert_eq!(course.starts.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_share_below_the_delay_counts_as_the_delay() {
    let options = RaceOptions {
        attempts_at_once_max: 1,
        attempt_share: Duration::ZERO,
        ..RaceOptions::default()
    };
    let mut peers = black_holes(3);
    peers[1].1 = Answers(250);
    let (course, _) = course(&peers, &options).await;
    assert_eq!(course.winner, Some((v4(2), 500)));
    assert_eq!(course.starts, [(v4(1), 0), (v4(2), 250)]);
}

#[test]
fn a_race_may_move_between_threads() {
    fn send<T: Send>(_: &T) {}
    let mut race = Race::new(&[v4(1)], &RaceOptions::default(), |_| async { Ok(()) });
    send(&race);
    send(&race.run());
}

#[tokio::test(start_paused = true)]
async fn the_list_is_cut_where_the_options_say() {
    let peers: Vec<_> = (1..=9)
        .map(|n| (v6(n), Refuses(1)))
        .chain([(v4(1), Refuses(1))])
        .collect();
    let options = RaceOptions {
        attempts_max: 3,
        ..RaceOptions::default()
    };
    let (course, _) = course(&peers, &options).await;
    assert_eq!(course.starts, [(v6(1), 0), (v4(1), 1), (v6(2), 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_delay_out_of_bounds_is_taken_as_the_bound() {
    for (delay, effective) in [(0, 10), (9, 10), (10, 10), (2_000, 2_000), (60_000, 2_000)] {
        let options = RaceOptions {
            attempt_delay: ms(delay),
            ..RaceOptions::default()
        };
        let peers = [(v6(1), Silent), (v4(1), Answers(1))];
        let (course, _) = course(&peers, &options).await;
        assert_eq!(course.starts, [(v6(1), 0), (v4(1), effective)]);
    }
}

#[track_caller]
fn check_order(count: usize, addresses: &[&str], order: &[&str]) {
    let parse = |list: &[&str]| -> Vec<SocketAddr> {
        list.iter()
            .map(|a| format!("{a}:1").parse().unwrap())
            .collect()
    };
    assert_eq!(
        interleave_families(&parse(addresses), count),
        parse(order),
        "{addresses:?}"
    );
}

#[test]
fn families_take_turns_and_the_first_address_begins() {
    check_order(1, &[], &[]);
    check_order(
        1,
        &["[::1]", "[::2]", "1.1.1.1"],
        &["[::1]", "1.1.1.1", "[::2]"],
    );
    check_order(
        1,
        &["1.1.1.1", "2.2.2.2", "3.3.3.3", "[::1]"],
        &["1.1.1.1", "[::1]", "2.2.2.2", "3.3.3.3"],
    );
    check_order(1, &["[::1]", "[::2]"], &["[::1]", "[::2]"]);
}

#[test]
fn the_first_family_may_have_a_longer_first_turn() {
    let list = ["[::1]", "[::2]", "[::3]", "[::4]", "1.1.1.1", "2.2.2.2"];
    check_order(
        2,
        &list,
        &["[::1]", "[::2]", "1.1.1.1", "[::3]", "2.2.2.2", "[::4]"],
    );
    check_order(
        0,
        &list,
        &["[::1]", "1.1.1.1", "[::2]", "2.2.2.2", "[::3]", "[::4]"],
    );
    check_order(9, &list, &list);
}

#[test]
fn an_address_that_occurs_again_is_left_out() {
    check_order(
        1,
        &["1.1.1.1", "[::1]", "1.1.1.1", "[::1]", "2.2.2.2"],
        &["1.1.1.1", "[::1]", "2.2.2.2"],
    );
}

#[test]
fn a_mapped_address_is_the_one_it_stands_for() {
    check_order(
        1,
        &["[::ffff:1.1.1.1]", "[::1]", "1.1.1.1"],
        &["1.1.1.1", "[::1]"],
    );
}

#[test]
fn link_local_addresses_keep_their_scope() {
    check_order(
        1,
        &["[fe80::1%2]", "[fe80::1%3]"],
        &["[fe80::1%2]", "[fe80::1%3]"],
    );
}

/// RFC 8305 §5 and the share once more, as a walk through the milliseconds. Where several succeed in the same one, any may win.
fn model(
    peers: &[(SocketAddr, Peer)],
    options: &RaceOptions,
) -> (Vec<SocketAddr>, u64, Vec<(SocketAddr, u64)>) {
    let mut queue: Vec<(SocketAddr, Peer)> = Vec::new();
    let (mut first, mut second): (Vec<_>, Vec<_>) = peers
        .iter()
        .copied()
        .partition(|(a, _)| a.is_ipv4() == peers[0].0.is_ipv4());
    let mut turn = options.first_address_family_count.max(1);
    while !first.is_empty() || !second.is_empty() {
        let from = if (turn > 0 && !first.is_empty()) || second.is_empty() {
            &mut first
        } else {
            &mut second
        };
        queue.push(from.remove(0));
        turn = turn.checked_sub(1).unwrap_or(1);
    }
    queue.truncate(options.attempts_max.max(1));
    queue.reverse();

    let delay = options.attempt_delay.as_millis() as u64;
    let delay = delay.clamp(10, 2_000);
    let mut running: Vec<(SocketAddr, Peer, u64)> = Vec::new();
    let mut starts = Vec::new();
    let mut allowed_from = 0;
    for now in 0..200_000 {
        loop {
            let ended = |peer: Peer, start: u64| match peer {
                Answers(after) | Refuses(after) => start + after == now,
                Silent => false,
            };
            let winners: Vec<_> = running
                .iter()
                .filter(|(_, peer, start)| matches!(peer, Answers(_)) && ended(*peer, *start))
                .map(|(address, ..)| *address)
                .collect();
            if !winners.is_empty() {
                return (winners, now, starts);
            }
            let before = running.len();
            running.retain(|(_, peer, start)| !ended(*peer, *start));
            if running.len() < before {
                allowed_from = now;
            }
            if now < allowed_from {
                break;
            }
            let Some((address, peer)) = queue.last().copied() else {
                break;
            };
            if running.len() == options.attempts_at_once_max.max(1) {
                let oldest = running.iter().map(|(.., start)| *start).min().unwrap();
                if ms(now - oldest) < options.attempt_share {
                    break;
                }
                let place = running.iter().position(|(.., start)| *start == oldest);
                running.remove(place.unwrap());
            }
            queue.pop();
            starts.push((address, now));
            running.push((address, peer, now));
            allowed_from = now + delay;
        }
        if running.is_empty() && queue.is_empty() {
            break;
        }
    }
    (Vec::new(), 0, starts)
}

fn any_peer() -> impl Strategy<Value = Peer> {
    let time = prop_oneof![Just(0), 1..40u64, 200..300u64, 0..4_000u64];
    prop_oneof![
        2 => time.clone().prop_map(|after| Answers(after.max(1))),
        3 => time.prop_map(Refuses),
        2 => Just(Silent),
    ]
}

fn any_peers() -> impl Strategy<Value = Vec<(SocketAddr, Peer)>> {
    prop::collection::vec((any::<bool>(), any_peer()), 1..14).prop_map(|list| {
        list.into_iter()
            .zip(1..)
            .map(|((is_v6, peer), n)| (if is_v6 { v6(n.into()) } else { v4(n) }, peer))
            .collect()
    })
}

fn any_options() -> impl Strategy<Value = RaceOptions> {
    (
        prop_oneof![Just(250), 0..30u64, 0..3_000u64],
        0..4usize,
        0..8usize,
        0..16usize,
        prop_oneof![Just(2_500), 0..400u64, 0..5_000u64],
    )
        .prop_map(|(delay, count, at_once, all, share)| RaceOptions {
            attempt_delay: ms(delay),
            first_address_family_count: count,
            attempts_at_once_max: at_once,
            attempt_share: ms(share),
            attempts_max: all,
        })
}

proptest! {
    #[test]
    fn a_race_runs_as_the_model_says(peers in any_peers(), options in any_options()) {
        let (winners, at, starts) = model(&peers, &options);
        let (course, attempts) = paused(course(&peers, &options));
        prop_assert_eq!(&course.starts, &starts);
        match course.winner {
            Some((address, ended)) => {
                prop_assert!(winners.contains(&address), "{} won instead of {:?}", address, winners);
                prop_assert_eq!(ended, at);
            }
            None => prop_assert!(winners.is_empty(), "{:?} did not win", winners),
        }
        for (place, (address, start)) in course.starts.iter().enumerate() {
            prop_assert!(*start <= latest_start(place, &options), "{} waited until {}", address, start);
        }
        if course.winner.is_none() {
            let all = peers.len().min(options.attempts_max.max(1));
            prop_assert_eq!(course.starts.len(), all, "an address never had its turn");
        }
        let once: HashSet<_> = attempts.iter().map(|attempt| attempt.address).collect();
        prop_assert_eq!(once.len(), attempts.len(), "an address was tried twice");
    }
}
