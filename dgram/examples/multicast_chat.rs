//! A chat without a server: who joins a group hears everyone in it.
//!
//! `cargo run -p wharf-dgram --example multicast_chat -- 239.255.7.7:7007 lo Ann` in one terminal, `… Bob` in another; `lo` is the
//! interface. A line that is typed goes to all.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program that tells what it hears")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use wharf_dgram::{DgramOptions, Group, Interface, MulticastOptions, Udp, means_lost};

/// What fits an Ethernet frame. A longer line is not sent: half of it would be somebody else's words.
const LINE_BYTES_MAX: usize = 1400;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [group, interface, name] = &args[..] else {
        return Err("usage: multicast_chat GROUP:PORT INTERFACE NAME".into());
    };
    let group: SocketAddr = group.parse()?;
    let interface = Interface::Name(interface.clone());

    let any: IpAddr = match group {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let options = DgramOptions {
        // Several on one host.
        reuse_addr: true,
        multicast: MulticastOptions {
            interface: interface.clone(),
            ..MulticastOptions::default()
        },
        ..DgramOptions::default()
    };
    let socket = Udp::bind(SocketAddr::new(any, group.port()), &options)?;
    socket.join(&Group::any_source(group.ip()).on(interface))?;
    println!("joined {group}");

    let mut typed = BufReader::new(stdin()).lines();
    let mut buffer = [0; LINE_BYTES_MAX];
    loop {
        tokio::select! {
            line = typed.next_line() => {
                let Some(line) = line? else { return Ok(()) };
                let said = format!("{name}: {line}");
                if said.len() > LINE_BYTES_MAX {
                    eprintln!("longer than {LINE_BYTES_MAX} bytes, not sent");
                } else {
                    socket.send_to(said.as_bytes(), group).await?;
                }
            }
            received = socket.recv(&mut buffer) => match received {
                // Anyone can send anything: what is not text stays visible, and moves no cursor.
                Ok(received) if !received.truncated => {
                    println!("{}", String::from_utf8_lossy(&buffer[..received.len]).escape_debug());
                }
                Ok(received) => eprintln!("{}: longer than {LINE_BYTES_MAX} bytes", received.from),
                Err(error) if means_lost(&error) => {}
                Err(error) => return Err(error.into()),
            },
        }
    }
}
