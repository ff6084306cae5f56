//! hyper 1.x, one thread.

#![forbid(unsafe_code)]

use wharf_bench::web::hyper::{Threads, serve};

fn main() -> anyhow::Result<()> {
    serve(Threads::Current, false)
}
