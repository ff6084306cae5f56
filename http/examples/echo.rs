//! The same program as `http_echo.rs`, under the short name:
//!
//! ```text
//! cargo run --release -p wharf-http --example echo -- --listen 127.0.0.1:8080
//! ```
//!
//! `wharf-net` has an `echo` too, and Cargo builds both to one path; what starts a built one uses the long name.

#[path = "http_echo.rs"]
mod http_echo;

fn main() -> std::process::ExitCode {
    http_echo::main()
}
