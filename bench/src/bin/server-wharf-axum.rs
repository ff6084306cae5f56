//! A router of axum on Wharf, one thread.

#![forbid(unsafe_code)]

fn main() -> anyhow::Result<()> {
    wharf_bench::web::wharf::serve(wharf_bench::web::router::router())
}
