//! The page for a browser: one file, without scripts and without anything from elsewhere.
//!
//! | file | what it holds |
//! |---|---|
//! | `waterfall.rs` | where the time went |
//! | `layers.rs` | a request, layer by layer |
//! | `style.css` | how it looks, beside what all pages have in common |

mod layers;
mod waterfall;

use super::facts;
use super::record::Record;
use crate::html::{Html, rows};

const STYLE: &str = include_str!("style.css");

/// The page.
pub(super) fn page(record: &Record) -> String {
    crate::html::page(&facts::title(record), STYLE, |html| content(record, html))
}

fn content(record: &Record, html: &mut Html) {
    header(record, html);
    if !record.hops.is_empty() {
        waterfall::waterfall(record, html);
    }
    for hop in &record.hops {
        layers::request(record, hop, html);
    }
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
