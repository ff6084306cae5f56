//! The command line of a client program.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::transfer::{Direction, Framing};

/// What a client is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Scheme and authority of the server.
    pub site: String,
    /// The certificate that it trusts, PEM; for `https` only.
    pub trusted: Option<PathBuf>,
    /// What is measured.
    pub load: Load,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// Many small answers.
    Small(Small),
    /// One large message.
    Bulk(Bulk),
}

/// Small answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Small {
    /// What is asked for.
    pub path: String,
    /// What every answer says that is counted.
    pub answer: String,
    /// How many ask at once, each for one thing at a time.
    pub tasks: usize,
    /// Whether connections are kept.
    pub connections: Connections,
    /// How long.
    pub time: Duration,
}

/// One large message, over one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// Which way it goes.
    pub direction: Direction,
    /// How its end is told.
    pub framing: Framing,
    /// How long it is.
    pub bytes: u64,
}

/// What becomes of a connection behind an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connections {
    /// It is used again.
    Kept,
    /// The request says `Connection: close`, and the next one has a connection of its own.
    New,
}

impl Order {
    /// Reads the command line of this program.
    ///
    /// # Errors
    ///
    /// When it is not one that [`put_on`](Self::put_on) writes.
    pub fn from_args() -> anyhow::Result<Self> {
        let args: Vec<String> = std::env::args().skip(1).collect();
        Self::read(&args).with_context(|| args.join(" "))
    }

    /// Writes it as the command line of a client.
    pub fn put_on(&self, command: &mut Command) {
        command.args(self.args());
    }

    /// A URL of the site.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.site)
    }

    fn args(&self) -> Vec<String> {
        let mut args = vec!["--site".to_owned(), self.site.clone()];
        if let Some(trusted) = &self.trusted {
            args.extend(["--ca".to_owned(), trusted.display().to_string()]);
        }
        let pairs = match &self.load {
            Load::Small(small) => vec![
                ("--mode", small.connections.word().to_owned()),
                ("--path", small.path.clone()),
                ("--answer", small.answer.clone()),
                ("--tasks", small.tasks.to_string()),
                ("--millis", small.time.as_millis().to_string()),
            ],
            Load::Bulk(bulk) => vec![
                ("--mode", direction_word(bulk.direction).to_owned()),
                ("--framing", framing_word(bulk.framing).to_owned()),
                ("--bytes", bulk.bytes.to_string()),
            ],
        };
        args.extend(
            pairs
                .into_iter()
                .flat_map(|(name, value)| [name.to_owned(), value]),
        );
        args
    }

    fn read(args: &[String]) -> anyhow::Result<Self> {
        let find = |name: &str| {
            let at = args.chunks(2).find(|pair| pair[0] == name);
            at.and_then(|pair| pair.get(1)).cloned()
        };
        let value = |name: &str| find(name).with_context(|| format!("{name} is needed"));
        let small = |connections| {
            anyhow::Ok(Load::Small(Small {
                path: value("--path")?,
                answer: value("--answer")?,
                tasks: value("--tasks")?.parse()?,
                connections,
                time: Duration::from_millis(value("--millis")?.parse()?),
            }))
        };
        let bulk = |direction| {
            anyhow::Ok(Load::Bulk(Bulk {
                direction,
                framing: match &*value("--framing")? {
                    LENGTH => Framing::Length,
                    CHUNKED => Framing::Chunked,
                    other => bail!("unknown framing {other}"),
                },
                bytes: value("--bytes")?.parse()?,
            }))
        };
        Ok(Self {
            site: value("--site")?,
            trusted: find("--ca").map(PathBuf::from),
            load: match &*value("--mode")? {
                KEPT => small(Connections::Kept)?,
                NEW => small(Connections::New)?,
                DOWN => bulk(Direction::Down)?,
                UP => bulk(Direction::Up)?,
                other => bail!("unknown mode {other}"),
            },
        })
    }
}

const KEPT: &str = "kept";
const NEW: &str = "new";
const DOWN: &str = "down";
const UP: &str = "up";
const LENGTH: &str = "length";
const CHUNKED: &str = "chunked";

impl Connections {
    fn word(self) -> &'static str {
        match self {
            Self::Kept => KEPT,
            Self::New => NEW,
        }
    }
}

fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Down => DOWN,
        Direction::Up => UP,
    }
}

fn framing_word(framing: Framing) -> &'static str {
    match framing {
        Framing::Length => LENGTH,
        Framing::Chunked => CHUNKED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(connections: Connections) -> Order {
        Order {
            site: "https://127.0.0.1:1".to_owned(),
            trusted: Some("root.pem".into()),
            load: Load::Small(Small {
                path: "/".to_owned(),
                answer: "Hello, World!".to_owned(),
                tasks: 64,
                connections,
                time: Duration::from_millis(1500),
            }),
        }
    }

    fn bulk(direction: Direction, framing: Framing) -> Order {
        Order {
            site: "http://127.0.0.1:1".to_owned(),
            trusted: None,
            load: Load::Bulk(Bulk {
                direction,
                framing,
                bytes: 9,
            }),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for order in [
            small(Connections::Kept),
            small(Connections::New),
            bulk(Direction::Down, Framing::Length),
            bulk(Direction::Up, Framing::Chunked),
        ] {
            assert_eq!(Order::read(&order.args()).unwrap(), order);
        }
    }

    #[test]
    fn an_order_without_a_part_is_refused() {
        let args = small(Connections::Kept).args();
        for at in (0..args.len()).step_by(2) {
            let mut less = args.clone();
            let name = less.remove(at);
            less.remove(at);
            assert_eq!(Order::read(&less).is_ok(), name == "--ca", "{name}");
        }
    }
}
