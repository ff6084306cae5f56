//! OpenSSL and GnuTLS on their command lines: a short process for each case.

use wharf_interop_tests::peer::{GnuTls, OpenSsl};
use wharf_interop_tests::{Finished, Process};

use crate::case::{Answer, Case, Kind};

pub(super) fn openssl(openssl: &OpenSsl, cases: &[&Case]) -> Option<Vec<Answer>> {
    let ask = |case: &&Case| {
        let [root, between, file] =
            [&case.root, &case.between, &case.file].map(|path| path.to_str().unwrap());
        let said = match &case.kind {
            Kind::Key => openssl.run(&["pkey", "-in", file, "-noout", "-check"]),
            Kind::Csr => openssl.run(&["req", "-in", file, "-noout", "-verify"]),
            Kind::Path { purpose, .. } => {
                let mut args = vec![
                    "verify",
                    "-x509_strict",
                    "-no-CApath",
                    "-no-CAstore",
                    "-CAfile",
                    root,
                ];
                if std::fs::metadata(&case.between).unwrap().len() > 0 {
                    args.extend(["-untrusted", between]);
                }
                match *purpose {
                    "server" => args.extend(["-purpose", "sslserver"]),
                    "client" => args.extend(["-purpose", "sslclient"]),
                    "email" => args.extend(["-purpose", "smimesign"]),
                    "ocsp" => args.extend(["-purpose", "ocsphelper"]),
                    _ => {}
                }
                if let Some(name) = case.dns() {
                    args.extend(["-verify_hostname", name]);
                }
                if let Some(crls) = &case.crls {
                    args.extend(["-crl_check_all", "-CRLfile", crls.to_str().unwrap()]);
                }
                args.push(file);
                openssl.run(&args)
            }
        };
        answer(&said)
    };
    Some(cases.iter().map(ask).collect())
}

pub(super) fn gnutls(gnutls: &GnuTls, cases: &[&Case]) -> Option<Vec<Answer>> {
    let ask = |case: &&Case| {
        let [root, between, file] =
            [&case.root, &case.between, &case.file].map(|path| path.to_str().unwrap());
        let run = |args: &[&str]| answer(&Process::run(&mut gnutls.certtool(args)));
        match &case.kind {
            Kind::Key => run(&["--key-info", "--infile", file]),
            // It tells of a request with a bad signature as well.
            Kind::Csr => {
                match Process::run(&mut gnutls.certtool(&["--crq-info", "--infile", file])) {
                    said if String::from_utf8_lossy(&said.stdout)
                        .contains("Self signature: verified") =>
                    {
                        Answer::Accepted
                    }
                    said => Answer::Refused(said.stderr),
                }
            }
            Kind::Path { purpose, .. } => {
                let chain = std::fs::read_to_string(file).unwrap()
                    + &std::fs::read_to_string(between).unwrap();
                let chain_file = case.file.with_extension("chain");
                std::fs::write(&chain_file, chain).unwrap();
                let mut args = vec![
                    "--verify",
                    "--load-ca-certificate",
                    root,
                    "--infile",
                    chain_file.to_str().unwrap(),
                ];
                if let Some((_, oid)) = USAGES.iter().find(|(name, _)| name == purpose) {
                    args.extend(["--verify-purpose", oid]);
                }
                if let Some(name) = case.dns() {
                    args.extend(["--verify-hostname", name]);
                }
                if let Some(crls) = &case.crls {
                    args.extend(["--load-crl", crls.to_str().unwrap()]);
                }
                run(&args)
            }
        }
    };
    Some(cases.iter().map(ask).collect())
}

const USAGES: [(&str, &str); 5] = [
    ("server", "1.3.6.1.5.5.7.3.1"),
    ("client", "1.3.6.1.5.5.7.3.2"),
    ("code", "1.3.6.1.5.5.7.3.3"),
    ("email", "1.3.6.1.5.5.7.3.4"),
    ("ocsp", "1.3.6.1.5.5.7.3.9"),
];

fn answer(said: &Finished) -> Answer {
    if said.status.success() {
        return Answer::Accepted;
    }
    let text = format!("{} {}", String::from_utf8_lossy(&said.stdout), said.stderr);
    // GnuTLS tells of each certificate, and last of what it makes of all.
    let verdict = text.rsplit("output:").next().unwrap_or_default();
    Answer::Refused(verdict.split_whitespace().collect::<Vec<_>>().join(" "))
}
