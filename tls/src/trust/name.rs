use std::time::{Duration, SystemTime, UNIX_EPOCH};

use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Name;

/// How much of a name is shown, in characters. RFC 5280 bounds a common name at 64 and most others at 128.
const NAME_CHARS_MAX: usize = 256;

/// A distinguished name for people: escaped, and cut where it goes on for too long.
pub(super) fn text(name: &X509Name<'_>) -> String {
    let whole = name.to_string();
    let mut text: String = whole
        .chars()
        .flat_map(|c| c.escape_debug())
        .take(NAME_CHARS_MAX + 1)
        .collect();
    if let Some((cut, _)) = text.char_indices().nth(NAME_CHARS_MAX) {
        text.truncate(cut);
        text.push('…');
    }
    text
}

/// A time of a certificate or CRL. Before 1970 is 1970: such a time is only ever compared with later ones.
pub(super) fn time(time: ASN1Time) -> SystemTime {
    let seconds = u64::try_from(time.timestamp()).unwrap_or(0);
    UNIX_EPOCH + Duration::from_secs(seconds)
}
