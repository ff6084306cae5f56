//! The flags of `wharf serve`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use wharf_pki::SubjectAltName;

use crate::args::{HomeArg, server_name};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf serve
  wharf serve public/ --name app.test --listen 127.0.0.1:443 --http 127.0.0.1:80
  wharf serve --listen '[::]:8443' --http off

When it accepts connections, it prints the URL of each listener on stdout, a line each, and on stderr a curl command \
that trusts the CA. The first run makes the CA. Ctrl-C lets running downloads finish; a second one cuts them.")]
pub(crate) struct Serve {
    /// The folder to serve; without it, a page that shows the connection it came by
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Where to listen for HTTPS: IP:PORT or localhost:PORT; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Where to listen for plain HTTP, which is redirected to HTTPS; `off` for nowhere
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address_or_off)]
    pub(crate) http: PlainHttp,
    /// A further name or IP address for the certificate; may be repeated
    #[arg(long = "name", value_name = "NAME", value_parser = server_name)]
    pub(crate) names: Vec<SubjectAltName>,
    #[command(flatten)]
    pub(crate) home: HomeArg,
}

/// Whether and where plain HTTP is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PlainHttp {
    Off,
    On(SocketAddr),
}

fn address(text: &str) -> Result<SocketAddr, String> {
    if let Some(port) = text
        .strip_prefix("localhost:")
        .and_then(|port| port.parse().ok())
    {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    text.parse()
        .map_err(|_| "an address is IP:PORT, as in 127.0.0.1:8443, [::1]:8443 or [::]:0".to_owned())
}

fn address_or_off(text: &str) -> Result<PlainHttp, String> {
    if text == "off" {
        Ok(PlainHttp::Off)
    } else {
        address(text).map(PlainHttp::On)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_with_their_port_only() {
        assert_eq!(address("localhost:1").unwrap().to_string(), "127.0.0.1:1");
        assert_eq!(address("[::]:0").unwrap().to_string(), "[::]:0");
        for text in ["127.0.0.1", "8443", "localhost", "localhost:x", "::1:1"] {
            address(text).unwrap_err();
        }
    }
}
