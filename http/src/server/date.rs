use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::h1::HttpDate;

thread_local! {
    static CACHED: Cell<Option<(u64, HttpDate)>> = const { Cell::new(None) };
}

/// The date for now. Formatted once a second per thread.
pub(crate) fn now() -> HttpDate {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since_epoch.unwrap_or(Duration::ZERO).as_secs();
    match CACHED.get() {
        Some((cached, date)) if cached == seconds => date,
        _ => {
            let date = HttpDate::from_unix_seconds(seconds);
            CACHED.set(Some((seconds, date)));
            date
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_the_present_second() {
        let before = SystemTime::now() - Duration::from_secs(1);
        let now = now();
        let parsed =
            httpdate::parse_http_date(std::str::from_utf8(now.as_bytes()).unwrap()).unwrap();
        assert!(parsed >= before && parsed <= SystemTime::now());
    }
}
