use super::Story;
use crate::html::Html;
use crate::ui::lifelines::{self, Mark};

const STYLE: &str = include_str!("../ui/lifelines/style.css");

/// The story for a browser: one file.
pub(crate) fn page(story: &Story<'_>) -> String {
    let server = story.target.endpoint.to_string();
    let title = format!("TLS 1.3 with {server}");
    crate::html::page(&title, STYLE, |html| content(story, &server, html))
}

fn content(story: &Story<'_>, server: &str, html: &mut Html) {
    html.raw("<header>\n<h1><span class=\"quiet\">A TLS 1.3 handshake with</span> ")
        .text(server)
        .raw("</h1>\n");
    let verdict = story.verdict();
    html.raw(match verdict {
        Mark::Bad(_) => "<p class=\"verdict bad\">",
        Mark::Good(_) | Mark::Plain(_) => "<p class=\"verdict good\">",
    });
    html.text(verdict.text())
        .raw("</p>\n<dl class=\"summary\">\n");
    let summary = story.summary();
    html.facts(
        summary
            .iter()
            .map(|(label, value)| (*label, value.as_str())),
    );
    html.raw("</dl>\n<p class=\"quiet\">Each arrow is a message: it opens to its bytes. A dashed one is encrypted.</p>\n</header>\n");
    lifelines::draw(&story.lifelines(), html);
}
