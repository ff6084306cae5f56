//! Object identifiers, and what people call them.

use der::asn1::ObjectIdentifier;

macro_rules! oids {
    ($($constant:ident = $oid:literal $name:literal)*) => {
        $(pub(super) const $constant: ObjectIdentifier = ObjectIdentifier::new_unwrap($oid);)*

        /// The name of an object identifier that a PKCS#12 file may hold; its numbers, if it is none of these.
        pub(crate) fn name(oid: &ObjectIdentifier) -> String {
            match *oid {
                $($constant => $name.to_owned(),)*
                _ => oid.to_string(),
            }
        }
    };
}

oids! {
    // RFC 5652: what a ContentInfo holds.
    DATA = "1.2.840.113549.1.7.1" "data"
    SIGNED_DATA = "1.2.840.113549.1.7.2" "signed data"
    ENVELOPED_DATA = "1.2.840.113549.1.7.3" "enveloped data"
    ENCRYPTED_DATA = "1.2.840.113549.1.7.6" "encrypted data"

    // RFC 7292 §4.2: bags.
    KEY_BAG = "1.2.840.113549.1.12.10.1.1" "key"
    SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2" "encrypted key"
    CERT_BAG = "1.2.840.113549.1.12.10.1.3" "certificate"
    CRL_BAG = "1.2.840.113549.1.12.10.1.4" "CRL"
    SECRET_BAG = "1.2.840.113549.1.12.10.1.5" "secret"
    SAFE_CONTENTS_BAG = "1.2.840.113549.1.12.10.1.6" "bags"

    // RFC 2985: the kind of a certificate, and attributes of bags.
    X509_CERTIFICATE = "1.2.840.113549.1.9.22.1" "X.509 certificate"
    FRIENDLY_NAME = "1.2.840.113549.1.9.20" "friendlyName"
    LOCAL_KEY_ID = "1.2.840.113549.1.9.21" "localKeyId"
    // Without it, Java takes a certificate for a link of some chain, and not for something to trust.
    JAVA_TRUSTED_KEY_USAGE = "2.16.840.1.113894.746875.1.1" "trustedKeyUsage"
    ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0" "anyExtendedKeyUsage"

    // RFC 7292 appendix C.
    PBE_RC4_128 = "1.2.840.113549.1.12.1.1" "pbeWithSHAAnd128BitRC4"
    PBE_RC4_40 = "1.2.840.113549.1.12.1.2" "pbeWithSHAAnd40BitRC4"
    PBE_3DES = "1.2.840.113549.1.12.1.3" "pbeWithSHAAnd3-KeyTripleDES-CBC"
    PBE_3DES_2KEY = "1.2.840.113549.1.12.1.4" "pbeWithSHAAnd2-KeyTripleDES-CBC"
    PBE_RC2_128 = "1.2.840.113549.1.12.1.5" "pbeWithSHAAnd128BitRC2-CBC"
    PBE_RC2_40 = "1.2.840.113549.1.12.1.6" "pbeWithSHAAnd40BitRC2-CBC"

    // RFC 8018 appendix A, B.
    PBKDF2 = "1.2.840.113549.1.5.12" "PBKDF2"
    PBES2 = "1.2.840.113549.1.5.13" "PBES2"
    PBMAC1 = "1.2.840.113549.1.5.14" "PBMAC1"
    SCRYPT = "1.3.6.1.4.1.11591.4.11" "scrypt"
    HMAC_SHA1 = "1.2.840.113549.2.7" "HMAC-SHA-1"
    HMAC_SHA224 = "1.2.840.113549.2.8" "HMAC-SHA-224"
    HMAC_SHA256 = "1.2.840.113549.2.9" "HMAC-SHA-256"
    HMAC_SHA384 = "1.2.840.113549.2.10" "HMAC-SHA-384"
    HMAC_SHA512 = "1.2.840.113549.2.11" "HMAC-SHA-512"
    AES_128_CBC = "2.16.840.1.101.3.4.1.2" "AES-128-CBC"
    AES_192_CBC = "2.16.840.1.101.3.4.1.22" "AES-192-CBC"
    AES_256_CBC = "2.16.840.1.101.3.4.1.42" "AES-256-CBC"
    DES_EDE3_CBC = "1.2.840.113549.3.7" "DES-EDE3-CBC"

    // Hash functions of a MAC.
    SHA1 = "1.3.14.3.2.26" "SHA-1"
    SHA224 = "2.16.840.1.101.3.4.2.4" "SHA-224"
    SHA256 = "2.16.840.1.101.3.4.2.1" "SHA-256"
    SHA384 = "2.16.840.1.101.3.4.2.2" "SHA-384"
    SHA512 = "2.16.840.1.101.3.4.2.3" "SHA-512"
}
