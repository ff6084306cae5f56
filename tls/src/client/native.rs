use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use rustls::RootCertStore;
use rustls_native_certs::load_certs_from_paths;
use rustls_pki_types::CertificateDer;

use crate::Error;
use crate::error::Kind;

/// Where systems keep all their trust anchors in one file: Debian and its kin, Fedora and RHEL (two), openSUSE, Alpine
/// and macOS and OpenBSD, FreeBSD, NetBSD. Go and OpenSSL's probe look at the same ones.
const FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
    "/etc/openssl/certs/ca-certificates.crt",
];
/// And in one file each.
const FOLDERS: &[&str] = &["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// What was read last. They are some hundred kilobytes, so all share them.
static READ: ArcSwapOption<RootCertStore> = ArcSwapOption::const_empty();

/// Whether what was read before will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Shared,
    Anew,
}

/// The trust anchors of the operating system.
pub(super) fn roots(reading: Reading) -> Result<Arc<RootCertStore>, Error> {
    if reading == Reading::Shared
        && let Some(roots) = READ.load_full()
    {
        return Ok(roots);
    }
    let roots = Arc::new(read(FILES, FOLDERS).ok_or(Kind::NoNativeRoots)?);
    READ.store(Some(Arc::clone(&roots)));
    Ok(roots)
}

/// The certificates of the operating system's trust anchors, for who verifies in a way of their own or shows them: from the
/// same places as [`Roots::Native`](super::Roots::Native), read anew each time, which blocks for some milliseconds. Empty if
/// there are none.
pub fn native_certificates() -> Vec<CertificateDer<'static>> {
    places(FILES, FOLDERS)
        .map(|(file, folder)| load_certs_from_paths(file, folder).certs)
        .find(|certificates| !certificates.is_empty())
        .unwrap_or_default()
}

/// The first place that has any. One certificate that cannot be parsed does not spoil the others.
fn read(files: &[&str], folders: &[&str]) -> Option<RootCertStore> {
    places(files, folders).find_map(|(file, folder)| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(load_certs_from_paths(file, folder).certs);
        (!roots.is_empty()).then_some(roots)
    })
}

fn places<'a>(
    files: &'a [&str],
    folders: &'a [&str],
) -> impl Iterator<Item = (Option<&'a Path>, Option<&'a Path>)> {
    let files = files.iter().map(|file| (Some(Path::new(file)), None));
    let folders = folders.iter().map(|folder| (None, Some(Path::new(folder))));
    files.chain(folders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_without_certificates_are_passed_over() {
        assert!(read(&["/nowhere", "/dev/null"], &["/nowhere"]).is_none());
    }

    #[test]
    fn a_second_reading_is_shared_unless_it_is_asked_for_anew() {
        // A machine without trust anchors is one too; then there is nothing to share.
        let Ok(first) = roots(Reading::Anew) else {
            return;
        };
        assert!(Arc::ptr_eq(&first, &roots(Reading::Shared).unwrap()));
        assert!(!Arc::ptr_eq(&first, &roots(Reading::Anew).unwrap()));
    }
}
