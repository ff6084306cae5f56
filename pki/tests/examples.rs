//! The examples run.

#[path = "../examples/localhost.rs"]
mod localhost;

#[test]
fn the_localhost_example_runs() {
    localhost::main().unwrap();
}
