//! The URL of a listener.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// The URL under which a person on this machine reaches a listener; the standard port is left out.
pub(crate) fn of(scheme: &str, address: SocketAddr) -> String {
    let ip = address.ip().to_canonical();
    // Of the loopback addresses, only these are what `localhost` means.
    let is_localhost = ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST;
    let host = if is_localhost || ip.is_unspecified() {
        "localhost".to_owned()
    } else if ip.is_ipv6() {
        format!("[{ip}]")
    } else {
        ip.to_string()
    };
    match (scheme, address.port()) {
        ("https", 443) | ("http", 80) => format!("{scheme}://{host}/"),
        (_, port) => format!("{scheme}://{host}:{port}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_addresses_are_localhost_and_others_themselves() {
        let of = |scheme, address: &str| of(scheme, address.parse().unwrap());
        assert_eq!(of("https", "127.0.0.1:8443"), "https://localhost:8443/");
        assert_eq!(of("https", "[::]:443"), "https://localhost/");
        assert_eq!(of("https", "127.0.0.2:443"), "https://127.0.0.2/");
        assert_eq!(of("http", "192.0.2.1:80"), "http://192.0.2.1/");
        assert_eq!(of("http", "[2001:db8::1]:443"), "http://[2001:db8::1]:443/");
    }
}
