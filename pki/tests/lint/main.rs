//! The rules: each is broken by one certificate, CRL or request, and kept by another that differs in one thing.

#[path = "../draft/mod.rs"]
mod draft;

mod cases;
mod own;
mod table;
