//! `config.toml` of the state folder: what the CA writes into all that it issues.
//!
//! ```toml
//! crl_urls = ["http://ca.example/intermediate.crl"]
//! ocsp_urls = ["http://ca.example/ocsp"]
//! issuer_urls = ["http://ca.example/intermediate.crt"]
//! ```
//!
//! It is a file and no part of the inventory: the person who sets up that web server edits it, keeps it under version control,
//! and sees what is in force.

use std::fs::File;
use std::io::{self, Read};

use anyhow::Context;
use serde::Deserialize;
use wharf_pki::{Home, Locations};

use crate::ui::Advised;

/// Its name in the state folder.
pub(crate) const FILE: &str = "config.toml";

/// The largest one. It has a few lines.
const BYTES_MAX: u64 = 64 * 1024;

/// A word that is not known is refused: a slip would leave the URL out of every certificate.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Config {
    crl_urls: Vec<String>,
    ocsp_urls: Vec<String>,
    issuer_urls: Vec<String>,
}

/// Where clients find what belongs to the issuer; nowhere without the file.
pub(crate) fn locations(home: &Home) -> anyhow::Result<Locations> {
    let path = home.path().join(FILE);
    let mut text = String::new();
    let read =
        File::open(&path).and_then(|file| file.take(BYTES_MAX + 1).read_to_string(&mut text));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Locations::default()),
        read => read.with_context(|| format!("cannot read {}", path.display()))?,
    };
    if text.len() as u64 > BYTES_MAX {
        anyhow::bail!("{} has more than {BYTES_MAX} bytes", path.display());
    }
    let config = parse(&text).map_err(|message| Advised {
        message: format!("cannot read {}: {message}", path.display()),
        hint: "it has crl_urls, ocsp_urls and issuer_urls, each a list of texts".into(),
    })?;
    Ok(config)
}

fn parse(text: &str) -> Result<Locations, String> {
    // The whole message of the parser has several lines, with the place drawn.
    let config: Config = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    Ok(Locations {
        crl: config.crl_urls,
        ca_issuers: config.issuer_urls,
        ocsp: config.ocsp_urls,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_nowhere_and_a_slip_is_refused() {
        let locations = parse("crl_urls = ['http://a.test/x.crl']").unwrap();
        assert_eq!(locations.crl, ["http://a.test/x.crl"]);
        assert_eq!(locations.ocsp, [""; 0]);
        assert_eq!(parse("").unwrap(), Locations::default());
        let error = parse("crl_url = ['http://a.test/x.crl']").unwrap_err();
        assert!(error.contains("unknown field `crl_url`"), "{error}");
        assert!(parse("crl_urls = 'http://a.test/x.crl'").is_err());
    }
}
