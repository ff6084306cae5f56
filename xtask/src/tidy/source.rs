use std::path::Path;

use anyhow::Context as _;

/// A text file of the workspace, its path relative to the root with `/` between the folders.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Folders that hold nothing of ours.
const FOREIGN: &[&str] = &["target", "node_modules"];

/// Every file below `root` with that extension, in order. Hidden folders and build output are passed over.
pub(crate) fn read(root: &Path, extension: &str) -> anyhow::Result<Vec<File>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in folder
            .read_dir()
            .with_context(|| folder.display().to_string())?
        {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // A symbolic link is neither here: it could lead out of the tree, or in a circle.
            if kind.is_dir() && !name.starts_with('.') && !FOREIGN.contains(&&*name) {
                folders.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|found| found == extension) {
                let text =
                    std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                let path = path
                    .strip_prefix(root)
                    .expect("the walk starts at the root")
                    .to_string_lossy()
                    .into_owned();
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// Rust text with its comments blanked and the insides of its literals replaced by `_`, line by line as it was.
pub(crate) fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = out
            .chars()
            .next_back()
            .is_some_and(|last| last.is_alphanumeric() || last == '_');
        let (len, fill) = match rest {
            _ if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), ' '),
            _ if rest.starts_with("/*") => (block_comment(rest), ' '),
            _ if first == '"' => (quoted(rest), '_'),
            _ if first == '\'' => (character(rest), '_'),
            // `r"…"`, `br#"…"#`: an identifier may end in r, so only where none runs on.
            _ if first == 'r' && (!word || out.ends_with(['b', 'c'])) => (raw(rest), '_'),
            _ => (0, ' '),
        };
        if len == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            out.extend(
                rest[..len]
                    .chars()
                    .map(|c| if c == '\n' { c } else { fill }),
            );
            rest = &rest[len..];
        }
    }
    out
}

/// Block comments nest.
fn block_comment(text: &str) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if text[at..].starts_with("*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A character literal, or 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((escaped, _))) => text[escaped + 1..]
            .find('\'')
            .map_or(0, |end| escaped + 1 + end + 1),
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 0,
    }
}

/// A raw string that starts with `r`, or 0.
fn raw(text: &str) -> usize {
    let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
    if !text[1 + hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let start = 1 + hashes + 1;
    text[start..]
        .find(&end)
        .map_or(text.len(), |at| start + at + end.len())
}

/// Blanks each item under `#[cfg(test)]`. Takes what [`code`] returns, where braces are braces.
pub(crate) fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        let item = &rest[start + MARK.len()..];
        let end = start + MARK.len() + item_len(item);
        out.push_str(&rest[..start]);
        out.extend(
            rest[start..end]
                .chars()
                .map(|c| if c == '\n' { c } else { ' ' }),
        );
        rest = &rest[end..];
    }
    out + rest
}

/// Up to the `;` or the closing brace of an item, its other attributes included.
fn item_len(item: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in item.bytes().enumerate() {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn blanked(text: &str, expected: &str) {
        assert_eq!(code(text), expected);
    }

    #[test]
    fn comments_become_blank_and_keep_their_lines() {
        blanked("a // b\nc", "a     \nc");
        blanked("a /* b /* c */\n d */ e", "a             \n      e");
        blanked("/// doc\nfn f() {}", "       \nfn f() {}");
    }

    #[test]
    fn the_inside_of_a_literal_is_no_code() {
        blanked(r#"f("// no", b)"#, "f(_______, b)");
        blanked(r#"f("a\"b")"#, "f(______)");
        blanked(r##"f(r#"a"b"#)"##, "f(________)");
        blanked(r#"f(br"\", '"', x)"#, "f(b____, ___, x)");
        blanked(r"f('\'', '\u{7f}')", "f(____, ________)");
    }

    #[test]
    fn a_lifetime_is_not_a_literal_and_a_name_ending_in_r_is_not_raw() {
        blanked(
            "fn f<'a>(x: &'a str) -> &'static str",
            "fn f<'a>(x: &'a str) -> &'static str",
        );
        blanked("let var = r; r#type", "let var = r; r#type");
    }

    #[test]
    fn an_item_under_cfg_test_is_left_out_and_the_next_one_is_not() {
        let text = "fn a() {}\n#[cfg(test)]\n#[path = x]\nmod tests {\n    fn b() { if c {} }\n}\nfn d() {}";
        assert_eq!(
            without_tests(text)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            "fn a() {} fn d() {}"
        );
        assert_eq!(without_tests("#[cfg(test)] use a; use b;").trim(), "use b;");
        assert_eq!(
            without_tests("#[cfg(test)] fn f() -> [u8; 2] { g(); } fn h() {}").trim(),
            "fn h() {}"
        );
    }
}
