//! One end of `dgram`: `datagrams WAY receive`, or `datagrams WAY send ADDRESS BYTES MILLISECONDS`; over QUIC
//! `datagrams SOCKET receive CERTIFICATE`, or `datagrams SOCKET send ADDRESS CERTIFICATE MIB`.

#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::bail;
use wharf_bench::datagrams::{Quic, Way, receive, send};

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let quic = words.first().and_then(|name| Quic::of_name(name));
    match (quic, &words[..]) {
        (Some(quic), [_, "receive", certificate]) => quic.receive(certificate.as_ref()),
        (Some(quic), [_, "send", to, certificate, mib]) => {
            quic.send(to.parse()?, certificate.as_ref(), mib.parse()?)
        }
        (None, [way, "receive"]) => match receive(Way::of_name(way)?)? {},
        (None, [way, "send", to, size, millis]) => send(
            Way::of_name(way)?,
            to.parse()?,
            size.parse()?,
            Duration::from_millis(millis.parse()?),
        ),
        _ => bail!("no such end: {}", words.join(" ")),
    }
}
