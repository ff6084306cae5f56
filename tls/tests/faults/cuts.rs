//! The connection is cut at each byte that either side sends: of the handshake, the content and the close.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::time::Instant;
use wharf_faults::{Ends, Plan, Report, Script, Step};
use wharf_tls::{Closed, TlsVersions, Truncated};

use crate::pair::{ANSWER, Met, Outcome, Pair, QUESTION};

const STEPS: [Step; 3] = [Step::Cut, Step::HalfClose, Step::Reset(Ends::Both)];

#[tokio::test(start_paused = true)]
async fn a_cut_after_any_byte_of_a_tls13_client_is_an_error_on_both_sides() {
    cut_what_the_client_sends(TlsVersions::Tls13).await;
}

#[tokio::test(start_paused = true)]
async fn a_cut_after_any_byte_of_a_tls12_client_is_an_error_on_both_sides() {
    cut_what_the_client_sends(TlsVersions::Tls12).await;
}

#[tokio::test(start_paused = true)]
async fn a_cut_after_any_byte_of_a_tls13_server_is_an_error_for_its_client() {
    cut_what_the_server_sends(TlsVersions::Tls13).await;
}

#[tokio::test(start_paused = true)]
async fn a_cut_after_any_byte_of_a_tls12_server_is_an_error_for_its_client() {
    cut_what_the_server_sends(TlsVersions::Tls12).await;
}

async fn cut_what_the_client_sends(versions: TlsVersions) {
    let pair = Pair::new(versions);
    let [sent, _] = pair.layout().await;
    for step in STEPS {
        for at in 0..sent.end {
            let what = format!("{step:?} after {at} of {sent:?}");
            let plan = Plan::a_to_b(Script::after(at, step));
            let (client, server, report) = at_once(&pair, plan, &what).await;
            assert_eq!(report.a_to_b.delivered, at, "{what}");
            // The client's Finished ends the server's handshake.
            assert_eq!(server.is_ok(), at >= sent.content, "{what}");
            is_cut(&server, &QUESTION[..sent.records(at)].concat(), &what);
            // Half a question is not answered.
            is_cut(&client, b"", &what);
        }
    }
    let plan = Plan::a_to_b(Script::after(sent.end, Step::HalfClose));
    let (client, server, _) = at_once(&pair, plan, "nothing is lost").await;
    is_whole(&server, QUESTION, "nothing is lost");
    is_whole(&client, ANSWER, "nothing is lost");
}

async fn cut_what_the_server_sends(versions: TlsVersions) {
    let pair = Pair::new(versions);
    let [_, sent] = pair.layout().await;
    for step in STEPS {
        let mut is_connected = Vec::new();
        for at in 0..sent.end {
            let what = format!("{step:?} after {at} of {sent:?}");
            let plan = Plan::b_to_a(Script::after(at, step));
            let (client, server, report) = at_once(&pair, plan, &what).await;
            assert_eq!(report.b_to_a.delivered, at, "{what}");
            is_connected.push(client.is_ok());
            is_cut(&client, &ANSWER[..sent.records(at)].concat(), &what);
            if at > sent.content {
                is_whole(&server, QUESTION, &what);
            } else {
                is_whole_or_cut(&server, &what);
            }
        }
        // The tickets of TLS 1.3 come between the server's Finished and the content.
        let connected_at = is_connected.partition_point(|&is| !is) as u64;
        let tickets = sent.content - connected_at;
        assert!(is_connected.is_sorted(), "{step:?}");
        assert_eq!(tickets > 0, versions == TlsVersions::Tls13, "{step:?}");
    }
    let plan = Plan::b_to_a(Script::after(sent.end, Step::HalfClose));
    let (client, server, _) = at_once(&pair, plan, "nothing is lost").await;
    is_whole(&client, ANSWER, "nothing is lost");
    is_whole(&server, QUESTION, "nothing is lost");
}

#[tokio::test(start_paused = true)]
async fn a_close_is_clean_only_when_neither_side_is_cut_before_its_end() {
    for versions in [TlsVersions::Tls13, TlsVersions::Tls12] {
        let pair = Pair::new(versions);
        let ways = [Plan::a_to_b as fn(Script) -> Plan, Plan::b_to_a];
        for (way, sent) in ways.into_iter().zip(pair.layout().await) {
            for at in sent.content..=sent.end {
                let left = pair.leave(way(Script::after(at, Step::HalfClose))).await;
                let (closed, after) = left.client;
                let expected = match at == sent.end {
                    true => Closed::Clean,
                    false => Closed::Truncated,
                };
                assert_eq!(closed.unwrap(), expected, "{versions:?}, {at} of {sent:?}");
                assert_eq!(after, Duration::ZERO, "{versions:?}, {at} of {sent:?}");
            }
        }
    }
}

/// Nobody waits for a deadline when the connection is gone.
async fn at_once(pair: &Pair, plan: Plan, what: &str) -> (Outcome, Outcome, Report) {
    let start = Instant::now();
    let exchanged = pair.exchange(plan).await;
    assert_eq!(start.elapsed(), Duration::ZERO, "{what}");
    exchanged
}

/// The connection was lost in the handshake, or behind it after exactly `content`.
#[track_caller]
fn is_cut(outcome: &Outcome, content: &[u8], what: &str) {
    match outcome {
        Err(error) => {
            assert!(error.is_io(), "{what}: {error}");
            assert_eq!(content, b"", "{what}: {error}");
        }
        Ok(Met { content: read, end }) => {
            assert_eq!(read, content, "{what}");
            let Err(error) = end else {
                panic!("{what}: {end:?}");
            };
            // A write sees a reset before a read does.
            let is_reset = error.kind() == ErrorKind::BrokenPipe;
            assert!(Truncated::is(error) || is_reset, "{what}: {error:?}");
        }
    }
}

#[track_caller]
fn is_whole(outcome: &Outcome, content: [&[u8]; 2], what: &str) {
    match outcome {
        Ok(Met {
            content: read,
            end: Ok(Closed::Clean),
        }) => assert_eq!(*read, content.concat(), "{what}"),
        other => panic!("{what}: {other:?}"),
    }
}

/// Of a server, whose question is cut only because its client gave up.
#[track_caller]
fn is_whole_or_cut(server: &Outcome, what: &str) {
    match server {
        Ok(Met { end: Ok(_), .. }) => is_whole(server, QUESTION, what),
        Ok(Met { content, .. }) => {
            assert!(QUESTION.concat().starts_with(content), "{what}");
            is_cut(server, content, what);
        }
        Err(_) => is_cut(server, b"", what),
    }
}
