//! The seeds of the fuzz target, on stable.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/check/kex_message.rs"]
mod check;

fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/kex_message");
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let seeds: Vec<_> = files.map(|file| fs::read(file.path()).unwrap()).collect();
    assert!(seeds.len() >= 5);
    seeds
}

#[test]
fn the_check_holds_for_every_seed_its_beginnings_and_a_change_of_each_octet() {
    for seed in seeds() {
        check::check(&seed);
        let step = seed.len() / 64 + 1;
        for at in (0..seed.len()).step_by(step) {
            check::check(&seed[..at]);
            let mut changed = seed.clone();
            changed[at] ^= 1 << (at % 8);
            check::check(&changed);
        }
    }
}
