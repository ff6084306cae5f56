use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

thread_local! {
    static CACHED: RefCell<(u64, [u8; 29])> = const { RefCell::new((u64::MAX, [b' '; 29])) };
}

/// The value of the `Date` field for now, as IMF-fixdate ([RFC 9110 §5.6.7]). Formatted once a second per thread.
///
/// [RFC 9110 §5.6.7]: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
pub(crate) fn now() -> [u8; 29] {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    let seconds = since_epoch.as_secs();
    CACHED.with_borrow_mut(|(cached, text)| {
        if *cached != seconds {
            let formatted = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
            // IMF-fixdate is 29 bytes up to the year 9999.
            if let Ok(bytes) = formatted.as_bytes().try_into() {
                *text = bytes;
            }
            *cached = seconds;
        }
        *text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_the_present_second() {
        let before = SystemTime::now() - Duration::from_secs(1);
        let parsed = httpdate::parse_http_date(std::str::from_utf8(&now()).unwrap()).unwrap();
        assert!(parsed >= before && parsed <= SystemTime::now());
    }
}
