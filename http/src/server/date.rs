use std::cell::Cell;

use nix::time::{ClockId, clock_gettime};

use crate::h1::HttpDate;

/// The clock that ticks a few hundred times a second and costs next to nothing to read.
#[cfg(target_os = "linux")]
const CLOCK: ClockId = ClockId::CLOCK_REALTIME_COARSE;
#[cfg(not(target_os = "linux"))]
const CLOCK: ClockId = ClockId::CLOCK_REALTIME;

thread_local! {
    static CACHED: Cell<Option<(u64, HttpDate)>> = const { Cell::new(None) };
}

/// The date for now. Formatted once a second per thread.
pub(crate) fn now() -> HttpDate {
    // A clock that does not exist is the one way to fail.
    let seconds = clock_gettime(CLOCK).map_or(0, |now| now.tv_sec());
    let seconds = u64::try_from(seconds).unwrap_or_default();
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
    use std::time::{Duration, SystemTime};

    #[test]
    fn the_date_is_the_present_second() {
        // The clock is a few milliseconds behind.
        let before = SystemTime::now() - Duration::from_secs(2);
        let now = now();
        let parsed =
            httpdate::parse_http_date(std::str::from_utf8(now.as_bytes()).unwrap()).unwrap();
        assert!(parsed >= before && parsed <= SystemTime::now());
    }
}
