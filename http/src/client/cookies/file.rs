//! The file format of Netscape, which curl and wget read and write: a line for each cookie, seven fields between tabs.
//!
//! ```text
//! domain  whether its subdomains are meant  path  Secure  expiry in Unix seconds, 0 for none  name  value
//! ```
//!
//! Nobody has specified it. `#HttpOnly_` before the domain is curl's; any other `#` begins a comment.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use cookie_store::{Cookie, CookieDomain, CookieExpiration};
use url::Url;

/// What curl begins its files with. Older readers of the format look for it.
const HEAD: &str = "# Netscape HTTP Cookie File\n";

const HTTP_ONLY: &str = "#HttpOnly_";

/// Writes the cookies that have not expired.
pub(super) fn emit<'a>(cookies: impl Iterator<Item = &'a Cookie<'static>>) -> String {
    let mut file = HEAD.to_owned();
    for cookie in cookies {
        let (name, value) = cookie.name_value();
        let fields = [name, value, &cookie.path];
        // A value may hold a tab, and there is no way to write it here.
        if fields
            .iter()
            .any(|field| field.contains(['\t', '\n', '\r']))
        {
            continue;
        }
        let http_only = match cookie.http_only() {
            Some(true) => HTTP_ONLY,
            _ => "",
        };
        let (dot, subdomains) = match &cookie.domain {
            CookieDomain::Suffix(_) => (".", "TRUE"),
            _ => ("", "FALSE"),
        };
        let domain = cookie.domain.as_cow().unwrap_or_default();
        let path = &*cookie.path;
        let secure = match cookie.secure() {
            Some(true) => "TRUE",
            _ => "FALSE",
        };
        let expiry = match &cookie.expires {
            // 0 would be none.
            CookieExpiration::AtUtc(time) => time.unix_timestamp().max(1),
            CookieExpiration::SessionEnd => 0,
        };
        // A String takes all that is written to it.
        let _ = writeln!(
            file,
            "{http_only}{dot}{domain}\t{subdomains}\t{path}\t{secure}\t{expiry}\t{name}\t{value}"
        );
    }
    file
}

/// A line of the file, as a `Set-Cookie` and the URI that could have sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) url: Url,
    pub(super) set_cookie: String,
}

/// A line that is none of this format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What a line holds: nothing, a cookie, or something else.
pub(super) fn parse(line: &str) -> Result<Option<Line>, Malformed> {
    let (line, http_only) = match line.strip_prefix(HTTP_ONLY) {
        Some(line) => (line, "; HttpOnly"),
        None if line.starts_with('#') || line.trim().is_empty() => return Ok(None),
        None => (line, ""),
    };
    let fields: Vec<&str> = line.trim_end_matches('\r').split('\t').collect();
    let [domain, subdomains, path, secure, expiry, name, value] = fields[..] else {
        return Err(Malformed);
    };
    // None of these could have come in a Set-Cookie, which they are about to become.
    if fields.iter().any(|field| field.contains(';')) || !path.starts_with('/') {
        return Err(Malformed);
    }
    let host = domain.trim_start_matches('.');
    let url = Url::parse(&format!("https://{host}/")).map_err(|_| Malformed)?;
    let domain = if flag(subdomains)? {
        format!("; Domain={host}")
    } else {
        String::new()
    };
    let secure = if flag(secure)? { "; Secure" } else { "" };
    let max_age = match expiry.parse::<i64>().map_err(|_| Malformed)? {
        0 => String::new(),
        expiry => format!("; Max-Age={}", expiry.saturating_sub(now())),
    };
    Ok(Some(Line {
        url,
        set_cookie: format!("{name}={value}; Path={path}{domain}{secure}{http_only}{max_age}"),
    }))
}

fn flag(field: &str) -> Result<bool, Malformed> {
    match field {
        "TRUE" => Ok(true),
        "FALSE" => Ok(false),
        _ => Err(Malformed),
    }
}

/// In Unix seconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Result<Option<(&str, &str)>, Malformed>) {
        let parsed =
            parse(line).map(|line| line.map(|line| (line.url.to_string(), line.set_cookie)));
        let expected =
            expected.map(|line| line.map(|(url, line)| (url.to_owned(), line.to_owned())));
        assert_eq!(parsed, expected, "{line}");
    }

    #[test]
    fn a_line_is_a_cookie_a_comment_or_wrong() {
        check(
            "a.com\tFALSE\t/\tTRUE\t0\tn\tv",
            Ok(Some(("https://a.com/", "n=v; Path=/; Secure"))),
        );
        check(
            "#HttpOnly_.a.com\tTRUE\t/x\tFALSE\t0\tn\t\r",
            Ok(Some((
                "https://a.com/",
                "n=; Path=/x; Domain=a.com; HttpOnly",
            ))),
        );
        check("# a comment", Ok(None));
        check("", Ok(None));
        check("\r", Ok(None));
        check("a.com\tFALSE\t/\tTRUE\t0\tn", Err(Malformed));
        check("a.com\tFALSE\t/\tTRUE\t0\tn\tv\tw", Err(Malformed));
        check("a.com\tfalse\t/\tTRUE\t0\tn\tv", Err(Malformed));
        check("a.com\tFALSE\t/\tTRUE\tx\tn\tv", Err(Malformed));
        check("a.com\tFALSE\tx\tTRUE\t0\tn\tv", Err(Malformed));
        check(
            "a.com\tFALSE\t/\tTRUE\t0\tn\tv; Domain=b.com",
            Err(Malformed),
        );
        check("\tFALSE\t/\tTRUE\t0\tn\tv", Err(Malformed));
    }
}
