//! hyper 1.x, one thread.

#![forbid(unsafe_code)]

fn main() -> std::io::Result<()> {
    wharf_bench::server::run(wharf_bench::server::hyper(false))
}
