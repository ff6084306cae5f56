//! A name as the name of a file.

/// The longest one, in characters, before its ending: that of a URI could be longer than a file system takes.
const CHARS_MAX: usize = 100;

/// No colon of IPv6, no star of a wildcard, no slash of a URI, not hidden.
pub(crate) fn stem(name: &str) -> String {
    let name = name.replace("*.", "_wildcard.");
    let plain = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' | '@' | '+' => c,
        c if c.is_alphanumeric() => c,
        _ => '_',
    };
    let stem: String = name.chars().map(plain).take(CHARS_MAX).collect();
    match stem.trim_start_matches(['.', '-']) {
        "" => "certificate".to_owned(),
        stem => stem.to_owned(),
    }
}

/// The commonName of a subject as it is printed; all of it without one.
pub(crate) fn common_name(subject: &str) -> &str {
    let mut attributes = subject.split(", ");
    attributes
        .find_map(|attribute| attribute.strip_prefix("CN="))
        .unwrap_or(subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_make_plain_file_names() {
        for (name, expected) in [
            ("a.test", "a.test"),
            ("*.a.test", "_wildcard.a.test"),
            ("::1", "__1"),
            ("127.0.0.1", "127.0.0.1"),
            ("spiffe://a.test/x", "spiffe___a.test_x"),
            ("me@a.test", "me@a.test"),
            ("../a b", "_a_b"),
            ("..", "certificate"),
        ] {
            assert_eq!(stem(name), expected);
        }
        assert_eq!(stem(&"x".repeat(300)).len(), CHARS_MAX);
    }
}
