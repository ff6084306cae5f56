//! Sends every datagram back to where it came from: `cargo run -p wharf-dgram --example udp_echo -- 127.0.0.1:7007`.
//!
//! Try it with `nc -u 127.0.0.1 7007`.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program that tells its address")]

use std::net::SocketAddr;

use wharf_dgram::{DgramOptions, Udp, means_lost};

/// What fits an Ethernet frame. A longer datagram is not answered: half of an echo is not an echo.
const DATAGRAM_BYTES_MAX: usize = 1500;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address: SocketAddr = match std::env::args().nth(1) {
        Some(address) => address.parse()?,
        None => "127.0.0.1:7007".parse()?,
    };
    let socket = Udp::bind(address, &DgramOptions::default())?;
    println!("listening on {}", socket.local_addr());

    let mut buffer = [0; DATAGRAM_BYTES_MAX];
    loop {
        let received = match socket.recv(&mut buffer).await {
            Ok(received) => received,
            Err(error) if means_lost(&error) => continue,
            Err(error) => return Err(error.into()),
        };
        if received.truncated {
            eprintln!("{}: longer than {DATAGRAM_BYTES_MAX} bytes", received.from);
            continue;
        }
        // One peer that cannot be reached is no reason to stop serving the others.
        if let Err(error) = socket.send_to(&buffer[..received.len], received.from).await {
            eprintln!("{}: {error}", received.from);
        }
    }
}
