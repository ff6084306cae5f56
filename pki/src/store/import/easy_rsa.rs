//! easy-rsa, which runs `openssl ca` in a folder of its own.

use std::path::Path;

use super::{Layout, Source, pair};

/// The folder itself, or the one that holds `pki`.
pub(super) fn find(folder: &Path) -> Option<Source> {
    [folder.to_path_buf(), folder.join("pki")]
        .into_iter()
        .find_map(|folder| {
            let root = pair(folder.join("ca.crt"), folder.join("private/ca.key"))?;
            Some(Source {
                index: Some(folder.join("index.txt")),
                // What is revoked or renewed is moved away.
                by_serial: [
                    "certs_by_serial",
                    "revoked/certs_by_serial",
                    "renewed/certs_by_serial",
                ]
                .map(|name| folder.join(name))
                .into(),
                crl_number: Some(folder.join("crlnumber")),
                ..Source::of(Layout::EasyRsa, root)
            })
        })
}
