//! What `wharf kex` does: keys in files, and the exchange over a socket, told step by step.
//!
//! | file | what it holds |
//! |---|---|
//! | `input.rs`, `output.rs` | keys that are read, secrets that are written |
//! | `side.rs` | who this side is, and whom it believes |
//! | `drive.rs` | a side over a connection |
//! | `demo/` | both sides and somebody in between |
//! | `record.rs` | what happened: the transcript, and what all else is made from |
//! | `story.rs` | each step in words |
//! | `reproduce.rs` | the command of another program for each value |
//! | `text.rs`, `page.rs`, `wire.rs`, `tell.rs` | how it is told: text, a page, the bytes of messages, and where it goes |

pub(crate) mod demo;
pub(crate) mod drive;
pub(crate) mod input;
pub(crate) mod output;
mod page;
pub(crate) mod record;
mod reproduce;
pub(crate) mod side;
mod story;
pub(crate) mod tell;
pub(crate) mod text;
mod wire;

use std::path::Path;

use wharf_pki::kex::KexFault;
use wharf_pki::store::Mode;

use crate::exit::Status;
use crate::{files, ui};

/// Tells why something was refused: its name, the reason, what to do.
pub(crate) fn refused(fault: KexFault) -> anyhow::Result<Status> {
    if matches!(
        fault,
        KexFault::Crypto { .. } | KexFault::NoSuchOperation { .. } | KexFault::GroupMismatch { .. }
    ) {
        return Err(wharf_pki::Error::Kex(fault).into());
    }
    ui::note(&format!("refused ({}): {fault}", fault.name()));
    if let Some(hint) = fault.hint() {
        ui::paste(&format!("hint: {hint}"));
    }
    Ok(Status::Refused)
}

/// Writes the page of a recorded exchange.
pub(crate) fn write_page(file: &Path, record: &record::Record, force: bool) -> anyhow::Result<()> {
    write(file, page::page(record).as_bytes(), record, force)
}

/// Writes something of an exchange, for its owner alone if secrets are in it.
fn write(file: &Path, bytes: &[u8], record: &record::Record, force: bool) -> anyhow::Result<()> {
    let mode = match record.secrets_revealed {
        true => Mode::Private,
        false => Mode::Public,
    };
    files::write(file, bytes, mode, force)
}
