//! Columns. The heads are written on a terminal only: a program that cuts columns would have to skip them, and takes `--json`
//! anyway.

use std::io;

use anstyle::Style;
use comfy_table::{ContentArrangement, presets};

use super::style::{FAINT, paint};
use crate::serve::printable;

/// Rows, each in a style of its own.
pub(crate) struct Table {
    columns: comfy_table::Table,
    styles: Vec<Style>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(heads: &[&str]) -> Self {
        let mut columns = comfy_table::Table::new();
        columns
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        columns.add_row(heads.iter().map(|head| head.to_uppercase()));
        for column in columns.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self {
            columns,
            styles: vec![FAINT],
        }
    }

    /// Adds a row. What a peer wrote moves no cursor, and a row is one line.
    pub(crate) fn row(&mut self, style: Style, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().map(|cell| printable(cell.as_bytes()));
        self.columns.add_row(cells);
        self.styles.push(style);
    }

    /// The lines, the heads first.
    fn lines(&self) -> impl Iterator<Item = String> {
        self.columns
            .lines()
            .zip(&self.styles)
            .map(|(line, style)| paint(*style, line.trim_end()))
    }

    /// Prints it to stdout.
    pub(crate) fn print(&self) -> io::Result<()> {
        let heads = usize::from(!super::is_terminal());
        self.lines()
            .skip(heads)
            .try_for_each(|line| super::line(&line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::style::BAD;

    #[test]
    fn columns_are_aligned_and_a_row_is_a_line() {
        let mut table = Table::new(&["name", "ends"]);
        table.row(Style::new(), ["a.test".into(), "2030-01-01".into()]);
        table.row(
            BAD,
            ["long.example.test".into(), "two\nlines\u{1b}[2J".into()],
        );
        let lines: Vec<String> = table
            .lines()
            .map(|line| anstream::adapter::strip_str(&line).to_string())
            .collect();
        assert_eq!(
            lines,
            [
                "NAME               ENDS",
                "a.test             2030-01-01",
                "long.example.test  two\\nlines\\u{1b}[2J",
            ]
        );
        assert!(table.lines().last().unwrap().starts_with("\u{1b}[31m"));
    }
}
