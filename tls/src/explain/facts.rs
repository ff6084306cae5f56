use std::cell::RefCell;
use std::sync::Arc;

use rustls::SignatureScheme;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};

use crate::client::Noting;

/// How much of what the peer said first is kept: enough for a status line or a banner.
pub(crate) const FIRST_BYTES_MAX: usize = 64;

/// What was seen of a handshake, kept so that its failure can be explained. Nothing is decided by it.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The certificates that the peer presented, if they were refused. rustls bounds them to 64 KiB.
    pub(crate) presented: Vec<CertificateDer<'static>>,
    /// The CRLs that they were held against.
    pub(crate) crls: Option<Arc<[CertificateRevocationListDer<'static>]>>,
    /// The certificates were good, and the signature that proves the possession of the key was not.
    pub(crate) no_possession: bool,
    /// The server asked for a client certificate, and we had none to send.
    pub(crate) sent_no_certificate: bool,
    /// The first bytes that the peer sent.
    pub(crate) first_bytes: Vec<u8>,
    /// What the server signed the handshake with.
    pub(crate) signature_scheme: Option<SignatureScheme>,
    /// For a report, if one was asked for.
    pub(crate) noting: Option<Box<Noting>>,
}

tokio::task_local! {
    /// Of the handshake that is polled at the moment. A verifier is shared by all connections of a configuration, since
    /// rustls resumes no session under another one: so it cannot hold what belongs to a single connection.
    static FACTS: RefCell<Facts>;
}

/// Performs a handshake and collects what is noted meanwhile.
pub(crate) async fn gather<F: Future>(handshake: F) -> (F::Output, Facts) {
    gather_into(Facts::default(), handshake).await
}

/// The same, beside what is known beforehand.
pub(crate) async fn gather_into<F: Future>(facts: Facts, handshake: F) -> (F::Output, Facts) {
    let gathering = async {
        let output = handshake.await;
        (output, FACTS.with(RefCell::take))
    };
    FACTS.scope(RefCell::new(facts), gathering).await
}

/// What the server has signed the handshake with that is under way.
pub(crate) fn signature_scheme() -> Option<SignatureScheme> {
    let scheme = FACTS.try_with(|facts| facts.borrow().signature_scheme);
    scheme.ok().flatten()
}

/// Notes what is kept for a report, if there is to be one.
pub(crate) fn note_for_report(add: impl FnOnce(&mut Noting)) {
    note(|facts| {
        if let Some(noting) = &mut facts.noting {
            add(noting);
        }
    });
}

/// Notes which certificates were refused, and the CRLs that they were held against.
pub(crate) fn note_refused(
    end_entity: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    crls: &Arc<[CertificateRevocationListDer<'static>]>,
) {
    note(|facts| {
        facts.presented = std::iter::once(end_entity)
            .chain(intermediates)
            .map(|der| der.clone().into_owned())
            .collect();
        facts.crls = Some(Arc::clone(crls));
    });
}

/// Notes that the peer did not prove that it has its key.
pub(crate) fn note_no_possession(_: &rustls::Error) {
    note(|facts| facts.no_possession = true);
}

/// Notes a fact about the handshake that is under way; outside of [`gather`], nothing happens.
pub(crate) fn note(add: impl FnOnce(&mut Facts)) {
    let _ = FACTS.try_with(|facts| add(&mut facts.borrow_mut()));
}
