//! TLS against foreign peers: each peer in each role and version is a row, each thing that must hold is a column.
//!
//! One test, one table: it ends with the whole grid, past the capture of the test runner, and says of each cell whether it
//! was right, was not run and why, or failed. A cell that fails fails the test, with everything that both sides said.
//!
//! | file | holds |
//! |---|---|
//! | `columns.rs` | the columns: one function each, on a peer, a role and a version |
//! | `cell.rs` | a case, the plan for both sides of it, and running the two against each other |
//! | `ours/` | our side, in this process |
//! | `lab.rs` | the certificates |
//! | `table.rs` | the grid, printed |

mod cell;
mod columns;
mod lab;
mod ours;
mod table;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::Builder;
use wharf_interop_tests::peer;
use wharf_interop_tests::tls::{CurlTls, GnuTlsTls, OpenSslTls, Role, TlsPeer, Version};

use cell::Case;
use columns::COLUMNS;
use lab::Lab;
use table::{Outcome, Row, Table};

/// How many cells run at once. A cell is mostly a process that starts.
const WORKERS: usize = 4;

#[test]
fn every_peer_agrees_with_us_in_both_roles_and_versions() {
    // Our side's tasks. The workers below wait for processes, and are threads of their own.
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let lab = Lab::new(runtime.handle().clone());
    let peers = peers();
    let mut table = Table::new(COLUMNS.iter().map(|column| column.name).collect());
    let mut cases = Vec::new();
    for (name, peer) in &peers {
        for role in [Role::Client, Role::Server] {
            for version in [Version::Tls12, Version::Tls13] {
                let row = table.add(Row::new(name, role, version));
                cases.push((row, peer.as_deref(), role, version));
            }
        }
    }
    let cells: Vec<_> = cases
        .iter()
        .flat_map(|case| (0..COLUMNS.len()).map(move |column| (case, column)))
        .collect();
    let (next, table) = (AtomicUsize::new(0), Mutex::new(table));
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(((row, peer, role, version), column)) =
                    cells.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let outcome = peer.map_or(Outcome::Skipped, |peer| {
                        let case = Case {
                            lab: &lab,
                            peer,
                            role: *role,
                            version: *version,
                        };
                        run(&case, *column)
                    });
                    table.lock().unwrap().set(*row, *column, outcome);
                }
            });
        }
    });
    let table = table.into_inner().unwrap();
    table.print();
    let failures = table.failures();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// A cell that panics, because a process hangs for example, must not keep the others from the table.
fn run(case: &Case<'_>, column: usize) -> Outcome {
    let column = &COLUMNS[column];
    if let Some(reason) = case.unable(column.needs) {
        return Outcome::NotRun(reason);
    }
    let run = AssertUnwindSafe(|| (column.run)(case));
    catch_unwind(run).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Outcome::Failed(text.unwrap_or_else(|| "it panicked".into()))
    })
}

/// The peers in their order. One that is missing has said so, or has failed the test.
fn peers() -> Vec<(String, Option<Box<dyn TlsPeer>>)> {
    let openssl = peer::openssl().map(|found| Box::new(OpenSslTls::new(found)) as _);
    let gnutls = peer::gnutls().map(|found| Box::new(GnuTlsTls::new(found)) as _);
    let curl = peer::curl().map(|found| Box::new(CurlTls::new(found)) as _);
    let found: [(&str, Option<Box<dyn TlsPeer>>); 7] = [
        ("OpenSSL", openssl),
        ("GnuTLS", gnutls),
        ("curl", curl),
        ("Python", peer::python_tls()),
        ("Node", peer::node()),
        ("Go", peer::go()),
        ("Java", peer::java()),
    ];
    found
        .into_iter()
        .map(|(name, peer)| {
            let name = peer.as_ref().map_or(name, |peer| peer.name()).to_owned();
            (name, peer)
        })
        .collect()
}
