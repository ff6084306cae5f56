use std::io;
use std::net::IpAddr;

/// A host that may be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host<'a> {
    Literal(IpAddr),
    Name(&'a str),
}

/// The longest name, without the dot at its end: 255 bytes on the wire ([RFC 1035 §2.3.4]), where each label has a byte
/// for its length and the root is one more.
///
/// [RFC 1035 §2.3.4]: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

impl<'a> Host<'a> {
    /// Tells addresses from names and refuses what can be neither.
    ///
    /// Not stricter than that: underscores are in use, and `fe80::1%eth0` is for the system's resolver to read.
    pub(super) fn parse(host: &'a str) -> io::Result<Self> {
        if let Ok(address) = host.parse() {
            return Ok(Self::Literal(address));
        }
        match fault(host.strip_suffix('.').unwrap_or(host)) {
            None => Ok(Self::Name(host)),
            Some(fault) => Err(io::Error::new(io::ErrorKind::InvalidInput, fault)),
        }
    }
}

fn fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("the host is empty");
    }
    if name.len() > NAME_BYTES_MAX {
        return Some("the host is longer than 253 bytes");
    }
    if !name.is_ascii() {
        return Some(
            "the host is not ASCII: an internationalized name is asked for in its xn-- form",
        );
    }
    if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("the host has a blank or a control character in it");
    }
    if name.split('.').any(str::is_empty) {
        return Some("the host has an empty label");
    }
    if name.split('.').any(|label| label.len() > LABEL_BYTES_MAX) {
        return Some("the host has a label longer than 63 bytes");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is_name(host: &str) {
        assert_eq!(Host::parse(host).unwrap(), Host::Name(host));
    }

    #[track_caller]
    fn is_refused(host: &str, why: &str) {
        let error = Host::parse(host).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{host:?}");
        assert!(error.to_string().contains(why), "{host:?}: {error}");
    }

    #[test]
    fn an_address_is_a_literal() {
        for host in ["127.0.0.1", "::1", "2001:db8::1", "::ffff:192.0.2.1"] {
            let address = host.parse().unwrap();
            assert_eq!(Host::parse(host).unwrap(), Host::Literal(address));
        }
    }

    #[test]
    fn a_name_is_a_name_with_and_without_its_last_dot() {
        for host in [
            "localhost",
            "example.com",
            "example.com.",
            "_dmarc.a-b.example",
            "xn--bcher-kva.example",
        ] {
            is_name(host);
        }
        is_name("fe80::1%eth0");
        is_name("127.1");
    }

    #[test]
    fn a_name_of_253_bytes_is_the_longest() {
        let longest = format!("{}{}", "abcdefg.".repeat(31), "abcde");
        assert_eq!(longest.len(), 253);
        is_name(&longest);
        is_name(&format!("{longest}."));
        is_refused(&format!("{longest}f"), "longer than 253");
        is_refused(&"x".repeat(1_000_000), "longer than 253");
    }

    #[test]
    fn a_label_of_63_bytes_is_the_longest() {
        is_name(&format!("{}.example", "x".repeat(63)));
        is_refused(&format!("{}.example", "x".repeat(64)), "longer than 63");
    }

    #[test]
    fn what_can_be_no_name_is_refused() {
        is_refused("", "empty");
        is_refused(".", "empty");
        is_refused("a..b", "empty label");
        is_refused(".a", "empty label");
        is_refused("a..", "empty label");
        is_refused("a\0.example", "control");
        is_refused("a\r\n", "control");
        is_refused("two words", "blank");
        is_refused("bücher.example", "xn--");
    }
}
