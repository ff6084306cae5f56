use super::Story;
use crate::serve::printable;
use crate::ui::lifelines::{self, Bytes, Mark};
use crate::ui::page::Page;
use crate::ui::style::{BAD, GOOD, STRONG, paint};

/// The story for a terminal.
pub(crate) fn page(story: &Story<'_>, bytes: Bytes) -> Page {
    let mut page = Page::default();
    let verdict = match story.verdict() {
        Mark::Bad(text) => paint(BAD, &text),
        Mark::Good(text) | Mark::Plain(text) => paint(GOOD, &text),
    };
    let server = printable(story.target.endpoint.to_string().as_bytes());
    page.styled(0, &format!("{} {verdict}", paint(STRONG, &server)));
    page.facts(2, &story.summary());
    lifelines::tell(&story.lifelines(), bytes, &mut page);
    page
}
