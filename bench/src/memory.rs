//! What idle connections cost a server in memory.

use anyhow::Context;

use crate::process::ServerProcess;
use crate::report::Figure;

/// How many connections are held when memory is read. From the few to the many a line shows what one more costs,
/// without what a server has anyway.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Some.
    pub few: usize,
    /// As many as the bench is about.
    pub many: usize,
}

/// Bytes for each connection: resident, and the process's own.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// The server's name.
    pub server: &'static str,
    /// At few: what came on top of the server with one connection, by their number.
    pub few: f64,
    /// The same at many.
    pub many: f64,
    /// For each between few and many.
    pub one_more: f64,
}

impl Memory {
    /// Of a fresh server, so that nothing it has freed and kept counts for it; `grow` opens connections until there are
    /// so many.
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub fn of(
        server: &ServerProcess,
        counts: Counts,
        mut grow: impl FnMut(usize) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let mut bytes_at = |count| -> anyhow::Result<f64> {
            grow(count).with_context(|| format!("{}: {count} connections", server.name))?;
            Ok(server.anonymous_bytes()? as f64)
        };
        // What a server sets up for its first connection is not what one costs.
        let empty = bytes_at(1)?;
        let few = bytes_at(counts.few)?;
        let many = bytes_at(counts.many)?;
        Ok(Self {
            server: server.name,
            few: (few - empty) / counts.few as f64,
            many: (many - empty) / counts.many as f64,
            one_more: (many - few) / (counts.many - counts.few) as f64,
        })
    }

    /// A line of [`heading`]'s table.
    pub fn row(&self) -> String {
        format!(
            "{:26}{:>12.0}{:>12.0}{:>14.0}",
            self.server, self.few, self.many, self.one_more
        )
    }

    /// For machines, under these names of the first two metrics.
    pub fn figures(&self, few_metric: &'static str, many_metric: &'static str) -> [Figure; 3] {
        let figure = |metric, value| Figure {
            scenario: "idle",
            server: self.server,
            metric,
            value,
            unit: "bytes",
        };
        [
            figure(few_metric, self.few),
            figure(many_metric, self.many),
            figure("bytes_for_one_more", self.one_more),
        ]
    }
}

/// Above the rows.
pub fn heading(counts: Counts) -> String {
    format!(
        "idle connections: resident anonymous bytes of the server for each, the kernel's share not counted\n\
         {:26}{:>12}{:>12}{:>14}",
        "server",
        format!("at {}", counts.few),
        format!("at {}", counts.many),
        "for one more"
    )
}
