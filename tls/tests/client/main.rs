//! The client, from outside.

mod alerts;
mod certificates;
mod credentials;
mod hello;
mod names;
mod no_tls;
mod peers;
mod pins;
mod pki;
mod post_quantum;
mod resumption;
mod revocation;
mod roots;
