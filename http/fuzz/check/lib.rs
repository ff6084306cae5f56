//! The codec of wharf-http as it is, and what the fuzz targets check of it.

#![forbid(unsafe_code)]

#[path = "mod.rs"]
pub mod check;
#[path = "../../src/h1/mod.rs"]
pub mod h1;
