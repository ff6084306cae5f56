use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::PatternError;

/// An IP address, or all of a prefix: `192.0.2.0/24`.
///
/// An IPv4 address and its IPv4-mapped IPv6 form are different names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IpPattern {
    network: IpAddr,
    length: u8,
}

impl IpPattern {
    /// Whether `address`, of a certificate, is meant.
    pub fn fits(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.network.is_ipv4()
            && prefix(address, self.length) == prefix(self.network, self.length)
    }
}

impl FromStr for IpPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (network, length) = match text.split_once('/') {
            Some((network, length)) => (network, Some(length)),
            None => (text, None),
        };
        let network: IpAddr = network.parse().map_err(|_| PatternError::Ip)?;
        let width = width(network);
        let length = match length {
            None => width,
            // `parse` takes a sign.
            Some(length) if !length.bytes().all(|c| c.is_ascii_digit()) => {
                return Err(PatternError::Ip);
            }
            Some(length) => length.parse().map_err(|_| PatternError::Ip)?,
        };
        if length > width {
            return Err(PatternError::Ip);
        }
        if prefix(network, length) != prefix(network, width) {
            return Err(PatternError::IpHostBits);
        }
        Ok(Self { network, length })
    }
}

impl fmt::Display for IpPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.length == width(self.network) {
            return self.network.fmt(f);
        }
        write!(f, "{}/{}", self.network, self.length)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address with all bits behind `length` cleared, left-aligned in 128.
fn prefix(address: IpAddr, length: u8) -> u128 {
    let bits = match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    };
    // A shift by all 128 bits overflows: it is what a length of 0 asks for.
    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
    bits & mask
}
