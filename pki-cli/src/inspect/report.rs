//! The same for programs.

use serde_json::{Map, Value, json};
use wharf_pki::PublicKey;
use wharf_pki::inspect::{Object, inspect_der};

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
            let names: Vec<_> = request.names().iter().map(ToString::to_string).collect();
            let mut said = key(request.public_key());
            said["subject"] = request.subject().into();
            said["names"] = names.into();
            ("request", said)
        }
        Object::PublicKey(public) => ("public-key", key(public)),
        Object::PrivateKey(private) => ("private-key", key(private.public_key())),
        Object::EncryptedKey => ("encrypted-key", json!({})),
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

fn key(key: &PublicKey) -> Value {
    json!({ "public_key": key.algorithm().to_string(), "spki_sha256": key.pin() })
}
