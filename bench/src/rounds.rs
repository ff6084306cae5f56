//! What every bench does: start the servers, give each of them its turn in each round, say where it was not quiet.

use std::borrow::Borrow;
use std::path::Path;

use anyhow::{Context, ensure};

use crate::process::ServerProcess;
use crate::report::{Cell, Figure, Unit, json};
use crate::sample::Sample;

/// A sample in which a stranger held the core that is measured for more of the time than this is taken again.
const WAITED_MAX: f64 = 0.05;
/// How often. After that the machine is simply not quiet, and the report says so.
const TRIES_MAX: usize = 3;

/// Starts a server of each name, all up at once.
pub fn start(names: &[&'static str]) -> anyhow::Result<Vec<ServerProcess>> {
    require_two_cores()?;
    let program = std::env::current_exe()?;
    let folder = program.parent().context("a folder of programs")?;
    names
        .iter()
        .map(|name| ServerProcess::start(folder, name))
        .collect()
}

/// Fails where server and load would share a core.
pub fn require_two_cores() -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    ensure!(
        cores >= 2,
        "two cores are needed, one for the server and one for the load; here is {cores}"
    );
    Ok(())
}

/// Rounds in which each server has its turn, another one first each time.
pub fn alternate(
    servers: &[impl Borrow<ServerProcess>],
    rounds: u32,
    mut take: impl FnMut(&ServerProcess) -> anyhow::Result<Sample>,
) -> anyhow::Result<Vec<Cell>> {
    let names: Vec<_> = servers.iter().map(|server| server.borrow().name).collect();
    take_turns(&names, rounds, |at| take(servers[at].borrow()))
}

/// The same for whatever has these names.
pub fn take_turns(
    names: &[&'static str],
    rounds: u32,
    mut take: impl FnMut(usize) -> anyhow::Result<Sample>,
) -> anyhow::Result<Vec<Cell>> {
    let mut cells: Vec<Cell> = names
        .iter()
        .map(|name| Cell {
            server: name,
            samples: Vec::new(),
        })
        .collect();
    for round in 0..rounds as usize {
        for turn in 0..names.len() {
            let at = (round + turn) % names.len();
            let mut sample = take(at)?;
            for _ in 1..TRIES_MAX {
                if sample.waited <= WAITED_MAX {
                    break;
                }
                sample = take(at)?;
            }
            cells[at].samples.push(sample);
        }
    }
    Ok(cells)
}

/// A line that says that a table is not to be quoted.
pub fn noise(cells: &[Cell]) -> Option<String> {
    let noisy = cells
        .iter()
        .flat_map(|cell| &cell.samples)
        .filter(|sample| sample.waited > WAITED_MAX)
        .count();
    (noisy > 0).then(|| {
        format!(
            "NOT QUIET: in {noisy} samples another process held the measured core for over 5 % of the time"
        )
    })
}

/// Writes the figures for machines.
pub fn write_json(
    path: &Path,
    results: &[(&str, Unit, Vec<Cell>)],
    figures: &[Figure],
) -> anyhow::Result<()> {
    std::fs::create_dir_all(path.parent().context("a folder for the JSON")?)?;
    std::fs::write(path, json(results, figures)).with_context(|| path.display().to_string())?;
    println!("written to {}", path.display());
    Ok(())
}
