//! Datagrams of `wharf-dgram` against the sockets of other languages and programs, and across networks that fragment, refuse and
//! lose them.

mod network;
mod path_mtu;
mod peers;

use tokio::time::timeout;
use wharf_dgram::{DgramOptions, Recv, Udp};
use wharf_interop_tests::PATIENCE;

fn bind(address: &str, options: &DgramOptions) -> Udp {
    Udp::bind(address.parse().unwrap(), options).unwrap()
}

/// What never comes fails the test instead of stopping it.
async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    timeout(PATIENCE, wait).await.expect("nothing comes")
}

/// The next datagram, and what it carries.
async fn receive(socket: &Udp) -> (Recv, Vec<u8>) {
    let mut buffer = vec![0; 65_535];
    let received = in_time(socket.recv(&mut buffer)).await.unwrap();
    buffer.truncate(received.len);
    (received, buffer)
}
