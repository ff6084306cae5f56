//! This library.

use std::fs;

use rustls_pki_types::ServerName;
use wharf_pki::p12::Pkcs12;
use wharf_pki::verify::{Given, Purpose, VerifyOptions, verify};
use wharf_pki::{Certificate, CertificateRequest, Crl, Key};

use crate::case::{Answer, Case, Kind, P12_PASSWORD};
use crate::lab::now;

pub(super) fn ask(cases: &[&Case]) -> Vec<Answer> {
    cases.iter().map(|case| answer(case)).collect()
}

fn answer(case: &Case) -> Answer {
    let text = || fs::read_to_string(&case.file).unwrap();
    let refusal = match &case.kind {
        Kind::Key => Key::from_pem(&text()).err().map(|error| error.to_string()),
        Kind::Csr(_) => CertificateRequest::from_pem(&text())
            .err()
            .map(|error| error.to_string()),
        Kind::Crl(_) => {
            let issuer = fs::read_to_string(&case.between).unwrap();
            let issuer = Certificate::from_pem(&issuer).unwrap();
            let checked = Crl::from_pem(&text()).and_then(|crl| crl.check_signed_by(&issuer));
            checked.err().map(|error| error.to_string())
        }
        Kind::P12(_) => {
            let read = Pkcs12::from_der(&fs::read(&case.file).unwrap(), P12_PASSWORD);
            read.err().map(|error| error.to_string())
        }
        Kind::Path { purpose: "any", .. } => {
            return Answer::Unable;
        }
        Kind::Path { purpose, .. } => path(case, purpose),
    };
    refusal.map_or(Answer::Accepted, Answer::Refused)
}

fn path(case: &Case, purpose: &str) -> Option<String> {
    let read = |file| {
        let text = fs::read_to_string(file).unwrap();
        let sections = text.split_inclusive("-----END CERTIFICATE-----\n");
        sections
            .map(|pem| Certificate::from_pem(pem).unwrap())
            .collect::<Vec<_>>()
    };
    let (leaf, intermediates, anchors) = (read(&case.file), read(&case.between), read(&case.root));
    let crls = case
        .crls
        .as_ref()
        .map(|file| Crl::all_from_pem(&fs::read_to_string(file).unwrap()).unwrap());
    let given = Given {
        end_entity: &leaf[0],
        intermediates: &intermediates,
        anchors: &anchors,
        crls: &crls.unwrap_or_default(),
    };
    let name = case
        .dns()
        .map(|name| ServerName::try_from(name.to_owned()).unwrap());
    let purpose = match purpose {
        "server" => Purpose::Server { name },
        "client" => Purpose::Client,
        _ => Purpose::Any,
    };
    let report = verify(&given, &purpose, now(), &VerifyOptions::default());
    // The checks that failed, and no other may.
    let failed = report
        .checks
        .iter()
        .filter(|check| !check.failures().is_empty());
    let failed: Vec<_> = failed.map(|check| format!("{:?}", check.check)).collect();
    (!report.is_verified()).then(|| format!("[{}]", failed.join(" ")))
}
