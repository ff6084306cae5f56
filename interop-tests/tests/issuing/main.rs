//! What `wharf-pki` issues and refuses, held against what OpenSSL, GnuTLS and Python make of it.

mod constraints;
mod cross;
mod lab;
mod profiles;
