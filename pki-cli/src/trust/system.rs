//! The store of the operating system: a folder for the administrator's roots, and a program that makes of it, and of the
//! public roots, the bundle that programs read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use wharf_pki::pem::TEXT_BYTES_MAX;

use super::root::LABEL;
use super::{
    Fingerprint, Invocation, Kind, Places, Root, Sight, Step, Store, Trouble, Wanted, certificates,
};

/// How a family of distributions does it.
#[derive(Debug)]
struct Family {
    /// The folder; that it is there tells the family.
    anchors: &'static str,
    /// How the name of a file in it ends.
    ending: &'static str,
    /// What makes the bundle.
    update: &'static [&'static str],
    /// The same after a root has left.
    update_after_removal: &'static [&'static str],
    /// The bundle.
    bundle: &'static str,
}

/// The folders of the others come before that of Debian: an administrator may make a folder in /usr/local anywhere.
const FAMILIES: [Family; 4] = [
    // Fedora, RHEL and their kin.
    Family {
        anchors: "etc/pki/ca-trust/source/anchors",
        ending: "pem",
        update: &["update-ca-trust"],
        update_after_removal: &["update-ca-trust"],
        bundle: "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    },
    // SUSE.
    Family {
        anchors: "etc/pki/trust/anchors",
        ending: "pem",
        update: &["update-ca-certificates"],
        update_after_removal: &["update-ca-certificates"],
        bundle: "var/lib/ca-certificates/ca-bundle.pem",
    },
    // Arch. `trust anchor` would choose a file name of its own, so that nobody could tell what was changed.
    Family {
        anchors: "etc/ca-certificates/trust-source/anchors",
        ending: "crt",
        update: &["trust", "extract-compat"],
        update_after_removal: &["trust", "extract-compat"],
        bundle: "etc/ca-certificates/extracted/tls-ca-bundle.pem",
    },
    // Debian, Ubuntu, Alpine.
    Family {
        anchors: DEBIAN,
        ending: "crt",
        update: &["update-ca-certificates"],
        // Without --fresh, the links to a file that is gone stay in /etc/ssl/certs until another certificate comes.
        update_after_removal: &["update-ca-certificates", "--fresh"],
        bundle: "etc/ssl/certs/ca-certificates.crt",
    },
];

const DEBIAN: &str = "usr/local/share/ca-certificates";

/// The most entries of the folder that are looked at, those of folders in it included. Administrators have a handful. With
/// more, nothing is claimed and nothing is changed. The limit is 4096.
const ENTRIES_MAX: usize = 4096;

/// The store of this system.
#[derive(Debug)]
pub(crate) struct System<'a> {
    places: &'a Places,
    family: &'static Family,
    anchors: PathBuf,
}

impl<'a> System<'a> {
    /// It, if this is a system whose store is known.
    pub(crate) fn find(places: &'a Places) -> Result<Self, Trouble> {
        let found = FAMILIES
            .iter()
            .map(|family| (family, places.system(family.anchors)))
            .find(|(_, anchors)| anchors.is_dir());
        let Some((family, anchors)) = found else {
            let folders = FAMILIES.map(|family| format!("/{}", family.anchors));
            let packages = ["apt-get", "apk", "dnf", "zypper", "pacman"];
            return Err(
                Trouble::absence(format!("there is none of {}", folders.join(", ")))
                    .advise(places.install_line(&packages.map(|name| (name, "ca-certificates")))),
            );
        };
        Ok(Self {
            places,
            family,
            anchors,
        })
    }

    /// Whether Java's keystore is made from this store too, as Debian does it.
    pub(crate) fn feeds_java(&self) -> bool {
        self.family.anchors == DEBIAN
    }

    fn update(&self, line: &[&str]) -> Result<Step, Trouble> {
        let [name, args @ ..] = line else {
            return Err(Trouble::new("no program updates this store"));
        };
        let Some(program) = self.places.program(name) else {
            let packages = [
                ("apt-get", "ca-certificates"),
                ("apk", "ca-certificates"),
                ("dnf", "ca-certificates"),
                ("zypper", "ca-certificates"),
                ("pacman", "p11-kit"),
            ];
            return Err(Trouble::new(format!("{name} is not installed"))
                .advise(self.places.install_line(&packages)));
        };
        Ok(Step::Run(Invocation::new(&program).args(args)))
    }
}

impl Store for System<'_> {
    fn kind(&self) -> Kind {
        Kind::System
    }

    fn place(&self) -> &Path {
        &self.anchors
    }

    fn written(&self) -> Vec<PathBuf> {
        vec![self.anchors.clone()]
    }

    fn look(&self, wanted: &Wanted) -> Result<Sight, Trouble> {
        let mut sight = Sight::default();
        for file in files(&self.anchors)? {
            let found = read(&file)?;
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            if !found.iter().any(|der| wanted.is(der)) {
                if let ([der], true) = (&found[..], name.starts_with(LABEL)) {
                    sight.others.push(Fingerprint::of(der));
                }
            } else if found.len() == 1 {
                sight.entries.push(file.to_string_lossy().into_owned());
            } else {
                sight.mixed = Some(file);
            }
        }
        let bundle = self.places.system(self.family.bundle);
        sight.is_trusted = match read(&bundle) {
            Ok(found) => found.iter().any(|der| wanted.is(der)),
            // Nothing has been made of the folder yet.
            Err(_) if !bundle.exists() => false,
            Err(trouble) => return Err(trouble),
        };
        sight.remark = match (&sight.mixed, sight.is_trusted, sight.entries.is_empty()) {
            (Some(file), _, _) => Some(format!("it is in {} among others", file.display())),
            (None, true, true) => Some(format!(
                "it is in {} and not in {}",
                bundle.display(),
                self.anchors.display()
            )),
            (None, false, false) => Some(format!("it is not in {} yet", bundle.display())),
            _ => None,
        };
        Ok(sight)
    }

    fn install(&self, root: &Root, sight: &Sight) -> Result<Vec<Step>, Trouble> {
        let update = self.update(self.family.update)?;
        let name = format!("{}.{}", root.fingerprint.label(), self.family.ending);
        let path = self.anchors.join(name);
        // An earlier run may have come as far as the file.
        let write = sight.entries.is_empty().then(|| Step::Write {
            root: Box::new(root.clone()),
            path,
        });
        Ok(write.into_iter().chain([update]).collect())
    }

    fn remove(&self, sight: &Sight) -> Result<Vec<Step>, Trouble> {
        let update = self.update(self.family.update_after_removal)?;
        if let Some(file) = &sight.mixed {
            return Err(
                Trouble::new(format!("{} has other certificates too", file.display()))
                    .advise("take it out of there by hand".to_owned()),
            );
        }
        // An earlier run may have come as far as the file.
        let removals = sight.entries.iter().map(|file| Step::Remove(file.into()));
        Ok(removals.chain([update]).collect())
    }
}

/// The files below a folder, which update programs search to any depth.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))? {
            let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
            seen += 1;
            if seen > ENTRIES_MAX {
                return Err(Trouble::new(format!(
                    "{} has more than {ENTRIES_MAX} entries",
                    folder.display()
                )));
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The certificates of a file: PEM, or one in DER.
fn read(file: &Path) -> Result<Vec<Vec<u8>>, Trouble> {
    let limit = TEXT_BYTES_MAX as u64;
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(file, &error))?;
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(Trouble::new(format!(
            "{} is larger than {limit} bytes",
            file.display()
        )));
    }
    let mut found: Vec<_> = certificates(&bytes)
        .iter()
        .map(|certificate| certificate.to_vec())
        .collect();
    // DER begins with the tag of a SEQUENCE.
    if found.is_empty() && bytes.first() == Some(&0x30) {
        found.push(bytes);
    }
    Ok(found)
}

fn unreadable(path: &Path, error: &io::Error) -> Trouble {
    Trouble::new(format!("cannot read {}: {error}", path.display()))
}
