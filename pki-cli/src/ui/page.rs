//! A page for a terminal of 80 columns. Nothing from outside can move its cursor: every line goes through [`printable`].

use crate::serve::printable;

/// How wide a line is that can be wrapped.
pub(crate) const COLUMNS: usize = 80;
/// Where values begin.
pub(crate) const LABEL_COLUMNS: usize = 14;

/// A fact: its label and its value.
pub(crate) type Fact = (&'static str, String);

/// A label, up to where values begin.
pub(crate) fn label(label: &str) -> String {
    format!("{label:<LABEL_COLUMNS$}")
}

/// Lines, made safe.
#[derive(Debug, Default)]
pub(crate) struct Page(String);

impl Page {
    /// All of it.
    pub(crate) fn text(self) -> String {
        self.0
    }

    /// A line with styles in it, whose words are safe already.
    pub(crate) fn styled(&mut self, indent: usize, line: &str) {
        self.0.extend(std::iter::repeat_n(' ', indent));
        self.0.push_str(line);
        self.0.push('\n');
    }

    pub(crate) fn line(&mut self, indent: usize, text: &str) {
        self.0.extend(std::iter::repeat_n(' ', indent));
        self.0.push_str(printable(text.as_bytes()).trim_end());
        self.0.push('\n');
    }

    pub(crate) fn blank(&mut self) {
        self.0.push('\n');
    }

    pub(crate) fn section(&mut self, title: &str) {
        self.blank();
        self.line(2, title);
    }

    pub(crate) fn facts(&mut self, indent: usize, facts: &[Fact]) {
        for (name, value) in facts {
            self.wrapped(indent, &label(name), value);
        }
    }

    /// Words behind a label, in as many lines as they need. A word that is longer than a line stays whole.
    pub(crate) fn wrapped(&mut self, indent: usize, label: &str, text: &str) {
        let text = printable(text.as_bytes());
        let (mut line, room) = (label.to_owned(), COLUMNS - indent);
        let begin = label.chars().count();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let used = line.chars().count();
            if used > begin && used + 1 + word.chars().count() > room {
                self.line(indent, &line);
                line = " ".repeat(begin);
            } else if used > begin {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(indent, &line);
    }
}
