//! The same program as `tcp_echo.rs`, under the short name:
//!
//! ```text
//! cargo run --release -p wharf-net --example echo -- --listen ENDPOINT
//! ```
//!
//! `wharf-http` has an `echo` too, and Cargo builds both to one path; what starts a built one uses the long name.

#[path = "tcp_echo.rs"]
mod tcp_echo;

fn main() -> anyhow::Result<()> {
    tcp_echo::main()
}
