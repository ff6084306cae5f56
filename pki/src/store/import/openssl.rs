//! `openssl ca`, with the folder of its example configuration.

use std::path::Path;

use super::{Layout, Source, pair};

/// The folder itself, or the one that holds `demoCA`.
pub(super) fn find(folder: &Path) -> Option<Source> {
    [folder.to_path_buf(), folder.join("demoCA")]
        .into_iter()
        .find_map(|folder| {
            let root = pair(folder.join("cacert.pem"), folder.join("private/cakey.pem"))?;
            Some(Source {
                index: Some(folder.join("index.txt")),
                by_serial: vec![folder.join("newcerts")],
                crl_number: Some(folder.join("crlnumber")),
                ..Source::of(Layout::Openssl, root)
            })
        })
}
