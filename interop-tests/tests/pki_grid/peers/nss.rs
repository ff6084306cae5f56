//! NSS through `certutil`: a database for each root, with its certificates in it.

use std::process::Command;

use wharf_interop_tests::{Process, peer};

use crate::case::{Answer, Case, Kind, P12_PASSWORD};
use crate::lab::Lab;

pub(super) fn ask(lab: &Lab, cases: &[&Case]) -> Option<Vec<Answer>> {
    let certutil = peer::require("certutil", "libnss3-tools")?;
    let ask = |(at, case): (usize, &&Case)| {
        let purpose = match &case.kind {
            Kind::Path { purpose, .. } => purpose,
            Kind::P12(_) => return import(lab, at, case),
            // certutil reads no keys or requests of others
            Kind::Key | Kind::Csr(_) | Kind::Crl(_) => return Answer::Unable,
        };
        if case.name == "wrong name" || case.crls.is_some() {
            return Answer::Unable; // certutil verifies no names, and loads no CRLs
        }
        let folder = lab.path().join(format!("nss-{at}"));
        std::fs::create_dir(&folder).unwrap();
        let database = format!("sql:{}", folder.display());
        let run = |args: &[&str]| {
            Process::run(Command::new(&certutil).args(["-d", &database]).args(args))
        };
        let _ = run(&["-N", "--empty-password"]).success();
        let between = std::fs::read_to_string(&case.between).unwrap();
        let mut batch = format!("-A -t CT,C,C -n root -a -i \"{}\"\n", case.root.display());
        for (at, pem) in between
            .split_inclusive("-----END CERTIFICATE-----\n")
            .enumerate()
        {
            let file = folder.join(format!("ca-{at}.pem"));
            std::fs::write(&file, pem).unwrap();
            batch += &format!("-A -t ,, -n ca{at} -a -i \"{}\"\n", file.display());
        }
        if case.name != "root" {
            batch += &format!("-A -t ,, -n leaf -a -i \"{}\"\n", case.file.display());
        }
        let list = folder.join("batch");
        std::fs::write(&list, batch).unwrap();
        let imported = run(&["-B", "-i", list.to_str().unwrap()]);
        if !imported.status.success() {
            return Answer::Refused(imported.stderr);
        }
        let (usage, nickname) = match *purpose {
            "server" => ("V", "leaf"),
            "client" => ("C", "leaf"),
            "email" => ("S", "leaf"),
            "code" => ("J", "leaf"),
            "ocsp" => ("O", "leaf"),
            _ => ("L", if case.name == "root" { "root" } else { "leaf" }),
        };
        let said = run(&["-V", "-e", "-n", nickname, "-u", usage]);
        if said.status.success() {
            Answer::Accepted
        } else {
            Answer::Refused(
                format!("{} {}", String::from_utf8_lossy(&said.stdout), said.stderr)
                    .trim()
                    .to_owned(),
            )
        }
    };
    Some(cases.iter().enumerate().map(ask).collect())
}

/// Whether `pk12util` takes a PKCS#12 file into a new database, with its key.
fn import(lab: &Lab, at: usize, case: &Case) -> Answer {
    let Some(pk12util) = peer::pk12util() else {
        return Answer::Unable;
    };
    let folder = lab.path().join(format!("nss-{at}"));
    std::fs::create_dir(&folder).unwrap();
    let database = format!("sql:{}", folder.display());
    let run = |program: &str, args: &[&str]| {
        let program = pk12util.with_file_name(program);
        Process::run(Command::new(program).args(["-d", &database]).args(args))
    };
    let _ = run("certutil", &["-N", "--empty-password"]).success();
    let file = case.file.to_str().unwrap();
    let said = run("pk12util", &["-i", file, "-W", P12_PASSWORD]);
    if !said.status.success() {
        return Answer::Refused(format!("{} {}", said.text(), said.stderr));
    }
    let keys = run("certutil", &["-K"]);
    match keys.text().contains("a.test") {
        true => Answer::Accepted,
        false => Answer::Refused(format!("imported, and there is no key: {keys}")),
    }
}
