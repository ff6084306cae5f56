//! Requests that other programs write for keys of their own, signed by `wharf csr sign`: what comes back is for that key and
//! those names, verifies, and is taken by who asked.
//!
//! | file | who asks |
//! |---|---|
//! | `openssl.rs` | OpenSSL, with each type of key and each hash |
//! | `java.rs` | keytool, which installs the answer beside its key |
//! | `go.rs` | Go's `crypto/x509` |
//! | `gnutls.rs` | certtool |
//! | `python.rs` | cryptography, ML-DSA among others |
//! | `certbot.rs` | certbot, in a whole run against a server of ACME |

mod certbot;
mod gnutls;
mod go;
mod java;
mod openssl;
mod python;

use std::path::PathBuf;
use std::process::Command;

use wharf_interop_tests::{Finished, Home, Process, peer};

/// What is asked for.
const NAME: &str = "a.test";

/// A folder in which everything runs, and the home of the CA.
struct Desk {
    home: Home,
    folder: PathBuf,
    /// Requests, and what was signed for each.
    signed: Vec<[String; 2]>,
}

impl Desk {
    fn new() -> Self {
        let home = Home::new();
        let folder = home.folder("desk");
        let signed = Vec::new();
        Self {
            home,
            folder,
            signed,
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    #[track_caller]
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.folder.join(name), content).unwrap();
        self.path(name)
    }

    fn wharf(&self, args: &[&str]) -> Command {
        let mut command = self.home.wharf(args);
        command.current_dir(&self.folder);
        command
    }

    /// Any program in the folder, which has to end well.
    #[track_caller]
    fn run(&self, command: &mut Command) -> Finished {
        Process::run(command.current_dir(&self.folder)).success()
    }

    /// A key of a type, `TYPE.key`.
    #[track_caller]
    fn key(&self, key_type: &str) -> String {
        let file = format!("{key_type}.key");
        let _ = self.run(&mut self.wharf(&["key", "new", "--type", key_type, "--out", &file]));
        file
    }

    /// Has a request signed: the path of the certificate with its intermediate.
    #[track_caller]
    fn sign(&mut self, request: &str) -> String {
        let out = format!("signed-{}", self.signed.len());
        let said = self.run(&mut self.wharf(&["csr", "sign", request, "--out", &out]));
        let chain = said.text().trim_end().to_owned();
        assert_eq!(chain, format!("{out}/{NAME}.pem"), "{said}");
        self.signed.push([request.to_owned(), chain.clone()]);
        chain
    }

    /// Whether all that was signed is for the keys and names of its requests, and verifies: by `cryptography`, and by OpenSSL
    /// where it knows the algorithm.
    #[track_caller]
    fn judge(&self, openssl_knows_it: bool) {
        assert!(!self.signed.is_empty());
        if let Some(python) = peer::python_cryptography() {
            let mut judge = python(JUDGE);
            let judged = self.run(judge.args(self.signed.iter().flatten()));
            assert_eq!(judged.text().trim(), self.signed.len().to_string());
        }
        let Some(openssl) = peer::openssl().filter(|_| openssl_knows_it) else {
            return;
        };
        let root = self.home.root();
        for [request, chain] in &self.signed {
            let args = ["verify", "-x509_strict", "-purpose", "sslserver"];
            let name = ["-verify_hostname", NAME, "-untrusted", chain, chain];
            let mut verify = openssl.command(&args);
            let _ = self.run(verify.arg("-CAfile").arg(&root).args(name));
            let public = |what: &str, file: &str| {
                // It takes PEM to be what it is told of no form.
                let is_der = std::fs::read(self.path(file)).unwrap().starts_with(b"0");
                let form: &[&str] = if is_der { &["-inform", "DER"] } else { &[] };
                let args = [what, "-noout", "-pubkey", "-in", file];
                self.run(&mut openssl.command(&[&args[..], form].concat()))
            };
            assert_eq!(public("req", request).text(), public("x509", chain).text());
        }
    }
}

/// Pairs of a request and what was signed for it; it says how many are right.
const JUDGE: &str = "
import sys
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
spki = lambda it: it.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
names = lambda it: it.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
right = 0
for request, chain in zip(sys.argv[1::2], sys.argv[2::2]):
    data = open(request, 'rb').read()
    asked = x509.load_pem_x509_csr(data) if b'-----BEGIN' in data else x509.load_der_x509_csr(data)
    leaf, issuer = x509.load_pem_x509_certificates(open(chain, 'rb').read())
    assert spki(leaf) == spki(asked), request
    assert names(leaf) == names(asked), request
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    leaf.verify_directly_issued_by(issuer)
    right += 1
print(right)
";
