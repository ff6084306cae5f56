//! Identities, trust and ticket keys that lie in files, and are replaced there while the server runs.
//!
//! | file | what it holds |
//! |---|---|
//! | `sources.rs` | [`ServerFiles`]: which files a server's settings come from |
//! | `contents.rs` | what was read from them, and whether it is something else than before |
//! | `load.rs` | from their content to settings |
//! | `watch.rs` | [`Watch`]: look again, now and then or when told |
//!
//! Files are read, not watched through the kernel's notifications: those are silent on network file systems, and about
//! the symbolic links that Kubernetes swaps they tell of the link's folder only.

mod contents;
mod load;
mod sources;
mod watch;

pub use sources::{ClientAuthFiles, ClientAuthMode, IdentityFiles, ServerFiles};
pub use watch::{ReloadTrigger, Watch, WatchEvent, WatchOptions};
