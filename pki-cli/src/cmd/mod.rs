//! One folder per noun, one file per verb: its flags, its help, what it does.

pub(crate) mod ca;
pub(crate) mod cert;
pub(crate) mod completions;
pub(crate) mod connect;
pub(crate) mod crl;
pub(crate) mod csr;
pub(crate) mod fetch;
pub(crate) mod kex;
pub(crate) mod key;
pub(crate) mod man;
pub(crate) mod open;
pub(crate) mod seal;
pub(crate) mod serve;
pub(crate) mod sign;
pub(crate) mod verify_file;
