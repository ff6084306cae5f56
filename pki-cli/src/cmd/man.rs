//! `wharf man`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_mangen::Man as Page;
use wharf_pki::store::Mode;

use crate::args::Args;
use crate::exit::Status;
use crate::{files, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf man | man -l -
  wharf man ~/.local/share/man/man1

Without DIR the page of wharf itself goes to stdout; with it, a page for each command is written, wharf.1, wharf-key-new.1 and so
on, and their paths are printed. Exit status: 0 done; 1 not done.")]
pub(crate) struct Man {
    /// The folder to write into
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

/// Writes manual pages.
pub(crate) fn run(man: Man) -> anyhow::Result<Status> {
    let mut command = Args::command().disable_help_subcommand(true);
    command.build();
    let Some(dir) = &man.dir else {
        let mut stdout = io::stdout().lock();
        stdout.write_all(&page(&command)?)?;
        stdout.flush()?;
        return Ok(Status::Done);
    };
    fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
    let mut pages = Vec::new();
    collect(&command, dir, &mut pages)?;
    if !man.force {
        let paths: Vec<&Path> = pages.iter().map(|(path, _)| path.as_path()).collect();
        files::check_free(&paths)?;
    }
    for (path, text) in pages {
        files::write(&path, &text, Mode::Public, man.force)?;
        ui::line(&path.display().to_string())?;
    }
    Ok(Status::Done)
}

/// The page of a command, and those of the commands below it.
fn collect(
    command: &Command,
    dir: &Path,
    pages: &mut Vec<(PathBuf, Vec<u8>)>,
) -> anyhow::Result<()> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name());
    pages.push((dir.join(format!("{name}.1")), page(command)?));
    let below = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set());
    below
        .into_iter()
        .try_for_each(|below| collect(below, dir, pages))
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    Page::new(command.clone()).render(&mut text)?;
    Ok(text)
}
