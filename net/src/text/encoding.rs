use std::fmt;

use super::legacy::Legacy;

/// A way to write text as bytes: UTF-8, or with the feature `encoding` one of the others of the WHATWG standard.
///
/// ```
/// use wharf_net::text::Encoding;
///
/// assert_eq!(Encoding::for_label(" UTF8 "), Some(Encoding::UTF_8));
/// assert_eq!(Encoding::for_label("utf-7"), None);
/// # #[cfg(feature = "encoding")]
/// assert_eq!(Encoding::for_label("sjis").unwrap().name(), "Shift_JIS");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Encoding(pub(super) Kind);

/// Which engine an encoding needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Utf8,
    Legacy(Legacy),
}

/// The labels of UTF-8 in the standard.
const UTF_8_LABELS: &[&str] = &[
    "unicode-1-1-utf-8",
    "unicode11utf8",
    "unicode20utf8",
    "utf-8",
    "utf8",
    "x-unicode20utf8",
];

impl Encoding {
    /// UTF-8.
    pub const UTF_8: Self = Self(Kind::Utf8);

    /// The encoding that a label means, such as the `charset` of a media type: `"utf8"`, `"gbk"`, `"sjis"`, `"latin1"`.
    ///
    /// Case and surrounding ASCII whitespace do not matter. As on the web, `"latin1"`, `"iso-8859-1"` and `"ascii"`
    /// mean windows-1252, and `"gb2312"` means GBK. `None` if the standard has no such label; without the feature
    /// `encoding` also if it means anything but UTF-8.
    ///
    /// The labels that the standard maps to its `replacement` encoding (`"hz-gb-2312"`, `"iso-2022-kr"`, …) are
    /// `None` too: nothing can be decoded from them, because they served to smuggle markup past filters.
    pub fn for_label(label: &str) -> Option<Self> {
        let trimmed = label.trim_matches(['\t', '\n', '\x0C', '\r', ' ']);
        if UTF_8_LABELS
            .iter()
            .any(|utf_8| utf_8.eq_ignore_ascii_case(trimmed))
        {
            return Some(Self::UTF_8);
        }
        Some(Self(Kind::Legacy(Legacy::for_label(trimmed)?)))
    }

    /// The name in the standard, such as `"UTF-8"`, `"gb18030"`, `"UTF-16LE"`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Utf8 => "UTF-8",
            Kind::Legacy(legacy) => legacy.name(),
        }
    }
}

/// UTF-8.
impl Default for Encoding {
    fn default() -> Self {
        Self::UTF_8
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoding({})", self.name())
    }
}
