//! Certification requests: what others write, what we write, what is refused, and certificates issued for them.

mod hostile;
mod issue;
mod read;
mod write;
