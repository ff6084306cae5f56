//! What a refusal says for each fault, in the words of one peer or another; ours is the check in brackets.

pub(crate) const NAME: &[&str] = &[
    "[name]",
    "hostname",
    "altname",
    "is valid for",
    "does not match",
    "not the name",
];
pub(crate) const PURPOSE: &[&str] = &[
    "[purpose]",
    "purpose",
    "key usage",
    "extkeyusage",
    "eku",
    "inadequate",
    "certificate type",
];
pub(crate) const SIGNATURE: &[&str] = &[
    "[signatures]",
    "signature",
    "verification failure",
    "verify failure",
    "verification error",
];
/// Of a PKCS#12 file, whose MAC tells a change and a wrong password alike.
pub(crate) const CHANGED: &[&str] = &[
    "was changed",
    "mac verify",
    "password",
    "integrity",
    "authentication code",
];
pub(crate) const EXPIRED: &[&str] = &[
    "[validity]",
    "expired",
    "not valid at",
    "validity check failed",
];
pub(crate) const CONSTRAINT: &[&str] = &[
    "[nameconstraints]",
    "constraint",
    "subtree",
    "not permitted",
];
pub(crate) const LENGTH: &[&str] = &[
    "[pathlength]",
    "path length",
    "pathlen",
    "too many intermediates",
    "signer's constraints",
];
pub(crate) const REVOKED: &[&str] = &["[revocation]", "revoked"];
