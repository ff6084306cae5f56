//! hyper 1.x, one thread, answers to pipelined requests written together.

#![forbid(unsafe_code)]

use wharf_bench::web::hyper::{Threads, serve};

fn main() -> anyhow::Result<()> {
    serve(Threads::Current, true)
}
