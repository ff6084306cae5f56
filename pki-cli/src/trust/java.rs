//! The keystore of Java, through its keytool.

use std::fs;
use std::path::{Path, PathBuf};

use super::root::LABEL;
use super::{
    Fingerprint, Invocation, Kind, Places, Root, Sight, Step, Store, Trouble, Wanted, certificates,
};

/// Where a Java has its roots, below its home. The first that is there counts for Java too; `jre/` is that of Java 8.
const KEYSTORES: [&str; 4] = [
    "lib/security/jssecacerts",
    "lib/security/cacerts",
    "jre/lib/security/jssecacerts",
    "jre/lib/security/cacerts",
];

/// What Debian makes from the store of the system, with a hook of `update-ca-certificates`.
const DEBIAN_KEYSTORE: &str = "etc/ssl/certs/java/cacerts";

/// How Debian's hook names what it puts there.
const DEBIAN_LABEL: &str = "debian:";

/// One keystore.
#[derive(Debug)]
pub(crate) struct Java {
    keystore: PathBuf,
    home: Option<PathBuf>,
    keytool: Option<PathBuf>,
    /// A file with the keystore's password, if it is not the one that every Java comes with.
    password: Option<PathBuf>,
}

impl Java {
    /// The keystores of `JAVA_HOME` and of the `java` on the path, each once.
    pub(crate) fn find(places: &Places, password: Option<&Path>) -> Result<Vec<Self>, Trouble> {
        let on_path = places
            .program("java")
            .and_then(|java| fs::canonicalize(java).ok())
            .and_then(|java| Some(java.parent()?.parent()?.to_owned()));
        let mut found: Vec<Self> = Vec::new();
        for home in places.java_home.iter().chain(&on_path) {
            let keystore = KEYSTORES.iter().map(|path| home.join(path));
            // Debian's is a link to what all Javas share.
            let keystore = keystore
                .filter_map(|path| fs::canonicalize(path).ok())
                .next();
            if let Some(keystore) = keystore
                && found.iter().all(|java| java.keystore != keystore)
            {
                found.push(Self::at(places, keystore, Some(home.clone()), password));
            }
        }
        if found.is_empty() {
            return Err(Trouble::absence(
                "there is no java on the path, and JAVA_HOME names none",
            ));
        }
        Ok(found)
    }

    /// The keystore that Debian fills from the store of the system, if there is one and a keytool for it: what leaves the
    /// system has to leave here too, and no hook does that. Without a keytool there is no Java either that would read it.
    pub(crate) fn fed_by_system(places: &Places, password: Option<&Path>) -> Option<Self> {
        let keystore = fs::canonicalize(places.system(DEBIAN_KEYSTORE)).ok()?;
        let known = Self::find(places, password).unwrap_or_default();
        let known = known.into_iter().find(|java| java.keystore == keystore);
        let fed = known.unwrap_or_else(|| Self::at(places, keystore, None, password));
        fed.keytool.is_some().then_some(fed)
    }

    fn at(
        places: &Places,
        keystore: PathBuf,
        home: Option<PathBuf>,
        password: Option<&Path>,
    ) -> Self {
        let own = home.as_ref().map(|home| home.join("bin/keytool"));
        Self {
            keytool: own
                .filter(|keytool| super::places::is_program(keytool))
                .or_else(|| places.program("keytool")),
            keystore,
            home,
            password: password.map(Into::into),
        }
    }

    fn keytool(&self, verb: &[&str]) -> Result<Invocation, Trouble> {
        let keytool = self.keytool.as_ref().ok_or_else(|| {
            Trouble::new("keytool is not installed")
                .advise("install a Java runtime, or name one in JAVA_HOME".to_owned())
        })?;
        // Its words are read below.
        let keytool = Invocation::new(keytool)
            .args(["-J-Duser.language=en"])
            .args(verb)
            .args(["-keystore".as_ref(), self.keystore.as_os_str()]);
        Ok(match &self.password {
            Some(file) => keytool.args(["-storepass:file".as_ref(), file.as_os_str()]),
            None => keytool.args(["-storepass", "changeit"]),
        })
    }
}

impl Store for Java {
    fn kind(&self) -> Kind {
        Kind::Java
    }

    fn place(&self) -> &Path {
        &self.keystore
    }

    fn written(&self) -> Vec<PathBuf> {
        vec![self.keystore.clone()]
    }

    fn java_home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    fn look(&self, wanted: &Wanted) -> Result<Sight, Trouble> {
        let listed = self.keytool(&["-list", "-rfc"])?.run().map_err(|trouble| {
            let is_locked = trouble.why.contains("password was incorrect");
            trouble.advise(is_locked.then(|| "name its file with --java-password-file".to_owned()))
        })?;
        let mut sight = Sight::default();
        for (alias, der) in trusted_entries(&listed) {
            if wanted.is(&der) {
                sight.entries.push(alias.to_owned());
            } else if alias.trim_start_matches(DEBIAN_LABEL).starts_with(LABEL) {
                sight.others.push(Fingerprint::of(&der));
            }
        }
        sight.is_trusted = !sight.entries.is_empty();
        Ok(sight)
    }

    fn install(&self, root: &Root, _: &Sight) -> Result<Vec<Step>, Trouble> {
        let label = root.fingerprint.label();
        let keytool = self.keytool(&["-importcert", "-noprompt", "-alias", &label])?;
        let pem = root.certificate.to_pem();
        Ok(vec![Step::Run(keytool.input(pem, &root.path))])
    }

    fn remove(&self, sight: &Sight) -> Result<Vec<Step>, Trouble> {
        let delete = |alias: &String| Ok(Step::Run(self.keytool(&["-delete", "-alias", alias])?));
        sight.entries.iter().map(delete).collect()
    }
}

/// The entries of `keytool -list -rfc` that are trusted certificates, with their aliases. An entry with a private key may
/// have the root in its chain; it is no trust in it, and to delete it would delete the key.
fn trusted_entries(listed: &str) -> impl Iterator<Item = (&str, Vec<u8>)> {
    listed
        .split("\nAlias name: ")
        .skip(1)
        .filter(|entry| entry.contains("\nEntry type: trustedCertEntry"))
        .filter_map(|entry| {
            let alias = entry.lines().next()?.trim_end();
            Some((alias, certificates(entry.as_bytes()).first()?.to_vec()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_certificates_are_entries() {
        const PEM: &str = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
        let entry = |alias: &str, kind: &str| {
            format!(
                "Alias name: {alias}\nCreation date: May 1, 2026\nEntry type: {kind}\n\n{PEM}\n\n*****\n\n\n"
            )
        };
        let listed = format!(
            "Keystore type: JKS\n\nYour keystore contains 3 entries\n\n{}{}{}",
            entry("a b", "trustedCertEntry"),
            entry("key", "PrivateKeyEntry"),
            entry("wharf-1", "trustedCertEntry")
        );
        let aliases: Vec<_> = trusted_entries(&listed).collect();
        let der = vec![1, 2, 3];
        assert_eq!(aliases, [("a b", der.clone()), ("wharf-1", der)]);
        assert_eq!(trusted_entries("").count(), 0);
    }
}
