//! Java's own PKCS#8.

use std::process::Command;

use rcgen::SigningKey;
use wharf_interop_tests::{Process, peer};
use wharf_pki::{KeyType, Password};

use super::{Folder, SECRET, key};

/// Arguments: algorithm of the key, algorithm of the signature, key, signature to verify, signature to write; and the password
/// if the key is encrypted.
const PROGRAM: &str = r#"
import java.nio.file.*;
import java.security.*;
import java.security.spec.*;
import javax.crypto.*;
import javax.crypto.spec.*;

public class Keys {
    public static void main(String[] args) throws Exception {
        byte[] der = Files.readAllBytes(Path.of(args[2]));
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(der);
        if (args.length > 6) {
            EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
            String name = info.getAlgParameters().toString();
            System.out.println(name);
            SecretKeyFactory factory = SecretKeyFactory.getInstance(name);
            SecretKey secret = factory.generateSecret(new PBEKeySpec(args[6].toCharArray()));
            Cipher cipher = Cipher.getInstance(name);
            cipher.init(Cipher.DECRYPT_MODE, secret, info.getAlgParameters());
            spec = info.getKeySpec(cipher);
        }
        KeyFactory factory = KeyFactory.getInstance(args[0]);
        Signature signature = Signature.getInstance(args[1]);
        signature.initSign(factory.generatePrivate(spec));
        signature.update("a message".getBytes());
        Files.write(Path.of(args[4]), signature.sign());
        byte[] spki = Files.readAllBytes(Path.of(args[5]));
        signature.initVerify(factory.generatePublic(new X509EncodedKeySpec(spki)));
        signature.update("a message".getBytes());
        if (!signature.verify(Files.readAllBytes(Path.of(args[3])))) {
            throw new SignatureException("not verified");
        }
    }
}
"#;

#[test]
fn java_reads_our_keys_plain_and_encrypted_and_each_verifies_what_the_other_signs() {
    let Some(java) = peer::java_program() else {
        return;
    };
    let folder = Folder::new();
    let program = folder.write("Keys.java", PROGRAM);
    let classes = folder.path("");
    let javac = java.with_file_name("javac");
    let mut compile = Command::new(javac);
    let _ = Process::run(compile.args(["-d", &classes, &program])).success();
    for (key_type, algorithm, signature) in [
        (KeyType::P256, "EC", "SHA256withECDSA"),
        (KeyType::P384, "EC", "SHA384withECDSA"),
        (KeyType::P521, "EC", "SHA512withECDSA"),
        (KeyType::Ed25519, "Ed25519", "Ed25519"),
        (KeyType::Rsa3072, "RSA", "SHA256withRSA"),
    ] {
        let key = key(key_type);
        let plain = folder.write("plain", key.to_pkcs8_der().as_slice());
        let encrypted = key.to_encrypted_der(&Password::new(SECRET)).unwrap();
        let encrypted = folder.write("encrypted", encrypted);
        let ours = folder.write("ours", key.sign(b"a message").unwrap());
        let public = folder.write("public", key.public_key().der());
        let theirs = folder.path("theirs");
        for (file, password) in [(plain, None), (encrypted, Some(SECRET))] {
            let mut command = Command::new(&java);
            command
                .args(["-XX:TieredStopAtLevel=1", "-cp", &classes, "Keys"])
                .args([algorithm, signature, &file, &ours, &theirs, &public])
                .args(password);
            let said = Process::run(&mut command).success();
            if password.is_some() {
                assert_eq!(said.text().trim(), "PBEWithHmacSHA256AndAES_256");
            }
            let signature = std::fs::read(&theirs).unwrap();
            let by = key.signature_algorithm();
            assert_eq!(
                key.public_key().verify(by, b"a message", &signature),
                Ok(()),
                "{key_type}"
            );
        }
    }
}
