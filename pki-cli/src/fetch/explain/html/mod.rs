//! The page for a browser: one file, without scripts and without anything from elsewhere.
//!
//! | file | what it holds |
//! |---|---|
//! | `markup.rs` | HTML in which foreign text cannot be markup |
//! | `waterfall.rs` | where the time went |
//! | `layers.rs` | a request, layer by layer |
//! | `style.css` | how it looks: light, dark, small, on paper |

mod layers;
mod markup;
mod waterfall;

use aws_lc_rs::digest;
use data_encoding::BASE64;

use super::facts;
use super::record::Record;
use crate::ui::page::Fact;
use markup::Html;

const STYLE: &str = include_str!("style.css");

/// The page.
pub(super) fn page(record: &Record) -> String {
    let mut html = Html::new();
    html.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        // Should anything foreign slip in, it can load nothing, run nothing, and not even change the looks.
        .raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-")
        .text(&BASE64.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()).as_ref()))
        .raw("'; base-uri 'none'; form-action 'none'\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"referrer\" content=\"no-referrer\">\n<title>")
        .text(&facts::title(record))
        .raw("</title>\n<style>")
        .raw(STYLE)
        .raw("</style>\n</head>\n<body>\n<main>\n");
    header(record, &mut html);
    if !record.hops.is_empty() {
        waterfall::waterfall(record, &mut html);
    }
    for hop in &record.hops {
        layers::request(record, hop, &mut html);
    }
    html.raw("</main>\n</body>\n</html>\n");
    html.finish()
}

fn header(record: &Record, html: &mut Html) {
    html.raw("<header>\n<h1><span class=\"method\">")
        .text(&record.method)
        .raw("</span> ")
        .text(&record.url)
        .raw("</h1>\n<p class=\"verdict ")
        .raw(class(record))
        .raw("\">")
        .text(&facts::verdict(record))
        .raw("</p>\n");
    if let Some(hint) = &record.outcome.hint {
        html.raw("<p class=\"hint\">").text(hint).raw("</p>\n");
    }
    html.raw("<dl class=\"summary\">\n");
    rows(&facts::summary(record), html);
    html.raw("</dl>\n</header>\n");
}

fn class(record: &Record) -> &'static str {
    match (&record.outcome.error, record.outcome.status) {
        (Some(_), _) | (None, None) => "bad",
        (None, Some(400..)) => "warning",
        (None, Some(_)) => "good",
    }
}

/// Facts, each a label and a value.
fn rows(facts: &[Fact], html: &mut Html) {
    for (label, value) in facts {
        html.raw("<div><dt>")
            .text(label)
            .raw("</dt><dd>")
            .text(value)
            .raw("</dd></div>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn nothing_that_a_peer_sends_is_markup() {
        let page = page(&sample::hostile());
        for markup in ["<script", "<img", "<b>'", "onerror=\"", "</title><"] {
            assert!(!page.contains(markup), "{markup}\n{page}");
        }
        assert!(page.contains("&lt;script&gt;"), "{page}");
        assert!(page.contains("&lt;/title&gt;&lt;img"), "{page}");
    }

    #[test]
    fn nothing_is_loaded_and_nothing_runs() {
        let page = page(&sample::record());
        for reference in [
            "src=",
            "url(",
            "@import",
            "<link",
            "<script",
            "<iframe",
            "style=\"",
            "javascript:",
        ] {
            assert!(!page.contains(reference), "{reference}");
        }
        let outside = page
            .split("href=\"")
            .skip(1)
            .find(|rest| !rest.starts_with('#'));
        assert_eq!(outside, None);
        assert!(page.contains("default-src 'none'; style-src 'sha256-"));
    }

    #[test]
    fn every_layer_is_on_it() {
        let page = page(&sample::record());
        for text in [
            "Where the time went",
            "x25519",
            "127.0.0.1:8443",
            "days left",
            "HTTP/1.1 200 OK",
            "TCP_INFO",
        ] {
            assert!(page.contains(text), "{text}\n{page}");
        }
    }
}
