//! Certificates below their issuers.

use time::OffsetDateTime;
use wharf_pki::CertificateInfo;

use crate::ui::certificate::entry;
use crate::ui::tree::Tree;

/// One tree for each certificate whose issuer is not there.
pub(crate) fn trees(certificates: &[CertificateInfo], now: OffsetDateTime) -> Vec<Tree> {
    let parents: Vec<_> = (0..certificates.len())
        .map(|at| parent(certificates, at))
        .collect();
    let mut is_drawn = vec![false; certificates.len()];
    let mut trees = Vec::new();
    for (at, parent) in parents.iter().enumerate() {
        if parent.is_none() {
            trees.push(draw(certificates, &parents, at, now, &mut is_drawn));
        }
    }
    // CAs that issued each other hang below nobody.
    for at in 0..certificates.len() {
        if !is_drawn[at] {
            trees.push(draw(certificates, &parents, at, now, &mut is_drawn));
        }
    }
    trees
}

fn draw(
    certificates: &[CertificateInfo],
    parents: &[Option<usize>],
    at: usize,
    now: OffsetDateTime,
    is_drawn: &mut [bool],
) -> Tree {
    is_drawn[at] = true;
    let mut tree = entry(&certificates[at], now);
    for (child, parent) in parents.iter().enumerate() {
        if *parent == Some(at) && !is_drawn[child] {
            tree.below
                .push(draw(certificates, parents, child, now, is_drawn));
        }
    }
    tree
}

/// Who issued it, by name and key identifier.
fn parent(certificates: &[CertificateInfo], at: usize) -> Option<usize> {
    let subject = &certificates[at];
    if subject.self_issued {
        return None;
    }
    certificates.iter().position(|issuer| {
        let keys = (&subject.authority_key_id, &issuer.subject_key_id);
        let is_key = match keys {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        issuer.subject == subject.issuer && issuer.is_ca && is_key && issuer != subject
    })
}
