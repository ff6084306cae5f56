//! What the fuzz targets check, on stable: over their seeds, and over what proptest makes up.

use wharf_http::h1;

#[expect(unreachable_pub, reason = "for the fuzz targets it is another crate")]
#[path = "../../fuzz/check/mod.rs"]
mod check;
mod exchanges;
mod requests;
mod seeds;
