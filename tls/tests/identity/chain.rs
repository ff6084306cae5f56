//! The certificates are put into the order of the handshake, or refused.

use rcgen::KeyPair;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use wharf_tls::{CHAIN_CERTIFICATES_MAX, Error, Identity};

use crate::issuer::{Ca, ca, intermediate, issue, leaf, private, root};

struct Path {
    root: Ca,
    outer: Ca,
    inner: Ca,
    leaf: CertificateDer<'static>,
    key: KeyPair,
}

impl Path {
    fn new() -> Self {
        let root = root("root");
        let outer = intermediate("outer", &root);
        let inner = intermediate("inner", &outer);
        let key = KeyPair::generate().unwrap();
        Self {
            leaf: issue(&leaf(&["localhost"]), &key, &inner),
            root,
            outer,
            inner,
            key,
        }
    }

    fn all(&self) -> [CertificateDer<'static>; 4] {
        let [root, outer, inner] = [&self.root, &self.outer, &self.inner].map(|ca| ca.der());
        [
            self.leaf.clone(),
            inner.clone(),
            outer.clone(),
            root.clone(),
        ]
    }

    fn load(&self, certificates: &[CertificateDer<'static>]) -> Result<Identity, Error> {
        Identity::from_der(certificates.to_vec(), self.private_key())
    }

    fn private_key(&self) -> PrivateKeyDer<'static> {
        private(&self.key)
    }
}

/// Every order of `items` (Heap's algorithm).
fn orders<T: Clone>(items: &mut Vec<T>, length: usize, found: &mut Vec<Vec<T>>) {
    if length < 2 {
        found.push(items.clone());
        return;
    }
    for i in 0..length {
        orders(items, length - 1, found);
        let other = if length.is_multiple_of(2) { i } else { 0 };
        items.swap(other, length - 1);
    }
}

#[test]
fn any_order_is_repaired_and_the_root_is_left_out() {
    let path = Path::new();
    let all = path.all();
    let mut found = Vec::new();
    orders(&mut all.to_vec(), all.len(), &mut found);
    assert_eq!(found.len(), 24);
    for order in found {
        let identity = path.load(&order).unwrap();
        assert_eq!(identity.chain(), &all[..3]);
        let subjects: Vec<_> = identity
            .certificates()
            .iter()
            .map(|c| c.subject())
            .collect();
        assert_eq!(subjects, ["CN=leaf", "CN=inner", "CN=outer"]);
    }
}

#[test]
fn duplicates_are_dropped() {
    let path = Path::new();
    let [leaf, inner, outer, root] = path.all();
    let twice = [&inner, &leaf, &root, &outer, &inner, &leaf, &root].map(Clone::clone);
    assert_eq!(path.load(&twice).unwrap().chain(), &[leaf, inner, outer]);
}

#[test]
fn a_certificate_of_another_chain_is_named() {
    let path = Path::new();
    let [leaf, inner, outer, _] = path.all();
    let odd = root("somebody else");
    let error = path
        .load(&[leaf, odd.der().clone(), inner, outer])
        .unwrap_err();
    let expected = "the certificate CN=somebody else, issued by CN=somebody else, does not belong to the chain";
    assert_eq!(error.to_string(), expected);
    assert!(error.hint().unwrap().contains("and nothing else"));
}

#[test]
fn a_gap_in_the_chain_is_an_error_that_names_what_is_behind_it() {
    let path = Path::new();
    let [leaf, _, outer, _] = path.all();
    let error = path.load(&[leaf, outer]).unwrap_err();
    let expected = "the certificate CN=outer, issued by CN=root, does not belong to the chain";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn the_issuer_is_told_by_its_key_when_its_name_is_not_enough() {
    // A CA that was renewed with a new key: the same name twice.
    let root = root("root");
    let old = intermediate("ca", &root);
    let new = intermediate("ca", &root);
    let key = KeyPair::generate().unwrap();
    let leaf = issue(&leaf(&["localhost"]), &key, &new);
    let load = |chain: &[&CertificateDer<'static>]| {
        let chain = chain.iter().map(|der| (*der).clone()).collect();
        Identity::from_der(chain, private(&key))
    };
    let right = load(&[&leaf, new.der()]).unwrap();
    assert_eq!(right.chain(), &[leaf.clone(), new.der().clone()]);
    load(&[&leaf, old.der()]).unwrap_err();
    // The other one belongs to nothing that is sent.
    let error = load(&[&leaf, old.der(), new.der()]).unwrap_err();
    assert!(error.to_string().contains("does not belong to the chain"));
}

#[test]
fn a_ca_that_shares_the_key_is_not_taken_for_the_end_entity() {
    let key = KeyPair::generate().unwrap();
    let private_key = private(&key);
    let issuer = Ca::self_signed(ca("root"), key).unwrap();
    let leaf = issue(&leaf(&["localhost"]), issuer.key(), &issuer);
    let chain = vec![issuer.der().clone(), leaf.clone()];
    assert_eq!(
        Identity::from_der(chain, private_key).unwrap().chain(),
        &[leaf]
    );
}

#[test]
fn a_self_signed_certificate_that_comes_alone_is_kept() {
    let key = KeyPair::generate().unwrap();
    let certificate = leaf(&["localhost"]).self_signed(&key).unwrap();
    let chain = vec![certificate.der().clone()];
    let identity = Identity::from_der(chain.clone(), private(&key)).unwrap();
    assert_eq!(identity.chain(), chain);
}

#[test]
fn a_chain_has_a_bound() {
    let path = Path::new();
    let [leaf, inner, outer, root] = path.all();
    let mut chain = vec![leaf, inner, outer];
    chain.resize(CHAIN_CERTIFICATES_MAX, root);
    path.load(&chain).unwrap();
    chain.push(chain[0].clone());
    let error = path.load(&chain).unwrap_err().to_string();
    assert_eq!(error, "the identity has more than 16 certificates");
}

#[test]
fn a_certificate_that_cannot_be_read_is_counted_out() {
    let path = Path::new();
    let [leaf, ..] = path.all();
    let broken = CertificateDer::from(leaf[..leaf.len() - 1].to_vec());
    let error = path.load(&[leaf, broken]).unwrap_err();
    assert_eq!(error.to_string(), "cannot read certificate 2");
}
