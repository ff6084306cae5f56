//! The example is a whole program, so it is started as one.

#![forbid(unsafe_code)]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use wharf_dgram::{DgramOptions, Udp};

/// A process that ends with the test, however the test ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn echo_sends_back_what_it_got_and_leaves_out_what_was_cut() {
    // `cargo run` becomes the program, so killing one kills the other.
    let mut echo = Command::new(env!("CARGO"));
    echo.args([
        "run",
        "--quiet",
        "--package",
        "wharf-dgram",
        "--example",
        "udp_echo",
        "--",
        "127.0.0.1:0",
    ]);
    let mut echo = Killed(echo.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(echo.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address: SocketAddr = line
        .trim()
        .strip_prefix("listening on ")
        .unwrap()
        .parse()
        .unwrap();

    let client = Udp::bind("127.0.0.1:0".parse().unwrap(), &DgramOptions::default()).unwrap();
    client.connect(address).unwrap();
    client.send(&[7; 1501]).await.unwrap();
    client.send(b"ahoy").await.unwrap();
    let mut buffer = [0; 2000];
    let answer = tokio::time::timeout(Duration::from_secs(30), client.recv(&mut buffer)).await;
    let answer = answer.expect("an answer within half a minute").unwrap();
    assert_eq!(&buffer[..answer.len], b"ahoy");
}
