//! The server's own certificate: one file in the state folder with its key and chain, written in one piece.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use time::OffsetDateTime;
use wharf_pki::inspect::inspect_der;
use wharf_pki::store::{FileKind, Mode, NewCertificate, Stamp, Store, write_atomic};
use wharf_pki::{Ca, Certificate, EndEntity, Home, Key, KeyType, SubjectAltName};
use wharf_tls::Identity;
use zeroize::Zeroizing;

use crate::config;
use crate::home::who;
use crate::inspect::report::typed;
use crate::record::{before, record};

/// Where it is, in the state folder.
const FILE: &str = "wharf-serve.pem";

/// The server's certificate in both forms that are needed.
#[derive(Debug)]
pub(crate) struct ServerIdentity {
    pub(crate) tls: Identity,
    pub(crate) certificate: Certificate,
}

/// Where the certificate came from.
#[derive(Debug)]
pub(crate) enum Origin {
    Loaded,
    Issued {
        reason: &'static str,
        names: String,
        until: OffsetDateTime,
    },
}

/// The file with the server's certificate and key.
pub(crate) fn path(home: &Home) -> PathBuf {
    home.path().join(FILE)
}

/// The certificate in the state folder, if it still does; otherwise a new one, which replaces it.
pub(crate) fn load_or_issue(
    home: &Home,
    ca: &Ca,
    names: &[SubjectAltName],
    now: OffsetDateTime,
) -> anyhow::Result<(ServerIdentity, Origin)> {
    let path = path(home);
    let loaded = load(&path, ca, names, now);
    let reason = match loaded.with_context(|| format!("cannot read {}", path.display()))? {
        Ok(identity) => return Ok((identity, Origin::Loaded)),
        Err(reason) => reason,
    };
    // Two servers that start at once may both come here: each serves what it issued, and the later file stays.
    let key = Key::generate(KeyType::P256)?;
    let request = EndEntity {
        names: names.to_vec(),
        locations: config::locations(home)?,
        ..EndEntity::default()
    };
    let _lock = home.lock()?;
    let who = who();
    let stamp = Stamp::new(&who, now);
    let mut store = Store::open(home, &stamp)?;
    store.check_issues(ca.intermediate())?;
    let issued = ca.intermediate().issue(&request, &key, now)?;
    let chain = ca.chain_pem(&issued.certificate);
    let key = key.to_pem();
    let bundle = Zeroizing::new(format!("{}{chain}", key.as_str()));
    let issuer = store.authority_of(ca.intermediate().certificate())?;
    let new = NewCertificate {
        issuer: issuer.context("the issuer is not in the inventory")?,
        certificate: &issued.certificate,
        profile: &request.profile.name,
        files: vec![(FileKind::Bundle, path.clone())],
        replaces: before(&store, &path),
        request: None,
    };
    record(&mut store, &stamp, &new, || {
        Ok(write_atomic(&path, bundle.as_bytes(), Mode::Private)?)
    })?;
    let tls = Identity::from_pem(chain.as_bytes(), key.as_bytes())?;
    let names: Vec<_> = issued.names.iter().map(ToString::to_string).collect();
    let until = issued.certificate.validity().not_after;
    let origin = Origin::Issued {
        reason,
        names: names.join(", "),
        until,
    };
    Ok((
        ServerIdentity {
            tls,
            certificate: issued.certificate,
        },
        origin,
    ))
}

/// `Err` in the result: why the file is of no use. A certificate is cheap; only a file that cannot be looked at at all is
/// an error.
fn load(
    path: &Path,
    ca: &Ca,
    names: &[SubjectAltName],
    now: OffsetDateTime,
) -> io::Result<Result<ServerIdentity, &'static str>> {
    let pem = match fs::read_to_string(path) {
        Ok(pem) => pem,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Err("first run")),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(Err(DAMAGED)),
        Err(error) => return Err(error),
    };
    let (Ok(tls), Ok(certificate)) = (
        Identity::from_pem(pem.as_bytes(), pem.as_bytes()),
        Certificate::from_pem(&pem),
    ) else {
        return Ok(Err(DAMAGED));
    };
    Ok(match shortcoming(&tls, &certificate, ca, names, now) {
        None => Ok(ServerIdentity { tls, certificate }),
        Some(reason) => Err(reason),
    })
}

const DAMAGED: &str = "the server's certificate was damaged";

fn shortcoming(
    tls: &Identity,
    certificate: &Certificate,
    ca: &Ca,
    names: &[SubjectAltName],
    now: OffsetDateTime,
) -> Option<&'static str> {
    let chain = ca.chain(certificate);
    let is_same_chain = tls.chain().len() == chain.len()
        && tls
            .chain()
            .iter()
            .zip(&chain)
            .all(|(a, b)| a.as_ref() == b.der());
    if !is_same_chain {
        return Some("the CA is another one");
    }
    let Ok(info) = inspect_der(certificate.der()) else {
        return Some(DAMAGED);
    };
    if !names.iter().all(|name| info.names.contains(&typed(name))) {
        return Some("new names");
    }
    if now < info.not_before {
        return Some("it was not valid yet");
    }
    if is_due(info.not_before, info.not_after, now) {
        return Some("less than a third of its life was left");
    }
    None
}

/// Whether less than a third of a certificate's life is left.
fn is_due(not_before: OffsetDateTime, not_after: OffsetDateTime, now: OffsetDateTime) -> bool {
    (not_after - now) * 3 < not_after - not_before
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wharf_pki::CaOptions;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn names(text: &[&str]) -> Vec<SubjectAltName> {
        text.iter().map(|name| name.parse().unwrap()).collect()
    }

    struct Fixture {
        _folder: tempfile::TempDir,
        home: Home,
        ca: Ca,
        now: OffsetDateTime,
    }

    fn fixture() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let now = OffsetDateTime::now_utc();
        let (ca, _) = home.load_or_create_ca(&CaOptions::default(), now).unwrap();
        Fixture {
            _folder: folder,
            home,
            ca,
            now,
        }
    }

    fn reason(
        fixture: &Fixture,
        names: &[SubjectAltName],
        now: OffsetDateTime,
    ) -> Option<&'static str> {
        match load_or_issue(&fixture.home, &fixture.ca, names, now)
            .unwrap()
            .1
        {
            Origin::Loaded => None,
            Origin::Issued { reason, .. } => Some(reason),
        }
    }

    #[test]
    fn a_certificate_is_kept_until_a_third_of_its_life_is_left() {
        let fixture = fixture();
        let names = names(&["localhost"]);
        assert_eq!(reason(&fixture, &names, fixture.now), Some("first run"));
        assert_eq!(reason(&fixture, &names, fixture.now), None);
        assert_eq!(reason(&fixture, &names, fixture.now + 59 * DAY), None);
        let due = Some("less than a third of its life was left");
        assert_eq!(reason(&fixture, &names, fixture.now + 61 * DAY), due);
        assert_eq!(reason(&fixture, &names, fixture.now + 61 * DAY), None);
    }

    #[test]
    fn a_certificate_from_a_clock_that_was_ahead_is_replaced() {
        let fixture = fixture();
        let names = names(&["localhost"]);
        assert_eq!(
            reason(&fixture, &names, fixture.now + 10 * DAY),
            Some("first run")
        );
        assert_eq!(
            reason(&fixture, &names, fixture.now),
            Some("it was not valid yet")
        );
    }

    #[test]
    fn a_new_name_needs_a_new_certificate_and_fewer_do_not() {
        let fixture = fixture();
        let both = names(&["localhost", "::1"]);
        assert_eq!(reason(&fixture, &both[..1], fixture.now), Some("first run"));
        assert_eq!(reason(&fixture, &both, fixture.now), Some("new names"));
        assert_eq!(reason(&fixture, &both[..1], fixture.now), None);
    }

    #[test]
    fn a_damaged_file_is_replaced() {
        let fixture = fixture();
        let names = names(&["localhost"]);
        reason(&fixture, &names, fixture.now);
        let path = fixture.home.path().join(FILE);
        let whole = fs::read(&path).unwrap();
        for damaged in [&whole[..whole.len() / 2], b"", b"\xff\xfe"] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(reason(&fixture, &names, fixture.now), Some(DAMAGED));
        }
    }

    #[test]
    fn a_certificate_of_another_ca_is_replaced() {
        let fixture = fixture();
        let names = names(&["localhost"]);
        reason(&fixture, &names, fixture.now);
        fs::remove_dir_all(fixture.home.ca_path()).unwrap();
        let (ca, _) = fixture
            .home
            .load_or_create_ca(&CaOptions::default(), fixture.now)
            .unwrap();
        let fixture = Fixture { ca, ..fixture };
        assert_eq!(
            reason(&fixture, &names, fixture.now),
            Some("the CA is another one")
        );
    }
}
