//! What is issued, what is refused, and why.

mod constraints;
mod issue;
mod lab;
mod names;
mod profile;
