//! SPIFFE IDs: `spiffe://trust-domain/path`, as the SPIFFE ID standard and the X.509-SVID standard have them.
//!
//! The identity of an end entity has a path; without one it is the identity of a trust domain, which a CA may have.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use super::NameFault;

/// The longest trust domain, in characters.
const TRUST_DOMAIN_CHARS_MAX: usize = 255;

/// Whether a text is, or is meant to be, a SPIFFE ID.
pub(super) fn has_scheme(uri: &str) -> bool {
    let scheme = uri.split(':').next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("spiffe")
}

/// ```text
/// id           = "spiffe://" trust-domain 1*( "/" segment )
/// trust-domain = 1*255( lowercase / DIGIT / "." / "-" / "_" )
/// segment      = 1*( ALPHA / DIGIT / "." / "-" / "_" )           neither "." nor ".."
/// ```
///
/// No port, user information, query, fragment or percent-encoding. IDs are compared byte by byte, so the scheme is in
/// lower case too.
pub(super) fn parse(uri: &str) -> Result<&str, NameFault> {
    let rest = uri
        .strip_prefix("spiffe://")
        .ok_or(NameFault::SpiffeTrustDomain)?;
    let (trust_domain, path) = rest.split_once('/').ok_or(NameFault::SpiffePath)?;
    let is_domain_char =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    if trust_domain.is_empty()
        || trust_domain.len() > TRUST_DOMAIN_CHARS_MAX
        || !trust_domain.chars().all(is_domain_char)
    {
        return Err(NameFault::SpiffeTrustDomain);
    }
    let is_segment = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
    };
    if !path.split('/').all(is_segment) {
        return Err(NameFault::SpiffePath);
    }
    Ok(uri)
}
