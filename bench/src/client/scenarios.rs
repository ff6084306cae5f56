//! What is asked of every client.

use std::time::Duration;

use super::order::{Bulk, Connections, Load, Small};
use crate::report::Unit;
use crate::server::BODY;
use crate::transfer::{Direction, Framing};

/// A table of the report.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What it is called.
    pub name: &'static str,
    /// Who is asked.
    pub site: Site,
    /// For what.
    pub work: Work,
}

/// One server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// Wharf, in the clear.
    Http,
    /// Wharf over TLS, with tickets.
    Https,
    /// Wharf over TLS, without: nobody can resume a session.
    HttpsWithoutTickets,
    /// nginx, in the clear.
    NginxHttp,
    /// nginx over TLS, with tickets.
    NginxHttps,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Small answers over connections that are kept, by so many tasks.
    Kept(usize),
    /// One after the other, each over a connection of its own.
    New,
    /// The same; over TLS, and what counts are answers that say so of their handshake.
    Handshake(&'static str),
    /// As much as is told.
    Bulk(Direction, Framing),
}

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Of a sample of small answers.
    pub time: Duration,
    /// Of a transfer.
    pub bytes: u64,
}

/// Where the server with TLS tells how the handshake went.
pub const HANDSHAKE_PATH: &str = "/handshake";
/// What it says there when no session was resumed.
pub const FULL: &str = "full";
/// And when one was.
pub const RESUMED: &str = "resumed";

/// As many connections as tasks.
const MANY: usize = 64;

/// All tables, in their order.
pub const SCENARIOS: &[Scenario] = {
    use Direction::{Down, Up};
    use Framing::{Chunked, Length};
    use Site::{Http, Https, HttpsWithoutTickets, NginxHttp, NginxHttps};
    use Work::{Bulk, Handshake, Kept, New};
    &[
        scenario("http-kept-1", Http, Kept(1)),
        scenario("http-kept-64", Http, Kept(MANY)),
        scenario("http-new", Http, New),
        scenario("http-down-length", Http, Bulk(Down, Length)),
        scenario("http-down-chunked", Http, Bulk(Down, Chunked)),
        scenario("http-up-length", Http, Bulk(Up, Length)),
        scenario("http-up-chunked", Http, Bulk(Up, Chunked)),
        scenario("https-kept-1", Https, Kept(1)),
        scenario("https-kept-64", Https, Kept(MANY)),
        scenario("https-new-full", HttpsWithoutTickets, Handshake(FULL)),
        scenario("https-new-resumed", Https, Handshake(RESUMED)),
        scenario("https-down-length", Https, Bulk(Down, Length)),
        scenario("https-down-chunked", Https, Bulk(Down, Chunked)),
        scenario("https-up-length", Https, Bulk(Up, Length)),
        scenario("https-up-chunked", Https, Bulk(Up, Chunked)),
        scenario("nginx-http-kept-1", NginxHttp, Kept(1)),
        scenario("nginx-http-kept-64", NginxHttp, Kept(MANY)),
        scenario("nginx-https-kept-1", NginxHttps, Kept(1)),
        scenario("nginx-https-kept-64", NginxHttps, Kept(MANY)),
    ]
};

const fn scenario(name: &'static str, site: Site, work: Work) -> Scenario {
    Scenario { name, site, work }
}

impl Site {
    /// Whether it is spoken to over TLS.
    pub fn is_https(self) -> bool {
        match self {
            Self::Http | Self::NginxHttp => false,
            Self::Https | Self::HttpsWithoutTickets | Self::NginxHttps => true,
        }
    }

    /// Whether the server is nginx: there to see that nothing hangs on who answers.
    pub fn is_nginx(self) -> bool {
        matches!(self, Self::NginxHttp | Self::NginxHttps)
    }
}

impl Work {
    /// What it is counted in.
    pub fn unit(self) -> Unit {
        match self {
            Self::Kept(_) | Self::New | Self::Handshake(_) => Unit::REQUEST,
            Self::Bulk(..) => Unit::MIB,
        }
    }

    /// What a client is told of it.
    pub fn load(self, size: Size) -> Load {
        let small = |tasks, connections| Small {
            path: "/".to_owned(),
            answer: String::from_utf8_lossy(BODY).into_owned(),
            tasks,
            connections,
            time: size.time,
        };
        match self {
            Self::Kept(tasks) => Load::Small(small(tasks, Connections::Kept)),
            Self::New => Load::Small(small(1, Connections::New)),
            Self::Handshake(kind) => Load::Small(Small {
                path: HANDSHAKE_PATH.to_owned(),
                answer: kind.to_owned(),
                ..small(1, Connections::New)
            }),
            Self::Bulk(direction, framing) => Load::Bulk(Bulk {
                direction,
                framing,
                bytes: size.bytes,
            }),
        }
    }
}
