//! `wharf cert p12`.
//!
//! | file | what it holds |
//! |---|---|
//! | `source.rs` | the certificates and the key that go in: from files, or from the inventory |
//! | `write.rs` | a new file |
//! | `read.rs` | what is in a file, told or taken out |

mod read;
mod source;
mod write;

use std::path::PathBuf;

use self::write::Write;
use crate::args::HomeArg;
use crate::exit::Status;
use crate::password::{P12PasswordArg, PasswordArg};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert p12 api.test                        its key and chain, as api.test.p12
  wharf cert p12 --cert api.pem --key api.key --legacy --p12-password-file secret.txt
  wharf cert p12 --cert root.crt --no-key --out trust.p12
  wharf cert p12 api.test.p12 --show
  wharf cert p12 api.test.p12 --extract certs    certs/api.test.crt, .pem and .key

A PKCS#12 file is what Windows, macOS, Java and browsers import. Written with AES-256 and PBKDF2, 100,000 times, as OpenSSL 3 and \
Java 17 read it; with --legacy for what is older. The root is left out unless asked for. --extract writes the certificate, all \
certificates in their order, and the key (0600), which has no password then: `wharf key encrypt` gives it one. The JSON is \
described in docs/json.md.

Exit status: 0 done; 1 not done.")]
pub(crate) struct P12 {
    /// A certificate of this CA, by name, serial number or fingerprint; with --show or --extract a PKCS#12 file, `-` for stdin
    #[arg(
        value_name = "NAME|SERIAL|FILE",
        required_unless_present = "certificates",
        conflicts_with = "certificates"
    )]
    what: Option<String>,
    /// Tell what is in a PKCS#12 file; of one with a password that is not given, what it shows without
    #[arg(long, conflicts_with_all = ["Write", "extract"])]
    show: bool,
    /// Write what is in a PKCS#12 file into a folder
    #[arg(long, value_name = "DIR", conflicts_with = "Write")]
    extract: Option<PathBuf>,
    #[command(flatten)]
    write: Write,
    #[command(flatten)]
    key_password: PasswordArg,
    #[command(flatten)]
    password: P12PasswordArg,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

impl P12 {
    /// Writes or reads a PKCS#12 file.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        // One of the two is there, or the command line was refused.
        let what = self.what.as_deref().unwrap_or_default();
        match (self.show, &self.extract) {
            (true, _) => self.show(what),
            (false, Some(folder)) => self.extract(what, folder),
            (false, None) => self.write(),
        }
    }
}
