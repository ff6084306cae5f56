use std::time::Duration;

use crate::{Ends, Script, Step};

/// What a random script may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// Slices, drips and delays: slow, and everything arrives as it was sent.
    Slow,
    /// As `Slow`, and then the connection is half-closed, cut or reset.
    Broken,
    /// As `Slow`, and then the connection is stalled or swallowed: the peer has to have a deadline.
    Silent,
    /// As `Slow`, and then something is changed, swapped, repeated or lost.
    Corrupting,
}

/// Few enough that a script can be read in the output of a failing test.
const SLOW_STEPS_MAX: u64 = 6;
/// So short that dozens of scripts can be played on the real clock.
const PAUSE_MS_MAX: u64 = 5;
const DRIPS_MAX: u64 = 20;
const PIECE_BYTES_MAX: u64 = 9;
const BLOCK_MAX: u64 = 64;

impl Script {
    /// A random script: the same for the same arguments, on every machine.
    ///
    /// The last fault of the profile falls somewhere into the first `bytes` bytes (a block that it works on may reach
    /// beyond them). The seed stays in the script, and so in its `Debug`.
    pub fn seeded(seed: u64, profile: Profile, bytes: u64) -> Self {
        let mut random = SplitMix64(seed);
        let mut steps = Vec::new();
        let mut left = random.below(bytes.max(1));
        for _ in 0..random.below(SLOW_STEPS_MAX + 1) {
            steps.push(slow_step(&mut random, &mut left));
        }
        if profile != Profile::Slow {
            steps.push(Step::Pass { bytes: left });
        }
        steps.extend(match profile {
            Profile::Slow => None,
            Profile::Broken => Some(breaking_step(&mut random)),
            Profile::Silent => Some(random.one_of(&[Step::Stall, Step::BlackHole])),
            Profile::Corrupting => Some(corrupting_step(&mut random)),
        });
        Self {
            seed: Some(seed),
            steps,
        }
    }
}

fn slow_step(random: &mut SplitMix64, left: &mut u64) -> Step {
    let bytes = random.below(*left + 1);
    let size = random.length(PIECE_BYTES_MAX);
    let step = match random.below(4) {
        0 => Step::Pass { bytes },
        1 => Step::Slice { size, bytes },
        2 => Step::Drip {
            size,
            every: random.pause(),
            bytes: bytes.min(random.below(DRIPS_MAX + 1)),
        },
        _ => Step::Delay(random.pause()),
    };
    *left -= match step {
        Step::Pass { bytes } | Step::Slice { bytes, .. } | Step::Drip { bytes, .. } => bytes,
        _ => 0,
    };
    step
}

fn breaking_step(random: &mut SplitMix64) -> Step {
    random.one_of(&[
        Step::HalfClose,
        Step::Cut,
        Step::Reset(Ends::Sender),
        Step::Reset(Ends::Receiver),
        Step::Reset(Ends::Both),
    ])
}

fn corrupting_step(random: &mut SplitMix64) -> Step {
    let (first, second) = (random.length(BLOCK_MAX), random.length(BLOCK_MAX));
    let xor = 1 << random.below(8);
    random.one_of(&[
        Step::Corrupt { xor },
        Step::Swap { first, second },
        Step::Duplicate { bytes: first },
        Step::Lose {
            bytes: first as u64,
        },
    ])
}

/// Steele, Lea and Flood's generator: three lines, and good enough to choose faults.
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `end - 1`. A little uneven, which does not matter here.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// From 1 to `max`.
    fn length(&mut self, max: u64) -> usize {
        usize::try_from(1 + self.below(max)).expect("lengths are small")
    }

    fn pause(&mut self) -> Duration {
        Duration::from_millis(1 + self.below(PAUSE_MS_MAX))
    }

    fn one_of(&mut self, steps: &[Step]) -> Step {
        let at = self.length(steps.len() as u64) - 1;
        steps[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_numbers() {
        // The first outputs for seed 1234567, as in the reference implementation.
        let mut random = SplitMix64(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_fault_falls_into_the_stream_and_comes_last() {
        for seed in 0..500 {
            for profile in [Profile::Broken, Profile::Silent, Profile::Corrupting] {
                let script = Script::seeded(seed, profile, 100);
                let before: u64 = script.steps.iter().map(passed).sum();
                assert!(before < 100, "{script:?}");
                let last = script.steps.last().unwrap();
                assert_eq!(passed(last), 0, "{script:?}");
                assert!(!matches!(last, Step::Delay(_)), "{script:?}");
            }
        }
    }

    #[test]
    fn every_kind_of_fault_comes_up() {
        let kinds = |profile| {
            let last = |seed| *Script::seeded(seed, profile, 100).steps.last().unwrap();
            let mut kinds: Vec<_> = (0..100)
                .map(|seed| std::mem::discriminant(&last(seed)))
                .collect();
            kinds.sort_by_key(|kind| format!("{kind:?}"));
            kinds.dedup();
            kinds.len()
        };
        assert_eq!(kinds(Profile::Broken), 3);
        assert_eq!(kinds(Profile::Silent), 2);
        assert_eq!(kinds(Profile::Corrupting), 4);
    }

    fn passed(step: &Step) -> u64 {
        match step {
            Step::Pass { bytes } | Step::Slice { bytes, .. } | Step::Drip { bytes, .. } => *bytes,
            _ => 0,
        }
    }
}
