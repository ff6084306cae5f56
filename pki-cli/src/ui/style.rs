//! What is set off from the rest, and how. Styles are written in any case: the streams of `anstream` take them out where there
//! is no terminal, and where `NO_COLOR` is set.

use anstyle::{AnsiColor, Effects, Style};

/// What needs attention soon.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
/// What is wrong, or over.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// What is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is there for completeness.
pub(crate) const FAINT: Style = Style::new().effects(Effects::DIMMED);
/// What the eye should find first.
pub(crate) const STRONG: Style = Style::new().effects(Effects::BOLD);
/// A text in a style.
pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
