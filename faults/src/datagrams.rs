use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::seeded::SplitMix64;

/// What happens to the datagrams of one direction: all that a network may do, by chance, and the same for the same seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// Of what all chance comes.
    pub seed: u64,
    /// How many in a hundred are lost.
    pub lose_percent: u8,
    /// How many in a hundred arrive twice.
    pub duplicate_percent: u8,
    /// How many in a hundred are overtaken by the next one.
    pub reorder_percent: u8,
}

/// What became of the datagrams of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fates {
    /// How many came.
    pub received: u64,
    /// How many of them went nowhere.
    pub lost: u64,
    /// How many went on twice.
    pub duplicated: u64,
    /// How many were overtaken.
    pub reordered: u64,
}

/// A port on loopback in front of a UDP server, which has a peer of its own there for each client, and bad weather between.
///
/// Dropped, it stops, and what it held back is lost.
#[derive(Debug)]
pub struct DatagramProxy {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<io::Result<[Fates; 2]>>,
}

/// More clients than any test has. What others send is lost.
const CLIENTS_MAX: usize = 64;
/// The longest datagram.
const DATAGRAM_BYTES_MAX: usize = 65_535;
/// A datagram that nothing overtakes goes on after so long: a peer that waits for it would send nothing.
const HELD_MAX: Duration = Duration::from_millis(5);

impl DatagramProxy {
    /// Starts one.
    ///
    /// # Errors
    ///
    /// When there is no port.
    pub async fn start(
        server: SocketAddr,
        to_server: Weather,
        to_client: Weather,
    ) -> io::Result<Self> {
        let socket = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        let address = socket.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(forward(socket, server, to_server, to_client, stopped));
        Ok(Self {
            address,
            stop,
            running,
        })
    }

    /// Where clients find it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops, and tells what became of the datagrams to the server, and of those to all of its clients.
    ///
    /// # Errors
    ///
    /// When one of the sockets failed.
    pub async fn stop(self) -> io::Result<[Fates; 2]> {
        let _ = self.stop.send(());
        self.running.await?
    }
}

async fn forward(
    socket: Arc<UdpSocket>,
    server: SocketAddr,
    to_server: Weather,
    to_client: Weather,
    mut stopped: oneshot::Receiver<()>,
) -> io::Result<[Fates; 2]> {
    let mut clients = HashMap::new();
    let mut answering: JoinSet<io::Result<()>> = JoinSet::new();
    let back = Arc::new(tokio::sync::Mutex::new(Sky::new(to_client)));
    let mut sky = Sky::new(to_server);
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        let received = tokio::select! {
            _ = &mut stopped => break,
            received = timeout(HELD_MAX, socket.recv_from(&mut buffer)) => received,
        };
        let (len, client) = match received {
            Ok(received) => received?,
            Err(_elapsed) => {
                sky.clear().await?;
                continue;
            }
        };
        let upstream = match clients.get(&client) {
            Some(upstream) => Arc::clone(upstream),
            None if clients.len() == CLIENTS_MAX => continue,
            None => {
                let upstream = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
                upstream.connect(server).await?;
                clients.insert(client, Arc::clone(&upstream));
                let (from, to) = (Arc::clone(&upstream), Arc::clone(&socket));
                answering.spawn(answer(from, to, client, Arc::clone(&back)));
                upstream
            }
        };
        sky.pass(&buffer[..len], &upstream, None).await?;
    }
    answering.shutdown().await;
    let back = back.lock().await.fates;
    Ok([sky.fates, back])
}

/// What the server sends to one client.
async fn answer(
    from: Arc<UdpSocket>,
    to: Arc<UdpSocket>,
    client: SocketAddr,
    sky: Arc<tokio::sync::Mutex<Sky>>,
) -> io::Result<()> {
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        match timeout(HELD_MAX, from.recv(&mut buffer)).await {
            Ok(Ok(len)) => {
                let mut sky = sky.lock().await;
                sky.pass(&buffer[..len], &to, Some(client)).await?;
            }
            // Nobody listens there at the moment.
            Ok(Err(_refused)) => {}
            Err(_elapsed) => sky.lock().await.clear().await?,
        }
    }
}

/// One direction.
struct Sky {
    weather: Weather,
    random: SplitMix64,
    fates: Fates,
    held: Option<Held>,
}

struct Held {
    bytes: Vec<u8>,
    by: Arc<UdpSocket>,
    to: Option<SocketAddr>,
}

impl Sky {
    fn new(weather: Weather) -> Self {
        Self {
            weather,
            random: SplitMix64::new(weather.seed),
            fates: Fates::default(),
            held: None,
        }
    }

    fn happens(&mut self, percent: u8) -> bool {
        self.random.below(100) < percent.into()
    }

    async fn pass(
        &mut self,
        bytes: &[u8],
        by: &Arc<UdpSocket>,
        to: Option<SocketAddr>,
    ) -> io::Result<()> {
        self.fates.received += 1;
        if self.happens(self.weather.lose_percent) {
            self.fates.lost += 1;
            return Ok(());
        }
        if self.held.is_none() && self.happens(self.weather.reorder_percent) {
            self.held = Some(Held {
                bytes: bytes.to_vec(),
                by: Arc::clone(by),
                to,
            });
            return Ok(());
        }
        send(by, bytes, to).await?;
        if self.happens(self.weather.duplicate_percent) {
            self.fates.duplicated += 1;
            send(by, bytes, to).await?;
        }
        if self.held.is_some() {
            self.fates.reordered += 1;
        }
        self.clear().await
    }

    /// Lets go of what was held back.
    async fn clear(&mut self) -> io::Result<()> {
        match self.held.take() {
            Some(Held { bytes, by, to }) => send(&by, &bytes, to).await,
            None => Ok(()),
        }
    }
}

async fn send(by: &UdpSocket, bytes: &[u8], to: Option<SocketAddr>) -> io::Result<()> {
    let sent = match to {
        Some(to) => by.send_to(bytes, to).await,
        None => by.send(bytes).await,
    };
    match sent {
        Ok(_) => Ok(()),
        // What the network said about an earlier one. This one is lost.
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(error) => Err(error),
    }
}
