use wharf_interop_tests::peer;

use crate::Desk;

/// A request for each key: `TYPE.key` to `TYPE.csr`, with the hash that the type calls for.
const ASK: &str = "
import sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
names = x509.SubjectAlternativeName([x509.DNSName('a.test')])
for name in sys.argv[1:]:
    key = load_pem_private_key(open(name + '.key', 'rb').read(), None)
    has_own = name.startswith(('ml-dsa', 'ed25519'))
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(names, False)
    signed = request.sign(key, None if has_own else hashes.SHA256())
    open(name + '.csr', 'wb').write(signed.public_bytes(Encoding.PEM))
";

#[test]
fn cryptography_asks_for_every_type_of_key() {
    let Some(python) = peer::python_cryptography() else {
        return;
    };
    // OpenSSL has ML-DSA from 3.5 on.
    for (types, openssl_knows_them) in [
        (&["p256", "p384", "p521", "ed25519", "rsa2048"][..], true),
        (&["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"], false),
    ] {
        let mut desk = Desk::new();
        for key_type in types {
            desk.key(key_type);
        }
        let _ = desk.run(python(ASK).args(types));
        for key_type in types {
            desk.sign(&format!("{key_type}.csr"));
        }
        desk.judge(openssl_knows_them);
    }
}
