//! A folder without an index: what is in it. And what is not there: 404.

use std::path::{Component, Path, PathBuf};

use http::{HeaderMap, Response, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use time::OffsetDateTime;
use tokio::fs;

use super::html::{self, escape};
use super::{Body, accepts, printable, whole};

/// The most entries shown. A page of more serves nobody, and making it holds up others.
const ENTRIES_MAX: usize = 5_000;

/// What may stand in a path segment as it is (RFC 3986 §3.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

struct Entry {
    name: String,
    is_folder: bool,
    bytes: u64,
    modified: Option<OffsetDateTime>,
}

/// Answers for a path under which there is no file.
pub(crate) async fn answer(root: &Path, path: &str, fields: &HeaderMap) -> Response<Body> {
    let entries = match resolve(root, path) {
        Some(folder) if path.ends_with('/') => read(&folder).await,
        _ => None,
    };
    let Some((entries, is_cut)) = entries else {
        return nothing_here();
    };
    if accepts(fields, "text/html") {
        whole(
            StatusCode::OK,
            "text/html; charset=utf-8",
            to_html(path, &entries, is_cut),
        )
    } else {
        whole(
            StatusCode::OK,
            "text/plain; charset=utf-8",
            to_text(&entries),
        )
    }
}

/// There is no such file or folder.
pub(super) fn nothing_here() -> Response<Body> {
    whole(
        StatusCode::NOT_FOUND,
        "text/plain; charset=utf-8",
        "there is nothing here\n",
    )
}

/// The file or folder that a path names, if it lies inside the root.
pub(super) fn resolve(root: &Path, path: &str) -> Option<PathBuf> {
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let relative = Path::new(decoded.trim_start_matches('/'));
    let is_inside = relative
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    (is_inside && !decoded.contains(['\0', '\\'])).then(|| root.join(relative))
}

/// The entries, folders first, and whether there are more. Hidden ones are left out.
async fn read(folder: &Path) -> Option<(Vec<Entry>, bool)> {
    let mut reader = fs::read_dir(folder).await.ok()?;
    let mut entries = Vec::new();
    while let Ok(Some(entry)) = reader.next_entry().await {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if entries.len() == ENTRIES_MAX {
            return Some((sorted(entries), true));
        }
        // The target of a link is what a click leads to. A broken one leads nowhere.
        let Ok(metadata) = fs::metadata(entry.path()).await else {
            continue;
        };
        let modified = metadata.modified().ok().map(OffsetDateTime::from);
        entries.push(Entry {
            name,
            is_folder: metadata.is_dir(),
            bytes: metadata.len(),
            modified,
        });
    }
    Some((sorted(entries), false))
}

fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by(|a, b| {
        b.is_folder
            .cmp(&a.is_folder)
            .then_with(|| a.name.cmp(&b.name))
    });
    entries
}

fn to_text(entries: &[Entry]) -> String {
    entries
        .iter()
        .map(|entry| {
            format!(
                "{}{}\n",
                printable(entry.name.as_bytes()),
                if entry.is_folder { "/" } else { "" }
            )
        })
        .collect()
}

fn to_html(path: &str, entries: &[Entry], is_cut: bool) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy().into_owned();
    let title = escape(&decoded);
    let parent = if path == "/" {
        ""
    } else {
        "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n"
    };
    let rows: String = entries.iter().map(row).collect();
    let empty = if entries.is_empty() {
        "<p class=\"quiet\">This folder is empty.</p>"
    } else {
        ""
    };
    let cut = if is_cut {
        format!("<p class=\"quiet\">Only the first {ENTRIES_MAX} entries are shown.</p>")
    } else {
        String::new()
    };
    let content = format!(
        "<h1>{title}</h1>\n<section><table class=\"files\">\n\
         <thead><tr><th>Name</th><th class=\"number\">Size</th><th>Changed (UTC)</th></tr></thead>\n\
         <tbody>\n{parent}{rows}</tbody></table>{empty}{cut}</section>\n"
    );
    html::frame(&title, &content)
}

fn row(entry: &Entry) -> String {
    let slash = if entry.is_folder { "/" } else { "" };
    let href = utf8_percent_encode(&entry.name, SEGMENT);
    let name = escape(&entry.name);
    let size = if entry.is_folder {
        String::new()
    } else {
        size(entry.bytes)
    };
    let modified = entry.modified.map_or_else(String::new, |at| {
        format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute())
    });
    // `./` keeps a name with a colon from being read as a scheme.
    format!(
        "<tr><td><a href=\"./{href}{slash}\">{name}{slash}</a></td><td class=\"number\">{size}</td><td>{modified}</td></tr>\n"
    )
}

/// Three digits at the most, in powers of 1024.
fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = u128::from(bytes) * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10_240 {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside_the_folder() {
        let root = Path::new("/srv");
        assert_eq!(resolve(root, "/"), Some("/srv/".into()));
        assert_eq!(resolve(root, "/a"), Some("/srv/a".into()));
        assert_eq!(resolve(root, "/a/b/"), Some("/srv/a/b".into()));
        assert_eq!(resolve(root, "/a%20b/"), Some("/srv/a b".into()));
        assert_eq!(resolve(root, "//a/"), Some("/srv/a".into()));
        for path in [
            "/../",
            "/a/../../",
            "/%2e%2e/",
            "/a%2f..%2f..%2fetc/",
            "/%00/",
            "/..%5c/",
            "/%ff/",
        ] {
            assert_eq!(resolve(root, path), None, "{path}");
        }
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1_048_576, "1.0 MiB"),
            (u64::MAX, "15.9 EiB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn names_are_escaped_in_text_and_in_links() {
        let entry = Entry {
            name: "<a>&\"b\".txt".into(),
            is_folder: false,
            bytes: 1,
            modified: None,
        };
        let row = row(&entry);
        assert!(row.contains("href=\"./%3Ca%3E%26%22b%22.txt\""), "{row}");
        assert!(row.contains("&lt;a&gt;&amp;&quot;b&quot;.txt"), "{row}");
    }
}
