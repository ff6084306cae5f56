//! Everything that wharf-pki writes, in every profile and with every type of key, read and verified by programs that no one
//! here wrote; and what it must not verify, refused by them and by itself.
//!
//! | file | what it holds |
//! |---|---|
//! | `lab.rs` | what is read: certificates, CRLs, requests, keys |
//! | `forge.rs` | certificates that the library would not issue |
//! | `case.rs` | one row: what is asked, what may come of it |
//! | `faults.rs` | the words of a refusal |
//! | `peers/` | the columns |
//! | `limits.rs` | what a peer is known not to do, and why |
//! | `grid.rs` | the cells, and what is wrong with one |

mod case;
mod faults;
mod forge;
mod grid;
mod lab;
mod limits;
mod peers;

#[test]
fn all_that_is_issued_is_verified_by_others_and_nothing_else_is() {
    let lab = lab::Lab::new();
    let grid = grid::Grid::of(&lab);
    // Past the capture of the test runner: it is what one comes for.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), grid.to_string().as_bytes());
    assert_eq!(grid.faults(), Vec::<String>::new());
}
