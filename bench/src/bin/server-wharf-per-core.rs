//! Wharf's server with a thread for each core, on one core.

#![forbid(unsafe_code)]

use wharf_bench::web::service::answer;
use wharf_bench::web::wharf::serve_per_core;
use wharf_http::{Incoming, service_fn};

fn main() -> anyhow::Result<()> {
    serve_per_core(|| service_fn(|request: http::Request<Incoming>| answer(request)))
}
