//! One file per noun, one function per verb.

pub(crate) mod ca;
pub(crate) mod cert;
pub(crate) mod fetch;
pub(crate) mod serve;

use std::time::SystemTime;

use time::OffsetDateTime;
use wharf_pki::store::CaOrigin;
use wharf_pki::{Ca, CaOptions, Home};

use crate::ui;

/// The only clock of this program's PKI.
fn now() -> OffsetDateTime {
    SystemTime::now().into()
}

/// A date for people, in UTC.
fn day(moment: OffsetDateTime) -> String {
    moment.to_offset(time::UtcOffset::UTC).date().to_string()
}

/// The CA, made with the defaults if there is none.
fn ca(home: &Home) -> anyhow::Result<Ca> {
    let (ca, origin) = home.load_or_create_ca(&CaOptions::default(), now())?;
    if origin == CaOrigin::Created {
        ui::note(&format!(
            "made a development CA in {}",
            ca.folder().display()
        ));
    }
    for key in ca.exposed_keys()? {
        let path = ui::shell_word(&key.display().to_string());
        ui::note(&format!(
            "warning: others can read {path}; mend it with: chmod 600 {path}"
        ));
    }
    Ok(ca)
}
