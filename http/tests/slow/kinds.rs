//! The four kinds of slowness, one after the other.

use std::time::Duration;

use wharf_http::ServerConfig;

use crate::attackers::{ATTACKERS, Attackers};
use crate::harbour::{Harbour, run};
use crate::service::FLOOD_BYTES;
use crate::well_behaved::WellBehaved;
use crate::{descriptors, memory};

/// What a client may cost that has sent a part of a body, and whose handler waits for the rest. Measured: 8 KB.
const BODY_BYTES_MAX: u64 = 12 * 1024;
/// That has sent a part of a head. Measured: 12 KB, most of it the buffer that the rest is read into; but what the
/// kinds before it cost may be counted too.
const HEAD_BYTES_MAX: u64 = 24 * 1024;
/// That reads nothing of a response in small pieces. Measured: 78 KB, most of it the 64 KiB of output that the server
/// collects before it waits.
const READER_BYTES_MAX: u64 = 112 * 1024;

const SECOND: Duration = Duration::from_secs(1);

/// One after the other, the cheapest first: each needs thousands of descriptors, and the memory is that of the process.
#[test]
fn slow_clients_delay_nobody_cost_little_and_are_cut_at_their_deadlines() {
    descriptors::require(2 * ATTACKERS as u64 + 200);
    memory::grown_bytes();
    bodies_that_stall();
    bodies_that_drip();
    heads_that_drip();
    responses_that_nobody_reads();
}

/// The defaults, but for the idle timeout: the well-behaved client keeps its connection while the clock leaps.
fn config() -> ServerConfig {
    ServerConfig {
        idle_timeout: 3600 * SECOND,
        ..ServerConfig::default()
    }
}

fn against(config: ServerConfig, clients: impl FnOnce(&Harbour) + Send + 'static) {
    let report = run(config, clients);
    assert!(report.accepted > ATTACKERS as u64);
    assert_eq!(report.finished, report.accepted, "{report:?}");
}

/// The memory of all is within a bound for each.
#[track_caller]
fn each_costs_at_most(bytes_max: u64) {
    let each = memory::grown_bytes() / ATTACKERS as u64;
    assert!(
        each <= bytes_max,
        "{each} bytes for each, {bytes_max} at most"
    );
}

/// Each was told that it was too slow, and then the connection ended in order.
#[track_caller]
fn are_told(attackers: Attackers, phase: &str) {
    for (received, failure) in attackers.endings() {
        let text = String::from_utf8(received).unwrap();
        assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
        assert!(text.contains("connection: close\r\n"), "{text}");
        assert!(
            text.ends_with(&format!("\r\n\r\nthe {phase} took too long\n")),
            "{text}"
        );
        assert_eq!(failure, None);
    }
}

/// The beginning of a request with a body.
const BODY: &str = "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nten bytes.";

/// Waits until so much content of each has come.
fn have_come(each: u64, good: &mut WellBehaved, harbour: &Harbour) {
    let all = each * ATTACKERS as u64;
    good.until("it has come", || harbour.seen.received_bytes() == all);
}

fn bodies_that_stall() {
    let without_pace = ServerConfig {
        body_rate_min: None,
        ..config()
    };
    against(without_pace, |harbour| {
        let mut good = WellBehaved::new(harbour);
        let mut attackers = Attackers::connect(harbour, BODY);
        have_come(10, &mut good, harbour);
        good.is_served();
        each_costs_at_most(BODY_BYTES_MAX);
        harbour.let_pass(29 * SECOND);
        good.is_served();
        attackers.drip();
        // The wait begins anew with each piece.
        have_come(11, &mut good, harbour);
        harbour.let_pass(29 * SECOND);
        good.is_served();
        attackers.are_left_alone();
        harbour.let_pass(SECOND);
        good.is_served();
        are_told(attackers, "body");
    });
}

fn bodies_that_drip() {
    against(config(), |harbour| {
        let mut good = WellBehaved::new(harbour);
        let mut attackers = Attackers::connect(harbour, BODY);
        have_come(10, &mut good, harbour);
        for drips in [1, 2] {
            harbour.let_pass(14 * SECOND);
            attackers.drip();
            have_come(10 + drips, &mut good, harbour);
            good.is_served();
        }
        attackers.are_left_alone();
        // No piece was late, but half a minute is over, and twelve bytes buy no more.
        harbour.let_pass(3 * SECOND);
        good.is_served();
        are_told(attackers, "body");
    });
}

fn heads_that_drip() {
    against(config(), |harbour| {
        let mut good = WellBehaved::new(harbour);
        let mut attackers = Attackers::connect(harbour, "GET /one HTTP/1.1\r\nHost: a\r\nX-Drip: ");
        good.is_served();
        each_costs_at_most(HEAD_BYTES_MAX);
        // Nine seconds of ten, however steadily it drips.
        for _ in 0..3 {
            harbour.let_pass(3 * SECOND);
            attackers.drip();
            good.is_served();
        }
        attackers.are_left_alone();
        harbour.let_pass(SECOND);
        good.is_served();
        are_told(attackers, "head");
    });
}

fn responses_that_nobody_reads() {
    against(config(), |harbour| {
        let mut good = WellBehaved::new(harbour);
        let attackers = Attackers::connect(harbour, "GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
        let seen = harbour.seen.clone();
        good.until("each is being answered", || {
            seen.begun_floods() == ATTACKERS as u64
        });
        good.is_served();
        each_costs_at_most(READER_BYTES_MAX);
        harbour.let_pass(29 * SECOND);
        good.is_served();
        assert_eq!(seen.ended_floods(), 0);
        // What the kernel took late counts as progress, and gives half a minute more.
        for _ in 0..31 {
            harbour.let_pass(SECOND);
            good.is_served();
        }
        assert_eq!(seen.ended_floods(), ATTACKERS as u64);
        for (received, _) in attackers.endings() {
            assert!(received.len() < FLOOD_BYTES, "it was answered whole");
        }
    });
}
