//! Certificates: what comes out, what is refused, and whether webpki finds a path.

mod authority;
mod content;
mod cross;
mod extensions;
mod names;
mod paths;
mod subject;
mod validity;
