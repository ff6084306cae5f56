//! Cookies ([RFC 6265]): what servers set, and what goes back to them.
//!
//! Domain and path matching and expiry are cookie_store's. Here is what it leaves to others: the bounds and who has to go
//! when they are reached, public suffixes, the order in the field, and what browsers have enforced since ([RFC 6265bis]):
//! `Secure` needs a safe origin to be set, and the prefixes `__Host-` and `__Secure-` mean what they say.
//!
//! [RFC 6265]: https://www.rfc-editor.org/rfc/rfc6265
//! [RFC 6265bis]: https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cookie_store::{Cookie, CookieStore, RawCookie, StoreAction};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Uri};
use url::{Host, Url};

use super::file;

/// The bounds of a [`CookieJar`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieOptions {
    /// How many cookies are kept for one domain, the one they are sent to. When there is one more, the one that was not
    /// used for the longest time goes; of those that are not `Secure`, as long as there are any.
    ///
    /// [RFC 6265 §6.1] asks for at least 50; Firefox and Chrome keep 180, Go any number. The default is 50.
    ///
    /// [RFC 6265 §6.1]: https://www.rfc-editor.org/rfc/rfc6265#section-6.1
    pub domain_cookies_max: usize,
    /// How many cookies are kept in all. When there is one more, the one that was not used for the longest time goes.
    ///
    /// [RFC 6265 §6.1] asks for at least 3000; Chrome keeps 3300, Go any number. The default is 3000.
    ///
    /// [RFC 6265 §6.1]: https://www.rfc-editor.org/rfc/rfc6265#section-6.1
    pub cookies_max: usize,
    /// The longest cookie, name, value and attributes together, in bytes. A longer one is ignored.
    ///
    /// [RFC 6265 §6.1] asks for at least 4096; browsers take 4096 for name and value, curl a line of 8190. The default is
    /// 4096.
    ///
    /// [RFC 6265 §6.1]: https://www.rfc-editor.org/rfc/rfc6265#section-6.1
    pub cookie_bytes_max: usize,
}

impl Default for CookieOptions {
    fn default() -> Self {
        Self {
            domain_cookies_max: 50,
            cookies_max: 3000,
            cookie_bytes_max: 4096,
        }
    }
}

/// Cookies, shared by all clones of this handle. It begins empty, and nothing is written to a disk.
///
/// The client calls [`store`](Self::store) and [`fill`](Self::fill) with the absolute URI of each request; anybody else may
/// too, to bring cookies along or to pass them on.
///
/// ```
/// use http::header::{COOKIE, SET_COOKIE};
/// use http::{HeaderMap, HeaderValue, Uri};
/// use wharf_http::CookieJar;
///
/// let jar = CookieJar::default();
/// let mut response = HeaderMap::new();
/// response.insert(SET_COOKIE, HeaderValue::from_static("session=31d4; Secure; HttpOnly"));
/// jar.store(&Uri::from_static("https://example.com/login"), &response);
///
/// let mut request = HeaderMap::new();
/// jar.fill(&Uri::from_static("https://example.com/"), &mut request);
/// assert_eq!(request[COOKIE], "session=31d4");
/// ```
///
/// A cookie for a whole public suffix (`Domain=co.uk`) is ignored, as in browsers and curl; Go and reqwest take it unless
/// given a list. The list is that of the psl crate, as old as the version that was built.
///
/// A `Secure` cookie is set by https and goes to https, and the loopback hosts `localhost`, `127.0.0.0/8` and `::1` count as
/// safe, as in browsers.
#[derive(Clone, Default)]
pub struct CookieJar(Arc<Shared>);

#[derive(Default)]
struct Shared {
    options: CookieOptions,
    state: Mutex<State>,
}

impl CookieJar {
    /// An empty jar.
    pub fn new(options: CookieOptions) -> Self {
        Self(Arc::new(Shared {
            options,
            state: Mutex::default(),
        }))
    }

    /// Keeps what the `Set-Cookie` lines in the response from `uri` set, and forgets what they let expire.
    ///
    /// A line that is not valid, or sets what its origin may not set, is ignored: a server cannot be told, and other lines
    /// are none the worse.
    pub fn store(&self, uri: &Uri, fields: &HeaderMap) {
        if !fields.contains_key(SET_COOKIE) {
            return;
        }
        let Ok(url) = Url::parse(&uri.to_string()) else {
            return;
        };
        for line in fields.get_all(SET_COOKIE) {
            self.set(line.as_bytes(), &url);
        }
    }

    /// Whether `line` has changed anything.
    fn set(&self, line: &[u8], url: &Url) -> bool {
        if line.len() > self.0.options.cookie_bytes_max {
            return false;
        }
        parse(line, url).is_some_and(|cookie| self.lock().insert(cookie, url, &self.0.options))
    }

    /// Adds to the fields of a request for `uri` what is kept for it, in one `Cookie` line.
    ///
    /// A `Cookie` that is there already goes first, and what it names is not added once more: whoever wrote it by hand meant
    /// it. To be called with fields that this was not called with before: at a redirect, cookies of the last hop would
    /// look like those.
    pub fn fill(&self, uri: &Uri, fields: &mut HeaderMap) {
        let Ok(url) = Url::parse(&uri.to_string()) else {
            return;
        };
        let pairs = self.lock().matching(&url);
        if pairs.is_empty() {
            return;
        }
        let by_hand = fields.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
        let mut line = by_hand.collect::<Vec<_>>().join(&b"; "[..]);
        let named: Vec<Vec<u8>> = names(&line).map(<[u8]>::to_vec).collect();
        for (name, value) in pairs {
            let is_named = named.iter().any(|other| other == name.as_bytes());
            let pair = format!("{name}={value}");
            // One that could not be sent must not keep the others back.
            if !is_named && HeaderValue::try_from(&pair).is_ok() {
                if !line.is_empty() {
                    line.extend_from_slice(b"; ");
                }
                line.extend_from_slice(pair.as_bytes());
            }
        }
        if let Ok(mut line) = HeaderValue::from_bytes(&line)
            && !line.is_empty()
        {
            line.set_sensitive(true);
            fields.insert(COOKIE, line);
        }
    }

    /// All cookies that have not expired, the oldest first, as a file that curl and wget read (`curl --cookie`).
    ///
    /// Session cookies are in it too, as in curl's own. It is a secret like a password: a file is to be readable for its
    /// owner alone.
    pub fn save(&self) -> String {
        let state = self.lock();
        let mut cookies: Vec<_> = state.store.iter_unexpired().collect();
        let created = |key| state.uses.get(&key).map(|used| used.created);
        cookies.sort_by_cached_key(|cookie| created(Key::of(cookie)));
        file::emit(cookies.into_iter())
    }

    /// Adds the cookies in a file that [`save`](Self::save), curl (`--cookie-jar`) or wget has written. What the rules and
    /// bounds for servers would not let in is left out, and so is what has expired since; says how many lines that were.
    pub fn load(&self, file: &str) -> usize {
        let is_left_out = |line: &&str| match file::parse(line) {
            Ok(None) => false,
            Ok(Some(line)) => !self.set(line.set_cookie.as_bytes(), &line.url),
            Err(file::Malformed) => true,
        };
        file.lines().filter(is_left_out).count()
    }

    /// Forgets all cookies.
    pub fn clear(&self) {
        *self.lock() = State::default();
    }

    /// How many cookies there are. Some of them may have expired.
    pub fn len(&self) -> usize {
        self.lock().uses.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A panic under this lock would leave a cookie too many or one too few, which is no reason for another.
    fn lock(&self) -> MutexGuard<'_, State> {
        let state = self.0.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without the cookies: they are secrets.
impl fmt::Debug for CookieJar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieJar")
            .field("options", &self.0.options)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    store: CookieStore,
    /// One for each cookie in `store`.
    uses: HashMap<Key, Use>,
    /// Counts up, in place of a clock: only the order matters.
    now: u64,
}

/// Two cookies that agree in these are one ([RFC 6265 §5.3], step 11).
///
/// [RFC 6265 §5.3]: https://www.rfc-editor.org/rfc/rfc6265#section-5.3
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    domain: String,
    path: String,
    name: String,
}

impl Key {
    fn of(cookie: &Cookie<'_>) -> Self {
        Self {
            domain: cookie.domain.as_cow().unwrap_or_default().into_owned(),
            path: cookie.path.to_string(),
            name: cookie.name().to_owned(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Use {
    created: u64,
    last: u64,
    is_secure: bool,
}

impl State {
    /// Whether this has changed anything.
    fn insert(&mut self, cookie: RawCookie<'static>, url: &Url, options: &CookieOptions) -> bool {
        let Ok(cookie) = Cookie::try_from_raw_cookie(&cookie, url) else {
            return false;
        };
        if !is_safe(url) && self.has_secure(&cookie) {
            return false;
        }
        let key = Key::of(&cookie);
        let is_secure = cookie.secure() == Some(true);
        match self.store.insert(cookie, url) {
            Ok(StoreAction::Inserted | StoreAction::UpdatedExisting) => {
                self.now += 1;
                let now = self.now;
                let fresh = Use {
                    created: now,
                    last: now,
                    is_secure,
                };
                let used = self.uses.entry(key.clone()).or_insert(fresh);
                (used.last, used.is_secure) = (now, is_secure);
                self.make_room(&key.domain, options);
            }
            Ok(StoreAction::ExpiredExisting) => self.remove(&key),
            Err(_) => return false,
        }
        true
    }

    /// Whoever can answer in the place of an http origin could otherwise replace what https has set, or come before it, also
    /// from one subdomain to another (RFC 6265bis §5.7, "leave secure cookies alone"). The path is not looked at, which makes
    /// this a bit stricter.
    fn has_secure(&self, new: &Cookie<'_>) -> bool {
        let domain = new.domain.as_cow().unwrap_or_default();
        self.store.iter_unexpired().any(|cookie| {
            let other = cookie.domain.as_cow().unwrap_or_default();
            let is_related = is_within(&domain, &other) || is_within(&other, &domain);
            cookie.name() == new.name() && cookie.secure() == Some(true) && is_related
        })
    }

    /// What goes to `url`: longer paths first, then what was set first ([RFC 6265 §5.4]).
    ///
    /// [RFC 6265 §5.4]: https://www.rfc-editor.org/rfc/rfc6265#section-5.4
    fn matching(&mut self, url: &Url) -> Vec<(String, String)> {
        self.now += 1;
        let mut found = Vec::new();
        for cookie in self.store.matches(url) {
            let key = Key::of(cookie);
            let Some(used) = self.uses.get_mut(&key) else {
                continue;
            };
            used.last = self.now;
            let order = (Reverse(key.path.len()), used.created);
            found.push((order, (key.name, cookie.value().to_owned())));
        }
        found.sort_unstable_by_key(|(order, _)| *order);
        found.into_iter().map(|(_, pair)| pair).collect()
    }

    /// [RFC 6265 §5.3]: first what has expired, then what is too much for its domain, then what is too much in all. In a domain,
    /// what is not `Secure` goes first (RFC 6265bis §5.7): who can answer for one of its http origins could otherwise drive out
    /// what https has set.
    ///
    /// [RFC 6265 §5.3]: https://www.rfc-editor.org/rfc/rfc6265#section-5.3
    fn make_room(&mut self, domain: &str, options: &CookieOptions) {
        let in_domain = |key: &Key| key.domain == domain;
        let is_fine = |state: &Self| {
            state.count(in_domain) <= options.domain_cookies_max
                && state.uses.len() <= options.cookies_max
        };
        if is_fine(self) {
            return;
        }
        let cookies = self.store.iter_any();
        let expired = cookies.filter(|cookie| cookie.is_expired());
        for key in expired.map(Key::of).collect::<Vec<_>>() {
            self.remove(&key);
        }
        while self.count(in_domain) > options.domain_cookies_max {
            self.evict(in_domain, |used| (used.is_secure, used.last, used.created));
        }
        while self.uses.len() > options.cookies_max {
            self.evict(|_| true, |used| (used.last, used.created));
        }
    }

    fn count(&self, is_meant: impl Fn(&Key) -> bool) -> usize {
        self.uses.keys().filter(|key| is_meant(key)).count()
    }

    fn evict<T: Ord>(&mut self, is_meant: impl Fn(&Key) -> bool, order: impl Fn(&Use) -> T) {
        let meant = self.uses.iter().filter(|(key, _)| is_meant(key));
        let first = meant.min_by_key(|(_, used)| order(used));
        if let Some(key) = first.map(|(key, _)| key.clone()) {
            self.remove(&key);
        }
    }

    fn remove(&mut self, key: &Key) {
        self.store.remove(&key.domain, &key.path, &key.name);
        self.uses.remove(key);
    }
}

/// A cookie that `url` may set, as far as cookie_store does not look at it.
fn parse(line: &[u8], url: &Url) -> Option<RawCookie<'static>> {
    let line = std::str::from_utf8(line).ok()?;
    let mut cookie = RawCookie::parse(line).ok()?.into_owned();
    let is_secure = cookie.secure() == Some(true);
    if is_secure && !is_safe(url) || !keeps_prefix(&cookie) {
        return None;
    }
    if let Some(domain) = cookie.domain()
        && is_public_suffix(domain)
    {
        // The suffix itself is a host like any other, github.io for example; but its cookies are for it alone.
        if !is_host(domain, url) {
            return None;
        }
        cookie.unset_domain();
    }
    Some(cookie)
}

/// `__Secure-` says that https has set it, `__Host-` also that this very host has, for all of its paths; in any case of
/// letters, because servers do not all look at that (RFC 6265bis §4.1.3).
fn keeps_prefix(cookie: &RawCookie<'_>) -> bool {
    let is_secure = cookie.secure() == Some(true);
    let begins_with = |prefix: &str| {
        let begin = cookie.name().get(..prefix.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
    };
    if begins_with("__Host-") {
        return is_secure && cookie.domain().is_none() && cookie.path() == Some("/");
    }
    is_secure || !begins_with("__Secure-")
}

/// Whether a name is the other one or a subdomain of it.
fn is_within(name: &str, of: &str) -> bool {
    let rest = name.strip_suffix(of);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A name under which others than one owner have names; a single label always is one.
fn is_public_suffix(domain: &str) -> bool {
    let domain = canonical(domain);
    psl::suffix_str(&domain) == Some(domain.as_str())
}

fn is_host(domain: &str, url: &Url) -> bool {
    url.host_str().map(canonical) == Some(canonical(domain))
}

/// As psl compares them: lower case, A-labels, without the dots that a domain may begin and end with.
fn canonical(domain: &str) -> String {
    let domain = domain.trim().trim_start_matches('.').trim_end_matches('.');
    match Host::parse(domain) {
        Ok(host) => host.to_string(),
        Err(_) => domain.to_ascii_lowercase(),
    }
}

/// Nobody between here and the server reads or writes what is sent.
fn is_safe(url: &Url) -> bool {
    url.scheme() == "https"
        || match url.host() {
            Some(Host::Domain(domain)) => domain == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

/// The names in a `Cookie` line.
fn names(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let pairs = line.split(|byte| *byte == b';');
    pairs.map(|pair| {
        let name = pair.split(|byte| *byte == b'=').next();
        name.unwrap_or_default().trim_ascii()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(uri: &str) -> Uri {
        uri.parse().unwrap()
    }

    fn set(jar: &CookieJar, from: &str, line: &str) {
        let mut fields = HeaderMap::new();
        fields.append(
            SET_COOKIE,
            HeaderValue::from_bytes(line.as_bytes()).unwrap(),
        );
        jar.store(&uri(from), &fields);
    }

    fn sent(jar: &CookieJar, to: &str) -> String {
        let mut fields = HeaderMap::new();
        jar.fill(&uri(to), &mut fields);
        assert!(fields.get_all(COOKIE).iter().count() <= 1, "one line");
        let line = fields.get(COOKIE).map(HeaderValue::as_bytes);
        String::from_utf8(line.unwrap_or_default().to_vec()).unwrap()
    }

    /// What `from` sets with `line`, and what goes to each of some URIs.
    #[track_caller]
    fn check(from: &str, line: &str, expected: &[(&str, &str)]) {
        let jar = CookieJar::default();
        set(&jar, from, line);
        for (to, expected) in expected {
            assert_eq!(sent(&jar, to), *expected, "{line} from {from} to {to}");
        }
    }

    #[test]
    fn a_cookie_without_domain_goes_back_to_its_host_alone() {
        check(
            "http://a.example/x",
            "n=v",
            &[
                ("http://a.example/", "n=v"),
                ("http://A.example:8080/y", "n=v"),
                ("https://a.example/", "n=v"),
                ("http://b.a.example/", ""),
                ("http://example/", ""),
            ],
        );
    }

    #[test]
    fn a_domain_covers_its_hosts_and_only_its_hosts_may_set_it() {
        let domain = [
            ("http://a.b.com/", "n=v"),
            ("http://b.com/", "n=v"),
            ("http://c.b.com/", "n=v"),
            ("http://ab.com/", ""),
            ("http://a.b.com.org/", ""),
        ];
        check("http://a.b.com/", "n=v; Domain=b.com", &domain);
        check("http://a.b.com/", "n=v; domain=.B.com", &domain);
        let nowhere = [("http://a.b.com/", ""), ("http://c.com/", "")];
        check("http://a.b.com/", "n=v; Domain=c.com", &nowhere);
        check("http://a.b.com/", "n=v; Domain=d.a.b.com", &nowhere);
        check(
            "http://1.2.3.4/",
            "n=v; Domain=3.4",
            &[("http://1.2.3.4/", "")],
        );
        check("http://1.2.3.4/", "n=v", &[("http://1.2.3.4/", "n=v")]);
    }

    #[test]
    fn a_public_suffix_is_no_domain_to_set_a_cookie_for() {
        for (from, suffix) in [
            ("http://a.co.uk/", "co.uk"),
            ("http://a.co.uk/", ".CO.uk"),
            ("http://a.co.uk./", "co.uk."),
            ("http://a.com/", "com"),
            ("http://a.github.io/", "github.io"),
            ("http://a.internal/", "internal"),
            ("http://a.xn--55qx5d.cn/", "公司.cn"),
        ] {
            check(from, &format!("n=v; Domain={suffix}"), &[(from, "")]);
        }
        // Its nearest legal neighbours.
        check(
            "http://b.a.co.uk/",
            "n=v; Domain=a.co.uk",
            &[("http://a.co.uk/", "n=v")],
        );
        check(
            "http://github.io/",
            "n=v; Domain=github.io",
            &[("http://github.io/", "n=v"), ("http://a.github.io/", "")],
        );
        check(
            "http://localhost/",
            "n=v; Domain=localhost",
            &[("http://localhost/", "n=v"), ("http://a.localhost/", "")],
        );
    }

    #[test]
    fn a_path_covers_what_is_below_it() {
        let below = [
            ("http://a.com/x", "n=v"),
            ("http://a.com/x/y?z", "n=v"),
            ("http://a.com/xy", ""),
            ("http://a.com/", ""),
        ];
        check("http://a.com/", "n=v; Path=/x", &below);
        // The default is the folder of what was asked for.
        check("http://a.com/x/index", "n=v", &below);
        check("http://a.com/x/index", "n=v; Path=", &below);
    }

    #[test]
    fn a_secure_cookie_is_for_https() {
        let secure = [("https://a.com/", "n=v"), ("http://a.com/", "")];
        check("https://a.com/", "n=v; Secure", &secure);
        check("http://a.com/", "n=v; Secure", &[("https://a.com/", "")]);
        check(
            "http://127.0.0.1/",
            "n=v; Secure",
            &[("http://127.0.0.1:8080/", "n=v")],
        );
        check(
            "https://a.com/",
            "n=v; HttpOnly",
            &[("http://a.com/", "n=v")],
        );
    }

    #[test]
    fn http_does_not_replace_what_https_has_set() {
        let jar = CookieJar::default();
        set(&jar, "https://a.com/", "n=safe; Secure; Domain=a.com");
        set(&jar, "http://a.com/", "n=other; Domain=a.com");
        set(&jar, "http://b.a.com/", "n=other");
        set(&jar, "http://a.com/", "n=; Domain=a.com; Max-Age=0");
        assert_eq!(sent(&jar, "https://b.a.com/"), "n=safe");
        set(&jar, "https://a.com/", "n=new; Secure; Domain=a.com");
        assert_eq!(sent(&jar, "https://a.com/"), "n=new");
    }

    #[test]
    fn http_does_not_replace_or_shadow_what_https_has_set_for_one_host() {
        for forged in [
            "n=evil; Domain=a.com",
            "n=evil; Domain=a.com; Path=/x",
            "n=; Domain=a.com; Max-Age=0",
        ] {
            for victim in ["https://a.com/", "https://app.a.com/"] {
                let jar = CookieJar::default();
                set(&jar, victim, "n=safe; Secure");
                set(&jar, "http://x.a.com/", forged);
                let seen = sent(&jar, &format!("{victim}x"));
                assert_eq!(seen, "n=safe", "{victim} {forged}");
            }
        }
        // Neither a name that only ends alike nor another cookie is touched by it.
        let jar = CookieJar::default();
        set(&jar, "https://a.com/", "n=safe; Secure");
        set(&jar, "http://xa.com/", "n=other");
        set(&jar, "http://a.com/", "m=other");
        assert_eq!(sent(&jar, "http://xa.com/"), "n=other");
        assert_eq!(sent(&jar, "http://a.com/"), "m=other");
    }

    #[test]
    fn a_prefix_is_kept_or_the_cookie_is_ignored() {
        for (from, line, is_kept) in [
            ("https://a.com/", "__Host-n=v; Secure; Path=/", true),
            ("https://a.com/", "__host-n=v; Secure; Path=/", true),
            ("https://a.com/", "__Host-n=v; Path=/", false),
            ("https://a.com/", "__Host-n=v; Secure", false),
            ("https://a.com/", "__Host-n=v; Secure; Path=/x", false),
            (
                "https://a.com/",
                "__Host-n=v; Secure; Path=/; Domain=a.com",
                false,
            ),
            ("https://a.com/", "__HOST-n=v; Path=/", false),
            ("http://a.com/", "__Host-n=v; Secure; Path=/", false),
            ("https://a.com/", "__Secure-n=v; Secure; Domain=a.com", true),
            ("https://a.com/", "__Secure-n=v", false),
            ("https://a.com/", "__secure-n=v", false),
            ("http://a.com/", "__Secure-n=v; Secure", false),
            ("http://a.com/", "__Secur-n=v", true),
        ] {
            let jar = CookieJar::default();
            set(&jar, from, line);
            assert_eq!(jar.len(), usize::from(is_kept), "{line}");
        }
    }

    #[test]
    fn max_age_comes_before_expires_and_what_is_past_is_gone() {
        let to = "http://a.com/";
        let past = "Expires=Thu, 01 Jan 1970 00:00:01 GMT";
        let future = "Expires=Fri, 01 Jan 2100 00:00:01 GMT";
        for (attributes, expected) in [
            ("Max-Age=100", "n=new"),
            ("Max-Age=0", ""),
            ("Max-Age=-1", ""),
            ("Max-Age=99999999999999999999999", "n=new"),
            ("Max-Age=9223372036854775807", "n=new"),
            ("Expires=Fri, 31 Dec 9999 23:59:59 GMT", "n=new"),
            (past, ""),
            (future, "n=new"),
            (&format!("{past}; Max-Age=100"), "n=new"),
            (&format!("Max-Age=0; {future}"), ""),
            ("Expires=whenever", "n=new"),
        ] {
            let jar = CookieJar::default();
            set(&jar, to, "n=old");
            set(&jar, to, &format!("n=new; {attributes}"));
            assert_eq!(sent(&jar, to), expected, "{attributes}");
            assert_eq!(jar.is_empty(), expected.is_empty(), "{attributes}");
        }
    }

    #[test]
    fn a_value_goes_back_as_it_came() {
        for pair in ["n=\"a b\"", "n=a=b==", "n=%20%zz", "n=", "n={\"a\":1}"] {
            check("http://a.com/", pair, &[("http://a.com/", pair)]);
        }
    }

    #[test]
    fn what_is_not_a_cookie_is_ignored() {
        for line in ["", "=", ";", "=v", "n", "\u{1}=v"] {
            let jar = CookieJar::default();
            let mut fields = HeaderMap::new();
            if let Ok(line) = HeaderValue::from_bytes(line.as_bytes()) {
                fields.append(SET_COOKIE, line);
            }
            fields.append(SET_COOKIE, HeaderValue::from_bytes(b"x=\xff").unwrap());
            fields.append(SET_COOKIE, HeaderValue::from_static("y=1"));
            jar.store(&uri("http://a.com/"), &fields);
            assert_eq!(sent(&jar, "http://a.com/"), "y=1", "{line}");
        }
    }

    #[test]
    fn longer_paths_come_first_and_then_older_cookies() {
        let jar = CookieJar::default();
        let from = "http://a.com/x/y";
        set(&jar, from, "b=1; Path=/");
        set(&jar, from, "a=1; Path=/");
        set(&jar, from, "c=1; Path=/x");
        // A new value does not make it a new cookie.
        set(&jar, from, "b=2; Path=/");
        assert_eq!(sent(&jar, from), "c=1; b=2; a=1");
    }

    #[test]
    fn what_was_written_by_hand_goes_first_and_wins() {
        let jar = CookieJar::default();
        set(&jar, "http://a.com/", "a=jar");
        set(&jar, "http://a.com/", "b=jar");
        let mut fields = HeaderMap::new();
        fields.append(COOKIE, HeaderValue::from_static("b=hand"));
        fields.append(COOKIE, HeaderValue::from_static("c=hand; d"));
        jar.fill(&uri("http://a.com/"), &mut fields);
        let lines: Vec<_> = fields.get_all(COOKIE).iter().collect();
        assert_eq!(lines, ["b=hand; c=hand; d; a=jar"]);
    }

    #[test]
    fn the_bounds_hold_and_what_was_not_used_goes_first() {
        let jar = CookieJar::new(CookieOptions {
            domain_cookies_max: 2,
            cookies_max: 3,
            cookie_bytes_max: 10,
        });
        set(&jar, "http://a.com/", "a=1");
        set(&jar, "http://a.com/x/", "b=1");
        assert_eq!(sent(&jar, "http://a.com/"), "a=1");
        // b was not sent since.
        set(&jar, "http://a.com/", "c=1");
        assert_eq!(sent(&jar, "http://a.com/x/"), "a=1; c=1");
        set(&jar, "http://b.com/", "a=1");
        set(&jar, "http://c.com/", "a=1");
        assert_eq!(jar.len(), 3);
        assert_eq!(sent(&jar, "http://a.com/"), "c=1");
        set(&jar, "http://d.com/", "a=12345678");
        assert_eq!(sent(&jar, "http://d.com/"), "a=12345678");
        set(&jar, "http://e.com/", "a=123456789");
        assert_eq!(sent(&jar, "http://e.com/"), "");
    }

    #[test]
    fn many_cookies_set_by_http_do_not_drive_out_one_that_https_has_set() {
        let jar = CookieJar::new(CookieOptions {
            domain_cookies_max: 2,
            ..CookieOptions::default()
        });
        set(&jar, "https://a.com/", "s=safe; Secure");
        for name in ["b", "c", "d"] {
            set(&jar, "http://x.a.com/", &format!("{name}=1; Domain=a.com"));
        }
        assert_eq!(sent(&jar, "https://a.com/"), "s=safe; d=1");
        // Among those that are alike, the one that was not used for the longest time goes.
        set(&jar, "https://a.com/", "t=safe; Secure");
        set(&jar, "https://a.com/", "u=safe; Secure");
        assert_eq!(sent(&jar, "https://a.com/"), "t=safe; u=safe");
    }

    #[test]
    fn what_is_saved_is_the_same_when_loaded() {
        let jar = CookieJar::default();
        let from = "https://b.a.com/x;y/z";
        set(&jar, from, "host=\"a b\"");
        set(
            &jar,
            from,
            "domain=1; Domain=a.com; Path=/; Secure; HttpOnly",
        );
        set(&jar, from, "__Host-n=; Path=/; Secure; Max-Age=1000");
        set(&jar, from, "path=1; Path=/x");
        set(&jar, from, "gone=1; Path=/");
        set(&jar, from, "gone=1; Path=/; Max-Age=0");
        let file = jar.save();
        let loaded = CookieJar::default();
        // The default path of that URI has a semicolon in it, which a Set-Cookie cannot say.
        assert_eq!(loaded.load(&file), 1);
        assert_eq!(loaded.len(), 3);
        for to in ["https://b.a.com/x/z", "http://b.a.com/", "https://a.com/"] {
            assert_eq!(sent(&loaded, to), sent(&jar, to));
        }
        assert!(file.contains("\t/\tTRUE\t0\tdomain\t1\n"), "{file}");
    }

    /// By curl 7.88.1, the host changed.
    #[test]
    fn a_file_of_curl_is_loaded() {
        let file = "# Netscape HTTP Cookie File\n\
            # https://curl.se/docs/http-cookies.html\n\
            # This file was generated by libcurl! Edit at your own risk.\n\n\
            a.com\tFALSE\t/\tTRUE\t0\td\t4\n\
            a.com\tFALSE\t/p/\tFALSE\t4102444800\tc\t3\n\
            #HttpOnly_a.com\tFALSE\t/p\tFALSE\t0\tb\t\"x y\"\n\
            a.com\tFALSE\t/p/\tFALSE\t1\texpired\t1\n\
            .com\tTRUE\t/\tFALSE\t0\tsuffix\t1\n";
        let jar = CookieJar::default();
        // The one that has expired; and what is for a public suffix becomes its own, as from a server of that name.
        assert_eq!(jar.load(file), 1);
        assert_eq!(sent(&jar, "https://b.com/"), "");
        assert_eq!(sent(&jar, "https://a.com/p/q"), "c=3; b=\"x y\"; d=4");
        assert_eq!(sent(&jar, "http://a.com/p"), "b=\"x y\"");
    }

    #[test]
    fn clones_share_and_clear_forgets() {
        let jar = CookieJar::default();
        set(&jar.clone(), "http://a.com/", "a=secret");
        assert_eq!(sent(&jar, "http://a.com/"), "a=secret");
        assert!(!format!("{jar:?}").contains("secret"));
        jar.clear();
        assert_eq!(sent(&jar, "http://a.com/"), "");
        assert!(jar.is_empty());
    }
}
