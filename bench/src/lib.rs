//! The stack against other stacks, side by side in one run.
//!
//! Absolute figures of a shared machine drift by 10 to 25 % from one run to the next, so no figure is compared with one
//! of another run: every server of a table is up at once, pinned to one core, and the load generator, pinned to
//! another, goes from one to the next, round after round. The figure that holds best is cost: the CPU time of the
//! server's process, as the scheduler accounts for it, per request that the load generator counted.
//!
//! | file | what it holds |
//! |---|---|
//! | `bin/http.rs` | requests, large content and idle connections: scenarios, servers, load |
//! | `bin/relay.rs` | bytes from socket to socket through a relay: the same |
//! | `bin/tcp.rs` | connections accepted, and held: the same |
//! | `bin/tls.rs` | handshakes, bulk and idle connections over TLS: the same |
//! | `bin/dgram.rs` | datagrams in five ways; `bin/datagrams.rs` is both ends |
//! | `bin/client.rs` | requests and large content by clients: the servers are the load here |
//! | `bin/pki.rs` | certificates issued by the library and by whole commands: nothing is served here |
//! | `bin/server-*.rs` | one server each: they bind, say where on a line, and serve until they are killed |
//! | `bin/client-*.rs` | one client each: they do what they are told, and say what it cost them |
//! | `server.rs` | what the servers share |
//! | `process.rs` | a running server: pinned, asked once for the right answer, its CPU time read, killed at the end |
//! | `wrk.rs` | one run of the load generator of small requests |
//! | `transfer.rs` | one large message, either way |
//! | `content.rs` | what the servers in Rust answer with |
//! | `bulk.rs` | one run of the load of `relay`: a source and a sink at both ends |
//! | `connections.rs` | connections by the thousand |
//! | `web/` | what the servers of `http` share, and its load of heads that drip |
//! | `datagrams/` | the two ends of `dgram` |
//! | `tls/` | the load of `tls`, and what its servers share |
//! | `client/` | what is asked of the clients, and what they share |
//! | `pki/` | who issues certificates in `pki`, and what a command costs |
//! | `nginx.rs`, `node.rs` | nginx and Node as servers |
//! | `memory.rs` | what idle connections cost |
//! | `options.rs` | what can be told to every bench |
//! | `rounds.rs` | servers in turn, round after round; where it was not quiet |
//! | `sample.rs` | one measurement; median and spread of many |
//! | `must.rs` | the ratios that are asked for |
//! | `report.rs` | the table and the JSON |
//! | `machine.rs` | where all this ran |

#![forbid(unsafe_code)]

pub mod bulk;
pub mod client;
pub mod connections;
pub mod content;
pub mod datagrams;
pub mod machine;
pub mod memory;
pub mod must;
pub mod nginx;
pub mod node;
pub mod options;
pub mod pki;
pub mod process;
pub mod report;
pub mod rounds;
pub mod sample;
pub mod server;
pub mod tls;
pub mod transfer;
pub mod web;
pub mod wrk;

/// The core of the servers.
pub const SERVER_CORE: u32 = 0;
/// The core of the load generator.
pub const LOAD_CORE: u32 = 1;
