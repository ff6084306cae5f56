//! Where the files of a certificate are.

use std::path::{Path, PathBuf};

use wharf_pki::store::FileKind;

/// The longest name of a file before its ending, in characters: that of a URI could be longer than a file system takes.
const STEM_CHARS_MAX: usize = 100;

/// The files of one certificate.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) chain: PathBuf,
    pub(super) key: PathBuf,
    key_is_new: bool,
}

impl Files {
    /// `NAME.pem` and `NAME.key` in a folder, or a key that is elsewhere.
    pub(super) fn new(folder: &Path, name: &str, key: Option<&Path>) -> Self {
        let stem = stem(name);
        let file = |ending: &str| folder.join(format!("{stem}.{ending}"));
        Self {
            chain: file("pem"),
            key: key.map_or_else(|| file("key"), Path::to_owned),
            key_is_new: key.is_none(),
        }
    }

    /// Those that will be written.
    pub(super) fn new_ones(&self) -> Vec<&Path> {
        let key = self.key_is_new.then_some(&*self.key);
        [&*self.chain].into_iter().chain(key).collect()
    }

    /// For the inventory. A key from stdin has no place.
    pub(super) fn planned(&self) -> Vec<(FileKind, PathBuf)> {
        let chain = (FileKind::Chain, self.chain.clone());
        let key = (FileKind::Key, self.key.clone());
        let key = (!crate::files::is_dash(&self.key)).then_some(key);
        [chain].into_iter().chain(key).collect()
    }
}

/// A name as the name of a file: no colon of IPv6, no star of a wildcard, no slash of a URI, not hidden.
fn stem(name: &str) -> String {
    let name = name.replace("*.", "_wildcard.");
    let plain = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' | '@' | '+' => c,
        c if c.is_alphanumeric() => c,
        _ => '_',
    };
    let stem: String = name.chars().map(plain).take(STEM_CHARS_MAX).collect();
    match stem.trim_start_matches(['.', '-']) {
        "" => "certificate".to_owned(),
        stem => stem.to_owned(),
    }
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
        assert_eq!(stem(&"x".repeat(300)).len(), STEM_CHARS_MAX);
    }
}
