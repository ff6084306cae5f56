//! `--resolve`: addresses that are known beforehand.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::str::FromStr;

use wharf_net::{Resolve, Resolving, SystemResolver};

/// The addresses of a host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    host: String,
    port: u16,
    addresses: Vec<IpAddr>,
}

impl FromStr for Pin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).ok_or_else(|| "it is HOST:PORT:ADDR, as in app.test:443:127.0.0.1".to_owned())
    }
}

fn parse(text: &str) -> Option<Pin> {
    let (host, rest) = text.split_once(':')?;
    let (port, addresses) = rest.split_once(':')?;
    let address = |text: &str| {
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        bare.unwrap_or(text).parse().ok()
    };
    Some(Pin {
        host: (!host.is_empty()).then(|| key(host))?,
        port: port.parse().ok()?,
        addresses: addresses.split(',').map(address).collect::<Option<_>>()?,
    })
}

fn key(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// Knows the pins, and asks the system for the rest.
pub(super) struct Pinned {
    pub(super) pins: Vec<Pin>,
    pub(super) otherwise: SystemResolver,
}

impl Resolve for Pinned {
    fn lookup<'a>(&'a self, name: &'a str, port: u16) -> Resolving<'a> {
        let host = key(name);
        let pin = self
            .pins
            .iter()
            .rev()
            .find(|pin| pin.host == host && pin.port == port);
        let Some(pin) = pin else {
            return self.otherwise.lookup(name, port);
        };
        let addresses = pin.addresses.iter().map(|ip| SocketAddr::new(*ip, port));
        Box::pin(std::future::ready(Ok(addresses.collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_a_host_a_port_and_addresses() {
        let pin: Pin = "App.test.:443:127.0.0.1,[::1],::2".parse().unwrap();
        assert_eq!((pin.host.as_str(), pin.port), ("app.test", 443));
        assert_eq!(pin.addresses.len(), 3);
        for text in [
            "", "a", "a:1", "a:1:", "a:x:::1", ":1:::1", "a:1:b", "a:1:::1,",
        ] {
            text.parse::<Pin>().unwrap_err();
        }
    }

    #[tokio::test]
    async fn a_pin_is_for_its_port_only_and_the_last_one_counts() {
        let pins = ["localhost:1:192.0.2.1", "localhost:1:192.0.2.2"];
        let pinned = Pinned {
            pins: pins.map(|pin| pin.parse().unwrap()).to_vec(),
            otherwise: SystemResolver::default(),
        };
        let found = pinned.resolve("LocalHost", 1).await.unwrap();
        assert_eq!(found, ["192.0.2.2:1".parse().unwrap()]);
        let found = pinned.resolve("localhost", 2).await.unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback()));
    }
}
