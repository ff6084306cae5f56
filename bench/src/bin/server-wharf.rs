//! Wharf, one thread.

#![forbid(unsafe_code)]

use wharf_bench::web::service::answer;
use wharf_bench::web::wharf::serve;
use wharf_http::{Incoming, service_fn};

fn main() -> anyhow::Result<()> {
    serve(service_fn(|request: http::Request<Incoming>| {
        answer(request)
    }))
}
