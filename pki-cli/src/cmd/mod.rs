//! One folder per noun, one file per verb: its flags, its help, what it does.

pub(crate) mod ca;
pub(crate) mod cert;
pub(crate) mod connect;
pub(crate) mod crl;
pub(crate) mod fetch;
pub(crate) mod serve;
