//! One end of `dgram`: `datagrams WAY receive`, or `datagrams WAY send ADDRESS BYTES MILLISECONDS`.

#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::bail;
use wharf_bench::datagrams::{Way, receive, send};

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [way, "receive"] => match receive(Way::of_name(way)?)? {},
        [way, "send", to, size, millis] => send(
            Way::of_name(way)?,
            to.parse()?,
            size.parse()?,
            Duration::from_millis(millis.parse()?),
        ),
        _ => bail!("no such end: {}", words.join(" ")),
    }
}
