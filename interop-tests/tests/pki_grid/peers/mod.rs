//! The columns of the grid: each peer is asked about all cases at once.

mod command;
mod nss;
mod own;
mod program;

use wharf_interop_tests::peer;

use crate::case::{Answer, Case};
use crate::lab::Lab;

pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// One answer for each case.
    pub(crate) ask: fn(&Lab, &[&Case]) -> Option<Vec<Answer>>,
}

pub(crate) const PEERS: [Peer; 9] = [
    Peer {
        name: "wharf",
        ask: |_, cases| Some(own::ask(cases)),
    },
    Peer {
        name: "openssl",
        ask: |_, cases| command::openssl(&peer::openssl()?, cases),
    },
    Peer {
        name: "go",
        ask: program::go,
    },
    Peer {
        name: "cryptography",
        ask: program::cryptography,
    },
    Peer {
        name: "node",
        ask: program::node,
    },
    Peer {
        name: "python ssl",
        ask: program::python,
    },
    Peer {
        name: "java",
        ask: program::java,
    },
    Peer {
        name: "gnutls",
        ask: |_, cases| command::gnutls(&peer::gnutls()?, cases),
    },
    Peer {
        name: "nss",
        ask: nss::ask,
    },
];
