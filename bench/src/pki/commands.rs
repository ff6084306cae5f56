//! A certificate for `localhost` and its key, from the command line.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use super::cost::{Cost, run};
use crate::sample::Sample;

/// What is there when a command starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// A CA.
    CaInPlace,
    /// Nothing: the CA is made on the way.
    Nothing,
}

/// A folder in which the commands of one program run.
#[derive(Debug)]
pub struct Commands {
    /// The name in the table.
    pub name: &'static str,
    start: Start,
    folder: PathBuf,
    wharf: PathBuf,
    runs: u64,
}

impl Commands {
    /// Those of every program, for one start.
    pub const NAMES: [&'static str; 3] = ["wharf", "mkcert", "openssl"];

    /// Makes the folder, the CA if there is to be one, and a certificate, which `openssl verify` has to accept.
    pub fn new(name: &'static str, start: Start) -> anyhow::Result<Self> {
        let wharf = env::var_os("WHARF_COMMAND").context(
            "WHARF_COMMAND does not say where the command wharf is; `cargo xtask bench pki` does",
        )?;
        let unique = format!("wharf-bench-pki-{}-{name}-{start:?}", std::process::id());
        let folder = env::temp_dir().join(unique);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        fs::write(folder.join("openssl.cnf"), OPENSSL_CONFIG)?;
        let mut commands = Self {
            name,
            start,
            folder,
            wharf: wharf.into(),
            runs: 0,
        };
        if start == Start::CaInPlace {
            // What any of them leaves behind besides the CA is in nobody's way.
            let made = commands.without_ca(&commands.folder.join("ca"));
            for mut command in made {
                let _ = run(&mut command)?;
            }
        }
        commands.run()?;
        commands.check().with_context(|| name.to_owned())?;
        Ok(commands)
    }

    /// So many certificates, one after the other.
    pub fn sample(&mut self, count: u64) -> anyhow::Result<Sample> {
        let mut sum = Cost::default();
        for _ in 0..count {
            sum.add(self.run()?);
        }
        Ok(Sample::new(count, sum.wall, sum.cpu))
    }

    fn run(&mut self) -> anyhow::Result<Cost> {
        self.runs += 1;
        let out = self.out();
        fs::create_dir(&out)?;
        let commands = match self.start {
            Start::CaInPlace => self.with_ca(&self.ca(), &out),
            Start::Nothing => self.without_ca(&out),
        };
        let mut sum = Cost::default();
        for mut command in commands {
            sum.add(run(&mut command)?);
        }
        // The one before is not needed any more, and a folder of thousands is slower than one of few.
        if self.runs > 1 {
            let _ = fs::remove_dir_all(self.folder.join((self.runs - 1).to_string()));
        }
        Ok(sum)
    }

    fn out(&self) -> PathBuf {
        self.folder.join(self.runs.to_string())
    }

    fn ca(&self) -> PathBuf {
        match self.start {
            Start::CaInPlace => self.folder.join("ca"),
            Start::Nothing => self.out(),
        }
    }

    fn without_ca(&self, folder: &Path) -> Vec<Command> {
        let make = [
            "req",
            "-x509",
            "-nodes",
            "-days",
            "3650",
            "-subj",
            "/CN=root of a bench",
        ];
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let files = ["-extensions", "ca", "-keyout", "ca.key", "-out", "ca.pem"];
        let ca = match self.name {
            "openssl" => vec![self.openssl(folder, &[&make[..], &key, &files].concat())],
            _ => Vec::new(),
        };
        let leaf = self.with_ca(folder, folder);
        ca.into_iter().chain(leaf).collect()
    }

    fn with_ca(&self, ca: &Path, out: &Path) -> Vec<Command> {
        let _ = fs::create_dir_all(out);
        match self.name {
            "wharf" => {
                let mut command = self.command(&self.wharf, out);
                command.env("WHARF_HOME", ca.join("home"));
                command
                    .args(["cert", "issue", "localhost", "--out"])
                    .arg(out);
                vec![command]
            }
            "mkcert" => {
                let mut command = self.command(Path::new("mkcert"), out);
                // It would look into every trust store, and say in which its root is not.
                command.env("CAROOT", ca).env("TRUST_STORES", "none");
                command.args(["-ecdsa", "-cert-file", "localhost.pem"]);
                command.args(["-key-file", "localhost.key", "localhost"]);
                vec![command]
            }
            _ => {
                let (pem, key) = (ca.join("ca.pem"), ca.join("ca.key"));
                let curve = ["-pkeyopt", "ec_paramgen_curve:P-256"];
                let genpkey = ["genpkey", "-algorithm", "EC", "-out", "localhost.key"];
                let req = [
                    "req",
                    "-new",
                    "-key",
                    "localhost.key",
                    "-subj",
                    "/CN=localhost",
                ];
                let x509 = [
                    "x509",
                    "-req",
                    "-days",
                    "397",
                    "-in",
                    "csr",
                    "-out",
                    "localhost.pem",
                ];
                let mut sign = self.openssl(out, &x509);
                sign.args(["-extensions", "leaf", "-CAcreateserial", "-extfile"]);
                sign.arg(self.folder.join("openssl.cnf"));
                sign.arg("-CA").arg(pem).arg("-CAkey").arg(key);
                vec![
                    self.openssl(out, &[&genpkey[..], &curve].concat()),
                    self.openssl(out, &[&req[..], &["-out", "csr"]].concat()),
                    sign,
                ]
            }
        }
    }

    fn openssl(&self, folder: &Path, args: &[&str]) -> Command {
        let mut command = self.command(Path::new("openssl"), folder);
        command.env("OPENSSL_CONF", self.folder.join("openssl.cnf"));
        command.args(args);
        command
    }

    /// With a home of its own: nothing of the user's is read or written.
    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .env("HOME", &self.folder)
            .env_remove("XDG_DATA_HOME");
        command
    }

    /// The last certificate leads to the root, says OpenSSL.
    fn check(&self) -> anyhow::Result<()> {
        let (ca, out) = (self.ca(), self.out());
        let root = match self.name {
            "wharf" => ca.join("home/ca/root.crt"),
            "mkcert" => ca.join("rootCA.pem"),
            _ => ca.join("ca.pem"),
        };
        let chain = out.join("localhost.pem");
        let verify = [
            "verify",
            "-purpose",
            "sslserver",
            "-verify_hostname",
            "localhost",
        ];
        let mut command = self.openssl(&out, &verify);
        command
            .arg("-CAfile")
            .arg(root)
            .arg("-untrusted")
            .arg(&chain);
        let _ = run(command.arg(&chain))?;
        let key = fs::metadata(out.join("localhost.key"))?;
        ensure!(key.len() > 0, "there is no key");
        Ok(())
    }
}

impl Drop for Commands {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What a root and a server's certificate have to say.
const OPENSSL_CONFIG: &str = "\
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
";
