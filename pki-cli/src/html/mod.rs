//! Pages for a browser: each one file, without scripts and without anything from elsewhere.
//!
//! | file | what it holds |
//! |---|---|
//! | `markup.rs` | [`Html`], in which foreign text cannot be markup |
//! | `base.css` | what the pages have in common: light, dark, small, on paper |

mod markup;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::BASE64;

pub(crate) use markup::Html;

use crate::ui::page::Fact;

/// The style that comes first on every page.
const BASE: &str = include_str!("base.css");

/// A whole page with a style of its own.
pub(crate) fn page(title: &str, style: &'static str, content: impl FnOnce(&mut Html)) -> String {
    let mut html = Html::new();
    html.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        // Should anything foreign slip in, it can load nothing, run nothing, and not even change the looks.
        .raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-")
        .text(&digest(style))
        .raw("'; base-uri 'none'; form-action 'none'\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"referrer\" content=\"no-referrer\">\n<title>")
        .text(title)
        .raw("</title>\n<style>")
        .raw(BASE)
        .raw(style)
        .raw("</style>\n</head>\n<body>\n<main>\n");
    content(&mut html);
    html.raw("</main>\n</body>\n</html>\n");
    html.finish()
}

/// As a Content-Security-Policy names the style.
fn digest(style: &str) -> String {
    let mut digest = Context::new(&SHA256);
    digest.update(BASE.as_bytes());
    digest.update(style.as_bytes());
    BASE64.encode(digest.finish().as_ref())
}

/// Facts, each a label and a value; inside of a `dl`.
pub(crate) fn rows(facts: &[Fact], html: &mut Html) {
    html.facts(facts.iter().map(|(label, value)| (*label, value.as_str())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_nothing_and_allows_its_own_style_alone() {
        let page = page("a</title><b>", "p { color: red }\n", |html| {
            html.raw("<p>").text("<script>").raw("</p>\n");
        });
        assert!(
            page.contains("<title>a&lt;/title&gt;&lt;b&gt;</title>"),
            "{page}"
        );
        assert!(page.contains("<p>&lt;script&gt;</p>"), "{page}");
        assert!(page.contains("default-src 'none'; style-src 'sha256-"));
        let style = page
            .split("<style>")
            .nth(1)
            .unwrap()
            .split("</style>")
            .next()
            .unwrap();
        let digest = aws_lc_rs::digest::digest(&SHA256, style.as_bytes());
        assert!(page.contains(&BASE64.encode(digest.as_ref())), "{page}");
        for reference in ["src=", "url(", "@import", "<link", "<script"] {
            assert!(!page.contains(reference), "{reference}");
        }
    }
}
