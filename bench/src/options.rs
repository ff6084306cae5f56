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
    /// The sizes of samples, each under its option's name.
    samples: Vec<(&'static str, u64)>,
    /// The scenarios to run are those whose name begins with this; all of them if it is empty.
    pub only: String,
    /// Where the figures for machines go.
    pub json: Option<PathBuf>,
}

impl Options {
    /// Reads the command line: `--rounds N`, `--only SCENARIO`, `--json FILE`, and the sizes of samples under the names
    /// that the bench gives them, here with their defaults.
    ///
    /// # Errors
    ///
    /// When something else is told, or numbers that make no median.
    pub fn parse(rounds: u32, samples: &[(&'static str, u64)]) -> anyhow::Result<Self> {
        let defaults = Self {
            rounds,
            samples: samples.to_vec(),
            only: String::new(),
            json: None,
        };
        defaults.read(std::env::args().skip(1))
    }

    /// The size of a sample.
    ///
    /// # Panics
    ///
    /// When the bench did not name it in [`parse`](Self::parse).
    pub fn sample(&self, name: &str) -> u64 {
        let (_, size) = self
            .samples
            .iter()
            .find(|(known, _)| *known == name)
            .expect("a name of this bench");
        *size
    }

    /// Whether a scenario is to run.
    pub fn runs(&self, scenario: &str) -> bool {
        scenario.starts_with(&self.only)
    }

    fn read(mut self, mut args: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        while let Some(name) = args.next() {
            let value = args
                .next()
                .with_context(|| format!("{name} wants a value"))?;
            match &*name {
                "--rounds" => self.rounds = value.parse().context("--rounds")?,
                "--only" => self.only = value,
                "--json" => self.json = Some(value.into()),
                _ => match self.samples.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, size)) => *size = value.parse().with_context(|| name.clone())?,
                    None => bail!("unknown option {name}"),
                },
            }
        }
        ensure!(self.rounds >= ROUNDS_MIN, "at least {ROUNDS_MIN} rounds");
        for (name, size) in &self.samples {
            ensure!(*size > 0, "{name} is at least 1");
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str]) -> anyhow::Result<Options> {
        let defaults = Options {
            rounds: 7,
            samples: vec![("--seconds", 2), ("--mib", 1024)],
            only: String::new(),
            json: None,
        };
        defaults.read(args.iter().map(|arg| (*arg).to_owned()))
    }

    #[test]
    fn what_is_told_replaces_the_defaults_and_nonsense_is_refused() {
        let options = read(&["--seconds", "4", "--only", "full", "--json", "a.json"]).unwrap();
        assert_eq!(options.rounds, 7);
        assert_eq!(
            (options.sample("--seconds"), options.sample("--mib")),
            (4, 1024)
        );
        assert_eq!(options.json, Some("a.json".into()));
        assert!(options.runs("full-p256") && !options.runs("kept"));
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
