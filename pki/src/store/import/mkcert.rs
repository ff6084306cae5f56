//! mkcert: a root that issues by itself, and no record of what it issued.

use std::path::Path;

use super::{Layout, Source, pair};

pub(super) fn find(folder: &Path) -> Option<Source> {
    let root = pair(folder.join("rootCA.pem"), folder.join("rootCA-key.pem"))?;
    Some(Source::of(Layout::Mkcert, root))
}
