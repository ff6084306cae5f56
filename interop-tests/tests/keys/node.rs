//! Node 26, for its OpenSSL 3.5: the first with ML-DSA.

use std::process::Command;

use rcgen::SigningKey;
use wharf_interop_tests::{Process, peer};
use wharf_pki::{Key, KeyType};

use super::{Folder, ML_DSA, SECRET, forms, key, read, section};

const READ: &str = "
const crypto = require('crypto'), fs = require('fs');
const key = crypto.createPrivateKey({ key: fs.readFileSync(process.argv[1]), passphrase: process.argv[2] });
process.stdout.write(crypto.createPublicKey(key).export({ type: 'spki', format: 'pem' }));
";

#[test]
fn node_reads_every_form_that_we_write() {
    let Some(node) = peer::node_program() else {
        return;
    };
    let folder = Folder::new();
    for key_type in KeyType::ALL {
        let key = key(key_type);
        for (form, text) in forms(key_type) {
            let file = folder.write("key", text);
            let said = Process::run(Command::new(&node).args(["-e", READ, &file, SECRET]));
            assert_eq!(said.success().text(), key.public_key().to_pem(), "{form}");
        }
    }
}

const WRITE: &str = "
const crypto = require('crypto');
const [type, cipher, passphrase] = process.argv.slice(1);
const { privateKey } = crypto.generateKeyPairSync(type);
const options = { type: 'pkcs8', format: 'pem' };
if (cipher) Object.assign(options, { cipher, passphrase });
process.stdout.write(privateKey.export(options));
";

#[test]
fn what_node_writes_is_read_plain_and_encrypted() {
    let Some(node) = peer::node_program() else {
        return;
    };
    for key_type in ML_DSA.into_iter().chain([KeyType::Ed25519]) {
        for cipher in [&[][..], &["aes-256-cbc", SECRET], &["aes-128-cbc", SECRET]] {
            let mut command = Command::new(&node);
            command
                .args(["-e", WRITE, &key_type.to_string()])
                .args(cipher);
            let text = section(&Process::run(&mut command).success());
            let key = read(&text);
            assert_eq!(key.key_type(), key_type);
            if cipher.is_empty() {
                assert_eq!(key.to_pem().as_str(), text);
            }
        }
    }
}

const SIGN: &str = "
const crypto = require('crypto'), fs = require('fs');
const [key, ours, theirs] = process.argv.slice(1);
const pair = crypto.createPrivateKey(fs.readFileSync(key)), message = Buffer.from('a message');
fs.writeFileSync(theirs, crypto.sign(null, message, pair));
console.log(crypto.verify(null, message, crypto.createPublicKey(pair), fs.readFileSync(ours)));
";

#[test]
fn each_verifies_what_the_other_signs_with_ml_dsa() {
    let Some(node) = peer::node_program() else {
        return;
    };
    let folder = Folder::new();
    for key_type in ML_DSA {
        let key = key(key_type);
        let file = folder.write("key", key.to_pem().as_bytes());
        let ours = folder.write("ours", key.sign(b"a message").unwrap());
        let theirs = folder.path("theirs");
        let said = Process::run(Command::new(&node).args(["-e", SIGN, &file, &ours, &theirs]));
        assert_eq!(said.success().text(), "true\n");
        let signature = std::fs::read(&theirs).unwrap();
        let by = key.signature_algorithm();
        assert_eq!(
            key.public_key().verify(by, b"a message", &signature),
            Ok(())
        );
    }
}

/// The form of a key whose seed was thrown away, and the one with both, which OpenSSL's own command writes.
const EXPAND: &str = "
const crypto = require('crypto'), fs = require('fs');
const pair = crypto.createPrivateKey(fs.readFileSync(process.argv[1]));
console.log(crypto.createPublicKey(pair).export({ type: 'spki', format: 'pem' }));
";

#[test]
fn an_ml_dsa_key_without_its_seed_is_written_as_node_reads_it() {
    use aws_lc_rs::encoding::AsRawBytes;
    use aws_lc_rs::signature::{ML_DSA_65_SIGNING, PqdsaKeyPair};
    let Some(node) = peer::node_program() else {
        return;
    };
    let folder = Folder::new();
    let pair = PqdsaKeyPair::generate(&ML_DSA_65_SIGNING).unwrap();
    let expanded = pair.private_key().as_raw_bytes().unwrap();
    let seedless = Key::from_der(&expanded_pkcs8(expanded.as_ref())).unwrap();
    assert_eq!(seedless.key_type(), KeyType::MlDsa65);
    let file = folder.write("key", seedless.to_pem().as_bytes());
    let said = Process::run(Command::new(&node).args(["-e", EXPAND, &file])).success();
    assert_eq!(said.text().trim(), seedless.public_key().to_pem().trim());
}

/// expandedKey of [RFC 9881 §6], as PKCS#8.
///
/// [RFC 9881 §6]: https://www.rfc-editor.org/rfc/rfc9881#section-6
fn expanded_pkcs8(expanded: &[u8]) -> Vec<u8> {
    let octets = |content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[0x04, 0x82], &length[..], content].concat()
    };
    let algorithm = [0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18];
    let content = [&[2, 1, 0], &algorithm[..], &octets(&octets(expanded))].concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82], &length[..], &content].concat()
}
