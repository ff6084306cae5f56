use std::net::IpAddr;
#[derive(Clone, Debug, Default)]
pub struct PrefixSet(Vec<ipnet::IpNet>);
#[derive(Debug)]
pub struct Prefix(ipnet::IpNet);
impl PrefixSet {
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|n| n.contains(&ip))
    }
}
impl std::str::FromStr for Prefix {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        s.parse()
            .map(Prefix)
            .map_err(|e: ipnet::AddrParseError| e.to_string())
    }
}
impl From<Prefix> for PrefixSet {
    fn from(p: Prefix) -> Self {
        Self(vec![p.0])
    }
}
impl FromIterator<Prefix> for PrefixSet {
    fn from_iter<I: IntoIterator<Item = Prefix>>(i: I) -> Self {
        Self(i.into_iter().map(|p| p.0).collect())
    }
}
