//! `wharf completions`.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::args::Args;
use crate::exit::Status;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf completions bash > ~/.local/share/bash-completion/completions/wharf
  wharf completions zsh > ~/.zfunc/_wharf
  wharf completions fish > ~/.config/fish/completions/wharf.fish

Exit status: 0 done; 1 not done.")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints what the shell is to read.
pub(crate) fn run(completions: Completions) -> anyhow::Result<Status> {
    let mut script = Vec::new();
    generate(
        completions.shell,
        &mut Args::command(),
        "wharf",
        &mut script,
    );
    let mut stdout = io::stdout().lock();
    stdout.write_all(&script)?;
    stdout.flush()?;
    Ok(Status::Done)
}
