//! A random script is the same whenever its seed is.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf_faults::{Plan, Profile, Report, Script, faulty_pipe};

const BYTES: u64 = 300;

/// What both ends receive, and the report.
async fn play(seed: u64, profile: Profile) -> (Vec<u8>, Vec<u8>, Report) {
    let plan = Plan {
        a_to_b: Script::seeded(seed, profile, BYTES),
        b_to_a: Script::seeded(seed, Profile::Slow, BYTES),
    };
    let (mut a, mut b, network) = faulty_pipe(1024, plan);
    let content: Vec<u8> = (0..BYTES).map(|n| n as u8).collect();
    for end in [&mut a, &mut b] {
        end.write_all(&content).await.unwrap();
        end.shutdown().await.unwrap();
    }
    let (mut at_a, mut at_b) = (Vec::new(), Vec::new());
    let (report, _, _) = tokio::join!(network, a.read_to_end(&mut at_a), b.read_to_end(&mut at_b));
    (at_a, at_b, report)
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_bytes_and_the_same_report() {
    for profile in [Profile::Slow, Profile::Broken, Profile::Corrupting] {
        for seed in 0..40 {
            let first = play(seed, profile).await;
            assert_eq!(first, play(seed, profile).await, "{profile:?}, seed {seed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_script_delivers_everything() {
    let content: Vec<u8> = (0..BYTES).map(|n| n as u8).collect();
    for seed in 0..100 {
        let (at_a, at_b, _) = play(seed, Profile::Slow).await;
        assert_eq!(
            (at_a, at_b),
            (content.clone(), content.clone()),
            "seed {seed}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_corrupting_script_delivers_something_else() {
    let content: Vec<u8> = (0..BYTES).map(|n| n as u8).collect();
    let mut left_alone = 0;
    for seed in 0..100 {
        let (_, at_b, _) = play(seed, Profile::Corrupting).await;
        left_alone += u32::from(at_b == content);
    }
    // A block at the very end of the stream may not be whole.
    assert!(left_alone < 10, "{left_alone}");
}

#[test]
fn different_seeds_give_different_scripts() {
    let mut scripts: Vec<_> = (0..200)
        .map(|seed| Script::seeded(seed, Profile::Broken, BYTES).steps)
        .collect();
    scripts.sort_by_key(|steps| format!("{steps:?}"));
    scripts.dedup();
    assert!(scripts.len() > 150, "{}", scripts.len());
}

#[test]
fn the_seed_is_printed() {
    let script = Script::seeded(4711, Profile::Slow, BYTES);
    assert!(format!("{script:?}").contains("4711"));
}
