use std::time::Duration;

use http::header::{HeaderMap, HeaderName};

/// How long before the server does it an idle connection is closed.
const MARGIN: Duration = Duration::from_secs(1);

/// How long a connection may be idle, if the server says how long it keeps it.
///
/// ```text
/// Keep-Alive = 1#( token "=" ( token / quoted-string ) )         RFC 2068 §19.7.1.1
/// ```
pub(super) fn idle_max(fields: &HeaderMap) -> Option<Duration> {
    const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
    // There are few fields: to look at each is cheaper than to hash a name.
    let (_, value) = fields.iter().find(|(name, _)| **name == KEEP_ALIVE)?;
    let timeout = value
        .as_bytes()
        .split(|byte| *byte == b',')
        .find_map(timeout);
    timeout.map(|timeout| timeout.saturating_sub(MARGIN))
}

/// That of a parameter, if it is the one.
fn timeout(parameter: &[u8]) -> Option<Duration> {
    const NAME: usize = "timeout".len();
    let (name, value) = parameter.trim_ascii_start().split_at_checked(NAME)?;
    if !name.eq_ignore_ascii_case(b"timeout") {
        return None;
    }
    let seconds = value.trim_ascii_start().strip_prefix(b"=")?.trim_ascii();
    let bare = seconds
        .strip_prefix(b"\"")
        .and_then(|s| s.strip_suffix(b"\""));
    let seconds = str::from_utf8(bare.unwrap_or(seconds)).ok()?;
    // `+5` is a number to `parse`.
    let is_number = seconds.bytes().all(|byte| byte.is_ascii_digit());
    is_number
        .then(|| seconds.parse().ok())?
        .map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_left_before_the_server_closes() {
        for (value, seconds) in [
            ("timeout=5", Some(4)),
            ("max=100, Timeout=\"20\"", Some(19)),
            ("timeout=0", Some(0)),
            (" max = 7 , timeout = 20 ", Some(19)),
            ("timeout=soon", None),
            ("timeout=+5", None),
            ("timeout=", None),
            ("timeouts=5", None),
            ("timeout", None),
            ("max=100", None),
            ("5", None),
        ] {
            let mut fields = HeaderMap::new();
            fields.insert("keep-alive", value.parse().unwrap());
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(idle_max(&fields), expected, "{value}");
        }
    }
}
