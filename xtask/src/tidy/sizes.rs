use super::source::{File, code, without_tests};

/// Past this a file holds more than one idea. Good files here run 70 to 200.
const CODE_LINES_MAX: usize = 500;

/// A file with more code than a reader keeps in mind. Comments, blank lines and tests do not count: tests are read one
/// at a time.
pub(crate) fn check(file: &File) -> Option<String> {
    if file.path.split('/').any(|folder| folder == "tests") {
        return None;
    }
    let lines = code_lines(&file.text);
    (lines > CODE_LINES_MAX).then(|| {
        format!(
            "{}: {lines} code lines, at most {CODE_LINES_MAX}",
            file.path
        )
    })
}

fn code_lines(text: &str) -> usize {
    without_tests(&code(text))
        .lines()
        .filter(|line| !line.trim().is_empty())
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn too_long(text: &str) -> bool {
        check(&File {
            path: "x.rs".into(),
            text: text.into(),
        })
        .is_some()
    }

    #[test]
    fn the_five_hundred_and_first_line_is_reported() {
        assert!(too_long(&"let x = 1;\n".repeat(501)));
        assert!(!too_long(&"let x = 1;\n".repeat(500)));
    }

    #[test]
    fn comments_blank_lines_and_tests_do_not_count() {
        assert!(!too_long(&"// why\n\nlet x = 1;\n".repeat(500)));
        assert!(!too_long(&format!(
            "#[cfg(test)]\nmod tests {{\n{}}}\n",
            "fn f() {}\n".repeat(600)
        )));
        let long = File {
            path: "net/tests/x.rs".into(),
            text: "fn f() {}\n".repeat(501),
        };
        assert_eq!(check(&long), None);
    }
}
