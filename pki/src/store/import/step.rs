//! step: the folder that `step ca init` makes. What it issued is in a database that only step-ca reads.

use std::path::Path;

use super::{Layout, Source, pair};

pub(super) fn find(folder: &Path) -> Option<Source> {
    let of = |name: &str| {
        pair(
            folder.join(format!("certs/{name}.crt")),
            folder.join(format!("secrets/{name}_key")),
        )
    };
    Some(Source {
        layout: Layout::Step,
        root: of("root_ca")?,
        intermediate: of("intermediate_ca"),
        index: None,
        by_serial: Vec::new(),
        crl_number: None,
    })
}
