//! The databases of NSS, which Firefox, Chromium and their kin keep their own roots in, through its certutil.
//!
//! | file | what it holds |
//! |---|---|
//! | `find.rs` | where the databases are |
//! | `key_id.rs` | by what NSS tells the certificates of one subject apart |

mod find;
mod key_id;

use std::path::{Path, PathBuf};

pub(crate) use find::find;
use key_id::uri;

use super::root::LABEL;
use super::{
    Fingerprint, Invocation, Kind, Places, Root, Sight, Step, Store, Trouble, Wanted, certificates,
};

/// A certification authority for servers, and for nothing else.
const TRUST: &str = "C,,";

/// The most entries of one database that are looked through for a fingerprint, each by a run of certutil. Firefox keeps
/// its intermediates elsewhere; a user's own certificates are few. The limit is 1000.
const ENTRIES_MAX: usize = 1000;

/// One database.
#[derive(Debug)]
pub(crate) struct Nss {
    folder: PathBuf,
    certutil: Option<PathBuf>,
    install_line: Option<String>,
    /// A file with the password of the databases: what Firefox calls the primary password.
    password: PathBuf,
}

impl Nss {
    /// The database in a folder.
    pub(crate) fn at(places: &Places, folder: PathBuf, password: Option<&Path>) -> Self {
        let packages = [
            ("apt-get", "libnss3-tools"),
            ("dnf", "nss-tools"),
            ("zypper", "mozilla-nss-tools"),
            ("pacman", "nss"),
            ("apk", "nss-tools"),
        ];
        Self {
            folder,
            certutil: places.program("certutil"),
            install_line: places.install_line(&packages),
            // No password, rather than a question to the terminal.
            password: password.unwrap_or_else(|| Path::new("/dev/null")).into(),
        }
    }

    fn certutil(&self, verb: &[&str]) -> Result<Invocation, Trouble> {
        let certutil = self.certutil.as_ref().ok_or_else(|| {
            Trouble::new("certutil is not installed").advise(self.install_line.clone())
        })?;
        Ok(Invocation::new(certutil)
            .args(verb)
            .args(["-d".to_owned(), format!("sql:{}", self.folder.display())]))
    }

    /// The certificates that certutil shows for a nickname or a URI. They are all those with the subject of the one that is
    /// meant, so whoever asks has to look which is which.
    fn named(&self, name: &str) -> Result<Vec<Vec<u8>>, Trouble> {
        // It fails if there is none.
        let shown = self.certutil(&["-L", "-a", "-n", name])?.run();
        let shown = shown.unwrap_or_default();
        let found = certificates(shown.as_bytes());
        Ok(found.iter().map(|der| der.to_vec()).collect())
    }

    fn nicknames(&self) -> Result<Vec<String>, Trouble> {
        let table = self.certutil(&["-L"])?.run()?;
        let mut nicknames = nicknames(&table);
        nicknames.dedup();
        if nicknames.len() > ENTRIES_MAX {
            return Err(Trouble::new(format!(
                "it has more than {ENTRIES_MAX} entries"
            )));
        }
        Ok(nicknames)
    }

    /// The certificate that is wanted, if the database has it.
    fn wanted(&self, wanted: &Wanted, nicknames: &[String]) -> Result<Option<Vec<u8>>, Trouble> {
        match wanted {
            Wanted::Nothing => return Ok(None),
            Wanted::Root(root) => {
                if let Some(uri) = uri(root.certificate.der()) {
                    let found = self.named(&uri)?;
                    return Ok(found.into_iter().find(|der| wanted.is(der)));
                }
            }
            Wanted::Fingerprint(_) => {}
        }
        for nickname in nicknames {
            if let Some(der) = self.named(nickname)?.into_iter().find(|der| wanted.is(der)) {
                return Ok(Some(der));
            }
        }
        Ok(None)
    }

    /// The roots that this program has put here under their labels, except the one that is wanted.
    fn others(&self, wanted: &Wanted, nicknames: &[String]) -> Result<Vec<Fingerprint>, Trouble> {
        let mut others = Vec::new();
        for nickname in nicknames.iter().filter(|name| name.starts_with(LABEL)) {
            let found = self.named(nickname)?;
            let found = found.iter().map(|der| Fingerprint::of(der));
            let mut found = found.filter(|fingerprint| fingerprint.label() == *nickname);
            others.extend(found.next());
        }
        others.retain(|other| wanted.fingerprint() != Some(*other));
        Ok(others)
    }
}

impl Store for Nss {
    fn kind(&self) -> Kind {
        Kind::Nss
    }

    fn place(&self) -> &Path {
        &self.folder
    }

    fn written(&self) -> Vec<PathBuf> {
        // SQLite keeps its journal beside the file.
        vec![self.folder.clone(), self.folder.join(find::DATABASE)]
    }

    fn explain(&self, trouble: Trouble) -> Trouble {
        let is_locked = trouble.why.contains("SEC_ERROR_BAD_PASSWORD");
        trouble.advise(is_locked.then(|| "name its file with --nss-password-file".to_owned()))
    }

    fn look(&self, wanted: &Wanted) -> Result<Sight, Trouble> {
        let nicknames = self.nicknames()?;
        let mut sight = Sight {
            others: self.others(wanted, &nicknames)?,
            ..Sight::default()
        };
        let Some(der) = self.wanted(wanted, &nicknames)? else {
            return Ok(sight);
        };
        let uri = uri(&der).ok_or_else(|| {
            Trouble::new("it has the root, with a kind of key by which NSS does not find it again")
                .advise("take it out in the browser's settings".to_owned())
        })?;
        // Whether it vouches for servers.
        match self.certutil(&["-V", "-u", "L", "-n", &uri])?.run() {
            Ok(_) => sight.is_trusted = true,
            Err(trouble) => sight.remark = Some(format!("it is there: {}", trouble.why)),
        }
        sight.entries.push(uri);
        Ok(sight)
    }

    fn install(&self, root: &Root, _: &Sight) -> Result<Vec<Step>, Trouble> {
        if uri(root.certificate.der()).is_none() {
            // Some certutils would add it, and no browser would use it.
            let key = &root.info.public_key;
            return Err(
                Trouble::new(format!("browsers take no root with the key {key}"))
                    .advise("make a CA with keys of the type p256 or p384".to_owned()),
            );
        }
        // A certificate that is there keeps its nickname and gets the trust.
        let certutil = self
            .certutil(&["-A", "-a", "-t", TRUST, "-n", &root.fingerprint.label()])?
            .args(["-f".as_ref(), self.password.as_os_str()])
            .input(root.certificate.to_pem(), &root.path);
        Ok(vec![Step::Run(certutil)])
    }

    fn remove(&self, sight: &Sight) -> Result<Vec<Step>, Trouble> {
        let delete = |uri: &String| Ok(Step::Run(self.certutil(&["-D", "-n", uri])?));
        sight.entries.iter().map(delete).collect()
    }
}

/// The nicknames in the table of `certutil -L`: a line each, with three lists of trust flags behind it.
fn nicknames(table: &str) -> Vec<String> {
    table
        .lines()
        .filter_map(|line| line.trim_end().rsplit_once(' '))
        .filter(|(_, flags)| {
            flags.matches(',').count() == 2 && flags.chars().all(|c| ",pPcCTuwGg".contains(c))
        })
        .map(|(nickname, _)| nickname.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nicknames_are_read_from_the_table_with_their_blanks() {
        let table = "
Certificate Nickname                                         Trust Attributes
                                                             SSL,S/MIME,JAR/XPI

B\u{fc} ro  x                                                     C,,  
A very long nickname that goes beyond the width of the column CT,C,C
-x                                                           ,,   
NSS Certificate DB:tok, x                                    pu,p,p
";
        assert_eq!(
            nicknames(table),
            [
                "B\u{fc} ro  x",
                "A very long nickname that goes beyond the width of the column",
                "-x",
                "NSS Certificate DB:tok, x"
            ]
        );
    }
}
