//! A CA in memory, a certificate for localhost, and the chain that a TLS server would send.
//!
//! `cargo run -p wharf-pki --example localhost`

use std::error::Error;
use std::io::{self, Write};
use std::time::SystemTime;

use wharf_pki::inspect::inspect_pem;
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let now = SystemTime::now().into();

    // The root goes into trust stores and signs one intermediate; the intermediate does the rest.
    let root = Authority::root(
        Key::generate(KeyType::P256)?,
        &CaSubject::new("Example root"),
        3650 * DAY,
        1,
        now,
    )?;
    let ca = root.intermediate(
        Key::generate(KeyType::P256)?,
        &CaSubject::new("Example CA"),
        1825 * DAY,
        now,
    )?;

    let key = Key::generate(KeyType::P256)?;
    let names = vec![
        "localhost".parse()?,
        "*.dev.localhost".parse()?,
        "127.0.0.1".parse()?,
        "::1".parse()?,
    ];
    let issued = ca.issue(
        &EndEntity {
            names,
            ..EndEntity::default()
        },
        &key,
        now,
    )?;

    let chain = issued.certificate.to_pem() + &ca.certificate().to_pem();
    let mut out = io::stdout().lock();
    for certificate in inspect_pem(&chain)? {
        writeln!(out, "{certificate}")?;
    }
    write!(out, "{chain}")?;
    Ok(())
}
