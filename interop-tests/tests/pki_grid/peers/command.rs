//! OpenSSL and GnuTLS on their command lines: a short process for each case.

use std::path::Path;

use wharf_interop_tests::peer::{GnuTls, OpenSsl};
use wharf_interop_tests::{Finished, Process};
use wharf_pki::Key;

use crate::case::{Answer, Case, Kind, P12_PASSWORD};

pub(super) fn openssl(openssl: &OpenSsl, cases: &[&Case]) -> Option<Vec<Answer>> {
    let ask = |case: &&Case| {
        let [root, between, file] =
            [&case.root, &case.between, &case.file].map(|path| path.to_str().unwrap());
        let said = match &case.kind {
            Kind::Key => openssl.run(&["pkey", "-in", file, "-noout", "-check"]),
            // It ends well whatever it found.
            Kind::Csr(_) => {
                return said_so(
                    openssl.run(&["req", "-in", file, "-noout", "-verify"]),
                    "verify OK",
                );
            }
            Kind::Crl(_) => {
                let args = ["crl", "-in", file, "-noout", "-verify", "-CAfile", between];
                return said_so(openssl.run(&args), "verify OK");
            }
            Kind::P12(_) => {
                let pass = format!("pass:{P12_PASSWORD}");
                let args = ["pkcs12", "-in", file, "-nodes", "-passin", &pass];
                return opened(case, openssl.run(&args));
            }
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
            Kind::Csr(_) => said_so(
                Process::run(&mut gnutls.certtool(&["--crq-info", "--infile", file])),
                "Self signature: verified",
            ),
            Kind::Crl(_) => run(&[
                "--verify-crl",
                "--load-ca-certificate",
                between,
                "--infile",
                file,
            ]),
            Kind::P12(_) => {
                let args = ["--p12-info", "--inder", "--password", P12_PASSWORD];
                let args = [&args[..], &["--infile", file]].concat();
                let opened = Process::run(&mut gnutls.certtool(&args));
                if !opened.status.success() {
                    return answer_of(&opened);
                }
                // It leaves the key encrypted, and opens it in another run.
                let parts = case.file.with_extension("parts");
                std::fs::write(&parts, &opened.stdout).unwrap();
                let args = ["--pubkey-info", "--password", P12_PASSWORD];
                let args = [&args[..], &["--load-privkey", parts.to_str().unwrap()]].concat();
                let key = Process::run(&mut gnutls.certtool(&args));
                holds(&opened.text(), &case.root).unwrap_or_else(|| {
                    let public = std::fs::read_to_string(&case.key).unwrap();
                    let public = Key::from_pem(&public).unwrap().public_key().to_pem();
                    said_so(key, public.trim_end())
                })
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

/// For programs that end well and say what they found.
fn said_so(said: Finished, verdict: &str) -> Answer {
    match format!("{said}").contains(verdict) && said.status.success() {
        true => Answer::Accepted,
        false => answer_of(&said),
    }
}

/// Whether the key and the certificate came out of a PKCS#12 file.
fn opened(case: &Case, said: Finished) -> Answer {
    if !said.status.success() {
        return answer_of(&said);
    }
    let text = said.text();
    let faults = [&case.root, &case.key].map(|file| holds(&text, file));
    faults
        .into_iter()
        .flatten()
        .next()
        .unwrap_or(Answer::Accepted)
}

/// `None` if a text has what is in a file.
fn holds(text: &str, file: &Path) -> Option<Answer> {
    let pem = std::fs::read_to_string(file).unwrap();
    let is_there = text.contains(pem.trim_end());
    (!is_there).then(|| Answer::Refused(format!("opened, and something else is in it: {text}")))
}

fn answer(said: &Finished) -> Answer {
    if said.status.success() {
        return Answer::Accepted;
    }
    answer_of(said)
}

/// A refusal in its words.
fn answer_of(said: &Finished) -> Answer {
    let text = format!("{} {}", String::from_utf8_lossy(&said.stdout), said.stderr);
    // GnuTLS tells of each certificate, and last of what it makes of all.
    let verdict = text.rsplit("output:").next().unwrap_or_default();
    Answer::Refused(verdict.split_whitespace().collect::<Vec<_>>().join(" "))
}
