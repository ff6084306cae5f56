//! A run that is killed, anywhere: the next one finds a whole pair, or makes one.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use wharf_interop_tests::{PATIENCE, Process};
use wharf_pki::validity::DAY;

use super::{Lab, now};

const ROUNDS: u32 = 40;

#[test]
fn a_run_that_is_killed_leaves_a_pair_that_matches_or_is_mended() {
    let lab = Lab::new(90 * DAY, now());
    // The first one may have to build the command.
    lab.renew(&["localhost"], 0);
    let begun = Instant::now();
    lab.renew(&["localhost"], 0);
    let whole = begun.elapsed();
    let mut killed = 0;
    for round in 0..ROUNDS {
        let mut process = Process::spawn(&mut lab.command(&["localhost"]));
        // From its start to a little past its usual end.
        let after: Duration = whole * (round + 1) / (ROUNDS - 4);
        if process.wait_within(after).is_none() {
            process.signal(Signal::KILL);
            killed += 1;
        }
        process.wait_within(PATIENCE).expect("it was killed");
        lab.pair.recover().unwrap();
        lab.check_pair();
        // Whatever the inventory says of it, the next run brings both together.
        let ended = Process::run(&mut lab.command(&["--all", "--if-needed"]));
        assert!(matches!(ended.code(), Some(0 | 3)), "{ended}");
        lab.check_pair();
        lab.renew(&["--all", "--if-needed"], 3);
        let records = lab.records();
        let last: Vec<_> = records
            .iter()
            .filter(|one| one.replaced_by.is_none())
            .collect();
        assert_eq!(last.len(), 1, "round {round}");
        assert!(!last[0].is_unwritten(), "round {round}");
    }
    assert!(killed > ROUNDS / 4, "only {killed} of {ROUNDS} were killed");
}
