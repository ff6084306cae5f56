//! The client against our own server, and against one that says what a test has written down.

mod content;
mod deadlines;
mod errors;
mod exchange;
mod faults;
mod harness;
mod kept;
mod passing;
mod pool;
mod progress;
mod proxies;
mod proxy_tls;
mod redirects;
mod responses;
mod retries;
mod reuse;
mod routes;
mod socks;
mod tunnels;
mod uploads;
