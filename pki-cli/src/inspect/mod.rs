//! What certificates, requests, CRLs and keys say.
//!
//! | file | what it holds |
//! |---|---|
//! | `source.rs` | where they are: a file, stdin, the inventory |
//! | `anchors.rs` | what is trusted, and which CRLs there are |
//! | `warnings.rs` | what is wrong with them |
//! | `chain.rs` | certificates below their issuers |
//! | `details.rs` | each of them in words |
//! | `report.rs` | the same for programs |

pub(crate) mod anchors;
pub(crate) mod chain;
pub(crate) mod details;
pub(crate) mod report;
pub(crate) mod source;
pub(crate) mod warnings;
