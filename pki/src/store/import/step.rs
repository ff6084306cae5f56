//! step: the folder that `step ca init` makes. What it issued is in a database that only step-ca reads.

use std::path::Path;

use super::{Layout, Source, pair};

pub(super) fn find(folder: &Path) -> Option<Source> {
    let certificate = |name: &str| folder.join(format!("certs/{name}.crt"));
    let key = |name: &str| folder.join(format!("secrets/{name}_key"));
    let of = |name: &str| pair(certificate(name), key(name));
    let intermediate = of("intermediate_ca");
    match (of("root_ca"), &intermediate) {
        (Some(root), _) => Some(Source {
            intermediate,
            ..Source::of(Layout::Step, root)
        }),
        // Its manual advises to move the root's key elsewhere.
        (None, Some(issuer)) if certificate("root_ca").is_file() => Some(Source {
            root: certificate("root_ca"),
            root_key: None,
            intermediate: Some(issuer.clone()),
            ..Source::of(Layout::Step, issuer.clone())
        }),
        _ => None,
    }
}
