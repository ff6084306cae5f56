//! Python's cryptography, which has an OpenSSL of its own and reads ASN.1 by itself.

use wharf_interop_tests::{Process, peer};
use wharf_pki::KeyType;

use super::{Folder, SECRET, forms, key, read};

const READ: &str = "
import sys
from cryptography.hazmat.primitives.serialization import *
data, password = open(sys.argv[1], 'rb').read(), sys.argv[2].encode()
key = load_pem_private_key(data, password if b'ENCRYPTED' in data else None)
sys.stdout.write(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
";

#[test]
fn cryptography_reads_every_form_that_we_write() {
    let Some(python) = peer::python_cryptography() else {
        return;
    };
    let folder = Folder::new();
    for key_type in KeyType::ALL {
        let key = key(key_type);
        for (form, text) in forms(key_type) {
            let file = folder.write("key", text);
            let said = Process::run(python(READ).args([&file, SECRET])).success();
            assert_eq!(said.text(), key.public_key().to_pem(), "{form}");
        }
    }
}

/// Writes each form of a new key of each type, with its public key beside it.
const WRITE: &str = "
import os, sys
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import *
folder, password = sys.argv[1], sys.argv[2].encode()
keys = {
    'p256': ec.generate_private_key(ec.SECP256R1()),
    'p384': ec.generate_private_key(ec.SECP384R1()),
    'p521': ec.generate_private_key(ec.SECP521R1()),
    'ed25519': ed25519.Ed25519PrivateKey.generate(),
    'rsa2048': rsa.generate_private_key(65537, 2048),
    'ml-dsa-44': mldsa.MLDSA44PrivateKey.generate(),
    'ml-dsa-65': mldsa.MLDSA65PrivateKey.generate(),
    'ml-dsa-87': mldsa.MLDSA87PrivateKey.generate(),
}
for name, key in keys.items():
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    forms = {'PKCS8': NoEncryption(), 'encrypted': BestAvailableEncryption(password)}
    if name[0] in 'pr':
        forms['TraditionalOpenSSL'] = NoEncryption()
    for form, encryption in forms.items():
        private = getattr(PrivateFormat, form, PrivateFormat.PKCS8)
        data = key.private_bytes(Encoding.PEM, private, encryption)
        open(os.path.join(folder, form), 'wb').write(data)
        print(name, form)
        os.rename(os.path.join(folder, form), os.path.join(folder, name + form))
    open(os.path.join(folder, name), 'wb').write(public)
";

#[test]
fn what_cryptography_writes_is_read_in_every_form() {
    let Some(python) = peer::python_cryptography() else {
        return;
    };
    let folder = Folder::new();
    let said = Process::run(python(WRITE).args([&folder.path(""), SECRET])).success();
    let mut read_keys = 0;
    for line in said.text().lines() {
        let (name, form) = line.split_once(' ').unwrap();
        let key = read(&folder.read(&format!("{name}{form}")));
        assert_eq!(key.key_type().to_string(), name);
        assert_eq!(key.public_key().to_pem(), folder.read(name), "{line}");
        read_keys += 1;
    }
    assert_eq!(read_keys, 8 * 2 + 4);
}
