//! HTML in which foreign text cannot be markup.

use std::fmt::Write as _;

use crate::serve::{escape, printable};

/// HTML that is being written. Markup is a literal of this program, and all else goes in as text: so there is no way to
/// forget the escaping.
pub(crate) struct Html(String);

impl Html {
    pub(crate) fn new() -> Self {
        Self(String::new())
    }

    /// Markup.
    pub(crate) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text of anybody, for content and for attributes in quotation marks. Control characters, which HTML does not allow,
    /// are told as escapes.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&escape(&printable(text.as_bytes())));
        self
    }

    /// Facts within a `dl`, each a label and a value.
    pub(crate) fn facts<'a>(&mut self, facts: impl IntoIterator<Item = (&'a str, &'a str)>) {
        for (label, value) in facts {
            self.raw("<div><dt>")
                .text(label)
                .raw("</dt><dd>")
                .text(value)
                .raw("</dd></div>\n");
        }
    }

    /// A number.
    pub(crate) fn number(&mut self, number: usize) -> &mut Self {
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{number}");
        self
    }

    /// A share of a whole, for an attribute: `12.34%`.
    pub(crate) fn percent(&mut self, hundredths: u64) -> &mut Self {
        let _ = write!(self.0, "{}.{:02}%", hundredths / 100, hundredths % 100);
        self
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        let mut html = Html::new();
        html.raw("<p title=\"")
            .text("\"'><b>&\u{1b}[2J\0")
            .raw("\">");
        let expected = "<p title=\"&quot;&#39;&gt;&lt;b&gt;&amp;\\u{1b}[2J\\u{0}\">";
        assert_eq!(html.finish(), expected);
    }

    #[test]
    fn a_share_has_two_places() {
        let mut html = Html::new();
        html.percent(10_000).raw(" ").percent(7).raw(" ").number(3);
        assert_eq!(html.finish(), "100.00% 0.07% 3");
    }
}
