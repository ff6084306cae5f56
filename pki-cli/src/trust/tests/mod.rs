//! Made-up systems with stubs for programs. What the real ones do is in `interop-tests/tests/trust/`.
//!
//! | file | what it holds |
//! |---|---|
//! | `machine.rs` | the system |
//! | `system.rs`, `nss.rs`, `java.rs` | what is found, done and said, by kind of store |

mod java;
mod machine;
mod nss;
mod system;
