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
    let value = fields.get(KEEP_ALIVE)?.to_str().ok()?;
    let timeout = value.split(',').find_map(|parameter| {
        let (name, seconds) = parameter.split_once('=')?;
        let is_timeout = name.trim().eq_ignore_ascii_case("timeout");
        let seconds = is_timeout.then(|| seconds.trim().trim_matches('"').parse().ok())?;
        seconds.map(Duration::from_secs)
    });
    timeout.map(|timeout| timeout.saturating_sub(MARGIN))
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
            ("timeout=soon", None),
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
