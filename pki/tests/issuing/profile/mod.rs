//! Profiles: what each makes, what each refuses, and the file that changes them.

mod built_in;
mod file;
mod refused;
