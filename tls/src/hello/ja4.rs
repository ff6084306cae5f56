use std::fmt::{self, Write};

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;

use super::{ClientHello, extension, is_grease};

/// The JA4 fingerprint of a client over TCP: what kind of client it says it is, whatever address it comes from. As FoxIO
/// describes it (JA4 itself is free to use, the rest of the JA4+ family is not part of this).
///
/// ```text
/// t13d1516h2_8daaf6152771_e5627efa2ab1
/// |||| | |    |            extensions in ascending order without SNI and ALPN, then signature schemes as sent: SHA-256, cut
/// |||| | |    cipher suites in ascending order: SHA-256, cut to 12 digits
/// |||| | first and last character of the first ALPN protocol
/// |||| number of extensions
/// |||number of cipher suites
/// ||d: with server name, i: without
/// |version
/// TCP
/// ```
///
/// A client can send what it likes: this tells programs apart, it proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ja4(String);

impl Ja4 {
    pub(super) fn of(hello: &ClientHello) -> Self {
        let mut cipher_suites: Vec<_> = hello
            .cipher_suites
            .iter()
            .map(|&suite| suite.into())
            .collect();
        cipher_suites.retain(|&suite| !is_grease(suite));
        let mut extensions = hello.extensions.clone();
        extensions.retain(|&number| !is_grease(number));
        let (suites, count) = (cipher_suites.len().min(99), extensions.len().min(99));
        let name = match hello.extensions.contains(&extension::SERVER_NAME) {
            true => 'd',
            false => 'i',
        };
        cipher_suites.sort_unstable();
        extensions.retain(|number| ![extension::SERVER_NAME, extension::ALPN].contains(number));
        extensions.sort_unstable();
        let mut behind = list(&extensions);
        let schemes: Vec<u16> = hello
            .signature_schemes
            .iter()
            .map(|&scheme| scheme.into())
            .collect();
        let schemes: Vec<u16> = schemes
            .into_iter()
            .filter(|&scheme| !is_grease(scheme))
            .collect();
        if !schemes.is_empty() {
            behind.push('_');
            behind.push_str(&list(&schemes));
        }
        Self(format!(
            "t{}{name}{suites:02}{count:02}{}_{}_{}",
            version(hello),
            alpn(hello),
            cut_hash(&list(&cipher_suites), cipher_suites.is_empty()),
            cut_hash(&behind, extensions.is_empty()),
        ))
    }

    /// The fingerprint as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ja4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn version(hello: &ClientHello) -> &'static str {
    let offered = hello
        .supported_versions
        .iter()
        .map(|&version| u16::from(version));
    let highest = offered.filter(|&version| !is_grease(version)).max();
    match highest.unwrap_or_else(|| hello.legacy_version.into()) {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    }
}

/// First and last character of the first protocol, or of its hexadecimal form if one of them is no letter or digit.
fn alpn(hello: &ClientHello) -> String {
    let Some((first, last)) = hello
        .alpn
        .first()
        .and_then(|name| Some((*name.first()?, *name.last()?)))
    else {
        return "00".to_owned();
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [first, last].map(char::from).iter().collect();
    }
    let digit = |byte: u8, shift: u8| char::from_digit(u32::from(byte >> shift & 0xf), 16);
    [digit(first, 4), digit(last, 0)]
        .into_iter()
        .flatten()
        .collect()
}

fn list(values: &[u16]) -> String {
    let mut text = String::with_capacity(values.len() * 5);
    for (at, value) in values.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}{value:04x}");
    }
    text
}

fn cut_hash(text: &str, is_empty: bool) -> String {
    if is_empty {
        return "000000000000".to_owned();
    }
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let mut hexadecimal = HEXLOWER.encode(digest.as_ref());
    hexadecimal.truncate(12);
    hexadecimal
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in FoxIO's description, with its parts in the client's order and with reserved values among them.
    fn published() -> ClientHello {
        let suites = [
            0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
            0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
        ];
        let extensions = [
            0x2a2a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023,
            0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015,
        ];
        let schemes = [
            0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
        ];
        ClientHello {
            server_name: Some("example.test".to_owned()),
            supported_versions: [0x6a6a, 0x0304, 0x0303].map(Into::into).to_vec(),
            cipher_suites: suites.map(Into::into).to_vec(),
            extensions: extensions.to_vec(),
            signature_schemes: schemes.map(Into::into).to_vec(),
            alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            ..ClientHello::empty(0x0303.into())
        }
    }

    #[test]
    fn the_published_example_comes_out() {
        let expected = "t13d1516h2_8daaf6152771_e5627efa2ab1";
        assert_eq!(published().ja4().as_str(), expected);
        let mut shuffled = published();
        shuffled.cipher_suites.reverse();
        shuffled.extensions.rotate_left(3);
        assert_eq!(shuffled.ja4().as_str(), expected, "the order says nothing");
        shuffled.signature_schemes.reverse();
        assert_ne!(shuffled.ja4().as_str(), expected, "here it does");
    }

    #[test]
    fn what_is_absent_has_its_own_sign() {
        let bare = ClientHello::empty(0x0303.into());
        assert_eq!(bare.ja4().as_str(), "t12i000000_000000000000_000000000000");
        for (protocol, sign) in [
            ("http/1.1", "h1"),
            ("x", "xx"),
            ("\u{ab}h", "c8"),
            ("", "00"),
        ] {
            let hello = ClientHello {
                alpn: vec![protocol.as_bytes().to_vec()],
                ..bare.clone()
            };
            assert_eq!(&hello.ja4().as_str()[8..10], sign, "{protocol}");
        }
    }
}
