//! What the tests share.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempDir;
use time::OffsetDateTime;
use wharf_pki::store::{AuthorityId, CertificateId, FileKind, NewCertificate, Stamp, Store};
use wharf_pki::{Ca, CaOptions, Certificate, EndEntity, Home, Key, KeyType};

pub(crate) fn now() -> OffsetDateTime {
    SystemTime::now().into()
}

pub(crate) fn options() -> CaOptions {
    CaOptions::default()
}

pub(crate) fn home() -> (TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path().join("state/wharf"));
    (folder, home)
}

pub(crate) fn home_with_ca() -> (TempDir, Home, Ca) {
    let (folder, home) = home();
    let ca = home.create_ca(&options(), now()).unwrap();
    (folder, home, ca)
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

pub(crate) fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Someone, now.
pub(crate) fn stamp() -> Stamp<'static> {
    Stamp::new("tester", now())
}

/// A CA with its inventory open.
pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) home: Home,
    pub(crate) ca: Ca,
    pub(crate) store: Store,
    pub(crate) root: AuthorityId,
    pub(crate) intermediate: AuthorityId,
}

pub(crate) fn fixture() -> Fixture {
    let (folder, home, ca) = home_with_ca();
    let store = Store::open(&home, &stamp()).unwrap();
    let id = |certificate| store.authority_of(certificate).unwrap().unwrap();
    let (root, intermediate) = (id(ca.root()), id(ca.intermediate().certificate()));
    Fixture {
        folder,
        home,
        ca,
        store,
        root,
        intermediate,
    }
}

impl Fixture {
    pub(crate) fn issue(&self, names: &[&str], days: u32) -> Certificate {
        issue(&self.ca, names, days).0
    }

    /// Issues and records.
    pub(crate) fn record(&mut self, names: &[&str], days: u32) -> (CertificateId, Certificate) {
        let certificate = self.issue(names, days);
        let new = new(self.intermediate, &certificate);
        (
            self.store.record_certificate(&stamp(), &new).unwrap(),
            certificate,
        )
    }
}

pub(crate) fn new(issuer: AuthorityId, certificate: &Certificate) -> NewCertificate<'_> {
    NewCertificate {
        issuer,
        certificate,
        profile: "server",
        files: Vec::new(),
        replaces: None,
        request: None,
    }
}

pub(crate) fn issue(ca: &Ca, names: &[&str], days: u32) -> (Certificate, Key) {
    let key = Key::generate(KeyType::P256).unwrap();
    let request = EndEntity {
        names: names.iter().map(|name| name.parse().unwrap()).collect(),
        lifetime: days * wharf_pki::validity::DAY,
        ..EndEntity::default()
    };
    let issued = ca.intermediate().issue(&request, &key, now()).unwrap();
    (issued.certificate, key)
}

pub(crate) fn serial(certificate: &Certificate) -> String {
    wharf_pki::inspect::inspect_der(certificate.der())
        .unwrap()
        .serial
}

/// A CRL of an authority, made with rcgen by hand.
pub(crate) fn crl(
    authority: &wharf_pki::Authority,
    number: u64,
    revoked: &[wharf_pki::store::Revocation],
) -> Vec<u8> {
    let issuer = rcgen::Issuer::from_ca_cert_der(
        &rustls_pki_types::CertificateDer::from(authority.certificate().der()),
        authority.key(),
    )
    .unwrap();
    let entry = |revocation: &wharf_pki::store::Revocation| rcgen::RevokedCertParams {
        serial_number: rcgen::SerialNumber::from_slice(
            &data_encoding::HEXUPPER
                .decode(revocation.serial.as_bytes())
                .unwrap(),
        ),
        revocation_time: revocation.revoked_at,
        reason_code: None,
        invalidity_date: revocation.invalidity_date,
    };
    let params = rcgen::CertificateRevocationListParams {
        this_update: now(),
        next_update: now() + time::Duration::DAY,
        crl_number: number.into(),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    params.signed_by(&issuer).unwrap().der().to_vec()
}

pub(crate) fn file(folder: &TempDir, name: &str) -> (FileKind, PathBuf) {
    (FileKind::Certificate, folder.path().join(name))
}
