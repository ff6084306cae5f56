use std::process::Command;

use anyhow::bail;

use crate::peers;
use crate::process::{cargo, root, stream, target_dir};

/// Builds the bench workspace and runs `http`; its figures land in `target/bench/http.json`.
pub(crate) fn http(options: &[&str]) -> anyhow::Result<bool> {
    check_options(options)?;
    peers::require(peers::BENCH_HTTP)?;
    // Its own target folder: the peers' features must not change what the workspace builds.
    let built = root().join("bench/target");
    stream(
        cargo(&[
            "build",
            "--release",
            "--locked",
            "--manifest-path",
            "bench/Cargo.toml",
            "--target-dir",
        ])
        .arg(&built),
    )?;
    let json = target_dir().join("bench/http.json");
    stream(
        Command::new(built.join("release/http"))
            .args(options)
            .arg("--json")
            .arg(json),
    )?;
    Ok(true)
}

/// A wrong option is told before anything is installed or built.
fn check_options(options: &[&str]) -> anyhow::Result<()> {
    for option in options.chunks(2) {
        match option {
            ["--rounds" | "--seconds", number]
                if number.parse::<u32>().is_ok_and(|number| number > 0) => {}
            _ => bail!(
                "{:?} is not `--rounds N` or `--seconds N`",
                option.join(" ")
            ),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_pairs_of_a_name_and_a_positive_number() {
        assert!(check_options(&[]).is_ok());
        assert!(check_options(&["--rounds", "5", "--seconds", "1"]).is_ok());
        for wrong in [
            &["--rounds"][..],
            &["--rounds", "0"],
            &["--rounds", "x"],
            &["--round", "5"],
            &["5"],
        ] {
            assert!(check_options(wrong).is_err(), "{wrong:?}");
        }
    }
}
