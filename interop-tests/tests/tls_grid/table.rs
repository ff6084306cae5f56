use std::fmt::{self, Write as _};
use std::io::{self, Write as _};

use wharf_interop_tests::tls::{Role, Version};

/// What became of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was as it must be.
    Ok,
    /// Not asked for, and why.
    NotRun(&'static str),
    /// The peer is not on this machine.
    Skipped,
    /// What was wrong, and what both sides said.
    Failed(String),
}

/// A peer in a role and a version.
#[derive(Debug)]
pub(crate) struct Row {
    name: String,
    cells: Vec<Option<Outcome>>,
}

impl Row {
    pub(crate) fn new(peer: &str, role: Role, version: Version) -> Self {
        let role = match role {
            Role::Client => "client",
            Role::Server => "server",
        };
        Self {
            name: format!("{peer}, {role}, {}", version.number()),
            cells: Vec::new(),
        }
    }
}

/// The grid.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn new(columns: Vec<&'static str>) -> Self {
        Self {
            columns,
            rows: Vec::new(),
        }
    }

    /// Adds a row, and returns its number.
    pub(crate) fn add(&mut self, mut row: Row) -> usize {
        row.cells = vec![None; self.columns.len()];
        self.rows.push(row);
        self.rows.len() - 1
    }

    pub(crate) fn set(&mut self, row: usize, column: usize, outcome: Outcome) {
        self.rows[row].cells[column] = Some(outcome);
    }

    /// What failed, by row and column.
    pub(crate) fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for row in &self.rows {
            for (name, cell) in self.columns.iter().zip(&row.cells) {
                match cell {
                    Some(Outcome::Failed(why)) => {
                        failures.push(format!("=== {}: {name}\n{why}", row.name));
                    }
                    None => failures.push(format!("=== {}: {name}\nit was not run", row.name)),
                    Some(_) => {}
                }
            }
        }
        failures
    }

    /// Prints it where the test runner does not keep it to itself.
    pub(crate) fn print(&self) {
        let _ = writeln!(io::stderr(), "\n{self}");
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.rows.iter().map(|row| row.name.len());
        let width = names.max().unwrap_or(0);
        let mut reasons: Vec<&str> = Vec::new();
        let mut counts = [0_usize; 4];
        // The names of the columns stand slanted above them, so that a cell can be narrow.
        for (i, name) in self.columns.iter().enumerate() {
            let bars = "|     ".repeat(i);
            writeln!(f, "{:width$}  {bars}{name}", "")?;
        }
        for row in &self.rows {
            let mut line = format!("{:width$}  ", row.name);
            for cell in &row.cells {
                let (kind, text) = match cell {
                    Some(Outcome::Ok) => (0, "ok".to_owned()),
                    Some(Outcome::NotRun(reason)) => {
                        let known = reasons.iter().position(|known| known == reason);
                        let number = known.unwrap_or_else(|| {
                            reasons.push(reason);
                            reasons.len() - 1
                        });
                        (1, format!("-{}", number + 1))
                    }
                    Some(Outcome::Skipped) => (2, "SKIP".to_owned()),
                    Some(Outcome::Failed(_)) | None => (3, "FAIL".to_owned()),
                };
                counts[kind] += 1;
                write!(line, "{text:6}")?;
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        writeln!(f)?;
        for (number, reason) in (1..).zip(&reasons) {
            writeln!(f, "-{number}: {reason}")?;
        }
        let [ok, not_run, skipped, failed] = counts;
        writeln!(
            f,
            "{ok} cells ok, {not_run} not run for the reasons above, {skipped} SKIPPED because the peer is missing, \
             {failed} FAILED"
        )
    }
}

#[test]
fn a_cell_that_failed_or_was_forgotten_is_reported_and_the_others_are_counted() {
    let mut table = Table::new(vec!["a", "b", "c"]);
    let row = table.add(Row::new("X", Role::Client, Version::Tls12));
    let other = table.add(Row::new("Y", Role::Server, Version::Tls13));
    table.set(row, 0, Outcome::Ok);
    table.set(row, 1, Outcome::NotRun("why not"));
    table.set(row, 2, Outcome::Failed("broken".into()));
    table.set(other, 0, Outcome::Skipped);
    table.set(other, 1, Outcome::NotRun("why not"));
    assert_eq!(
        table.failures(),
        [
            "=== X, client, 1.2: c\nbroken",
            "=== Y, server, 1.3: c\nit was not run"
        ]
    );
    let text = table.to_string();
    assert!(
        text.contains("X, client, 1.2  ok    -1    FAIL\n"),
        "{text}"
    );
    assert!(
        text.contains("Y, server, 1.3  SKIP  -1    FAIL\n"),
        "{text}"
    );
    assert!(
        text.contains("-1: why not\n1 cells ok, 2 not run"),
        "{text}"
    );
}
