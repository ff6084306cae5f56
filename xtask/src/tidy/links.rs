use std::path::Path;

use super::source::File;

/// Relative links of a Markdown page that lead nowhere.
pub(crate) fn check(root: &Path, page: &File) -> Vec<String> {
    let folder = root
        .join(&page.path)
        .parent()
        .expect("a page lies in a folder")
        .to_path_buf();
    let broken = |link: &str| {
        let file = link.split('#').next().unwrap_or_default();
        // A heading of the same page, or another host's page.
        let elsewhere = file.is_empty() || link.contains("://") || link.starts_with("mailto:");
        !elsewhere && (file.starts_with('/') || !folder.join(file).exists())
    };
    links(&page.text)
        .into_iter()
        .filter(|(_, link)| broken(link))
        .map(|(line, link)| format!("{}:{line}: `{link}` leads nowhere", page.path))
        .collect()
}

/// The target of each `[text](target)` and `[label]: target` outside code, with its line.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (at, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        if trimmed.starts_with('[')
            && let Some((_, target)) = trimmed.split_once("]: ")
        {
            found.extend(
                target
                    .split_whitespace()
                    .next()
                    .map(|target| (at + 1, target)),
            );
        }
        // Every second piece between backticks is code.
        for prose in line.split('`').step_by(2) {
            for piece in prose.split("](").skip(1) {
                let target = piece.split([')', ' ']).next().unwrap_or_default();
                found.push((at + 1, target));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> usize {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("docs")).unwrap();
        std::fs::write(root.path().join("docs/map.md"), "").unwrap();
        check(
            root.path(),
            &File {
                path: "docs/page.md".into(),
                text: text.into(),
            },
        )
        .len()
    }

    #[test]
    fn a_link_that_leads_nowhere_is_reported() {
        assert_eq!(faults("see [it](gone.md)"), 1);
        assert_eq!(
            faults("see [it](gone.md#part) and [that](../docs/gone.md)"),
            2
        );
        assert_eq!(faults("[it]: gone.md"), 1);
        assert_eq!(faults("[a](`x`) and [code `x` in the text](gone.md)"), 1);
    }

    #[test]
    fn an_absolute_path_is_the_writers_machine_and_no_link() {
        assert_eq!(faults("see [it](/docs/map.md)"), 1);
    }

    #[test]
    fn files_folders_headings_hosts_and_code_pass() {
        assert_eq!(
            faults(
                "[a](map.md) [b](map.md#part) [c](../docs) [d](#part) [e](https://example.org/x)"
            ),
            0
        );
        assert_eq!(
            faults("[it]: map.md \"title\"\n`[x](gone.md)`\n```\n[x](gone.md)\n```\n"),
            0
        );
    }
}
