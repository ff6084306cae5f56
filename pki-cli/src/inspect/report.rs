//! The same for programs.

use serde_json::{Map, Value, json};
use wharf_pki::inspect::{Object, inspect_der};
use wharf_pki::{PublicKey, SubjectAltName};

/// An object with its `kind`, and what it says.
pub(crate) fn of(object: &Object) -> anyhow::Result<Value> {
    let (kind, said) = match object {
        Object::Certificate(certificate) => (
            "certificate",
            serde_json::to_value(inspect_der(certificate.der())?)?,
        ),
        Object::Crl(crl) => {
            let mut said = serde_json::to_value(crl.info())?;
            said["entries"] = serde_json::to_value(crl.entries())?;
            ("crl", said)
        }
        Object::Request(request) => {
            let names: Vec<_> = request.names().iter().map(typed).collect();
            let mut said = key(request.public_key());
            said["subject"] = request.subject().into();
            said["names"] = names.into();
            ("request", said)
        }
        Object::PublicKey(public) => ("public-key", key(public)),
        Object::PrivateKey(private) => ("private-key", key(private.public_key())),
        Object::EncryptedKey => ("encrypted-key", json!({})),
        Object::Pkcs12(info) => ("pkcs12", serde_json::to_value(info)?),
        Object::Unreadable { what, error } => (
            "unreadable",
            json!({ "what": what, "error": error.to_string() }),
        ),
        Object::Other { label } => ("other", json!({ "label": label })),
        _ => ("other", json!({})),
    };
    let mut object = Map::new();
    object.insert("kind".into(), kind.into());
    if let Value::Object(said) = said {
        object.extend(said);
    }
    Ok(object.into())
}

/// A name with its kind, as certificates are shown with theirs.
pub(crate) fn typed(name: &SubjectAltName) -> String {
    match name {
        SubjectAltName::Dns(name) => format!("DNS:{name}"),
        SubjectAltName::Ip(address) => format!("IP:{address}"),
        SubjectAltName::Email(address) => format!("email:{address}"),
        SubjectAltName::Uri(uri) => format!("URI:{uri}"),
        other => other.to_string(),
    }
}

fn key(key: &PublicKey) -> Value {
    json!({ "public_key": key.algorithm().to_string(), "spki_sha256": key.pin() })
}
