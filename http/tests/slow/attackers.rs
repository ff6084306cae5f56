use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, SocketAddrV4, TcpStream};

use rustix::net::sockopt::set_socket_recv_buffer_size;
use rustix::net::{AddressFamily, SocketType, connect, socket};

use crate::harbour::Harbour;
use crate::well_behaved::GENEROUS;

/// How many there are of a kind.
pub(crate) const ATTACKERS: usize = 5000;

/// What the kernel holds for one of them that does not read: the least that it allows.
const RECEIVE_BUFFER_BYTES: usize = 4096;

/// Many clients of one kind, all connected.
pub(crate) struct Attackers(Vec<TcpStream>);

impl Attackers {
    /// Each sends this for a beginning.
    pub(crate) fn connect(harbour: &Harbour, first: &str) -> Self {
        let attackers = (0..ATTACKERS).map(|_| {
            let mut stream = dial(harbour.address);
            stream.write_all(first.as_bytes()).unwrap();
            stream
        });
        Self(attackers.collect())
    }

    /// Each sends a byte more.
    pub(crate) fn drip(&mut self) {
        for stream in &mut self.0 {
            stream.write_all(b"x").unwrap();
        }
    }

    /// None has heard anything, nor been cut.
    #[track_caller]
    pub(crate) fn are_left_alone(&self) {
        for (number, stream) in self.0.iter().enumerate() {
            stream.set_nonblocking(true).unwrap();
            let peeked = stream.peek(&mut [0; 200]).map_err(|error| error.kind());
            assert_eq!(peeked, Err(ErrorKind::WouldBlock), "attacker {number}");
            stream.set_nonblocking(false).unwrap();
        }
    }

    /// What each receives up to its end, and how that came: `None` if in order.
    pub(crate) fn endings(self) -> impl Iterator<Item = (Vec<u8>, Option<ErrorKind>)> {
        self.0.into_iter().map(|mut stream| {
            let mut received = Vec::new();
            let ending = stream.read_to_end(&mut received);
            (received, ending.err().map(|error| error.kind()))
        })
    }
}

/// A connection with little room for what comes.
fn dial(address: SocketAddr) -> TcpStream {
    let SocketAddr::V4(address) = address else {
        panic!("{address} is not IPv4");
    };
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER_BYTES).unwrap();
    connect(&socket, &SocketAddrV4::new(*address.ip(), address.port())).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(GENEROUS)).unwrap();
    stream
}
