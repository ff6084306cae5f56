//! Names: what is read, what is refused and why, and beside each refusal its nearest legal neighbour.

mod dns;
mod email;
mod text;
mod uri;

use wharf_pki::error::NameFault;
use wharf_pki::{Error, SubjectAltName};

fn dns(name: &str) -> SubjectAltName {
    SubjectAltName::Dns(name.into())
}

#[track_caller]
fn accepted(text: &str, name: SubjectAltName) {
    assert_eq!(text.parse(), Ok(name));
}

#[track_caller]
fn refused(text: &str, fault: NameFault) {
    assert_eq!(
        text.parse::<SubjectAltName>(),
        Err(Error::Name {
            name: text.into(),
            fault
        })
    );
}
