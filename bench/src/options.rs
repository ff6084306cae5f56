//! What can be told to every bench.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};

/// Fewer rounds do not make a median.
const ROUNDS_MIN: u32 = 5;

/// How much is measured.
#[derive(Debug)]
pub struct Options {
    /// Alternating rounds.
    pub rounds: u32,
    /// The size of one sample, in whatever the bench counts.
    pub sample: u64,
    /// Where the figures for machines go.
    pub json: Option<PathBuf>,
}

impl Options {
    /// Reads the command line: `--rounds N`, `--json FILE`, and the size of a sample under the name that the bench gives it.
    ///
    /// # Errors
    ///
    /// When something else is told, or numbers that make no median.
    pub fn parse(rounds: u32, sample_name: &str, sample: u64) -> anyhow::Result<Self> {
        let defaults = Self {
            rounds,
            sample,
            json: None,
        };
        defaults.read(sample_name, std::env::args().skip(1))
    }

    fn read(
        mut self,
        sample_name: &str,
        mut args: impl Iterator<Item = String>,
    ) -> anyhow::Result<Self> {
        while let Some(name) = args.next() {
            let value = args
                .next()
                .with_context(|| format!("{name} wants a value"))?;
            match &*name {
                "--rounds" => self.rounds = value.parse().context("--rounds")?,
                "--json" => self.json = Some(value.into()),
                name if name == sample_name => {
                    self.sample = value.parse().with_context(|| name.to_owned())?;
                }
                _ => bail!("unknown option {name}"),
            }
        }
        ensure!(self.rounds >= ROUNDS_MIN, "at least {ROUNDS_MIN} rounds");
        ensure!(self.sample > 0, "{sample_name} is at least 1");
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str]) -> anyhow::Result<Options> {
        let defaults = Options {
            rounds: 7,
            sample: 2,
            json: None,
        };
        defaults.read("--seconds", args.iter().map(|arg| (*arg).to_owned()))
    }

    #[test]
    fn what_is_told_replaces_the_defaults_and_nonsense_is_refused() {
        let options = read(&["--seconds", "4", "--json", "a.json"]).unwrap();
        assert_eq!((options.rounds, options.sample), (7, 4));
        assert_eq!(options.json, Some("a.json".into()));
        for wrong in [
            &["--rounds", "4"][..],
            &["--seconds", "0"],
            &["--gib", "1"],
            &["--rounds"],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
