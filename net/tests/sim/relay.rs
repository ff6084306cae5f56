//! A relay between a client and a server, with a storm on both sides of it.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, sleep, timeout};
use turmoil::net::{TcpListener, TcpStream};
use wharf_net::{Listener, RelayEnd, RelayOptions, RelayReport, relay};

use crate::support::{
    Draw, Faults, LATENCY_MAX, OutageKind, PORT, Seen, SimSource, Storm, Trace,
    check_is_deterministic, connect, for_each_seed, ms, network, run,
};

const CALM: Duration = ms(1500);
/// When the last peer leaves.
const LIFE: Duration = ms(2500);
/// When the servers and the relay listen.
const BEGIN: Duration = ms(30);
/// The longest pause of a peer that sends.
const PAUSE_MAX: Duration = ms(100);
/// Longer than any pause in a network without outages.
const IDLE_MIN: Duration = ms(2 * LATENCY_MAX.as_millis() as u64 + PAUSE_MAX.as_millis() as u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    Clear,
    Stormy,
    /// From some moment on, for good.
    ServerLost,
    ClientLost,
    /// Clear, but peers leave in the middle of it: what they were sent is then answered with a reset.
    Deserted,
}

impl Weather {
    /// How long a peer stays at most.
    fn life(self, draw: &mut Draw) -> Duration {
        match self {
            Self::Deserted if draw.percent(50) => draw.ms(30..600),
            _ => LIFE,
        }
    }
}

/// What one end of a relayed connection did and saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Peer {
    sent: usize,
    received: usize,
    /// The stream was ended after the last byte.
    is_whole: bool,
    /// It was told of an end, orderly or not, or it left.
    told: bool,
}

/// A relay that is over.
struct Relayed {
    client: SocketAddr,
    /// The relay's own address on the server's side.
    upstream: SocketAddr,
    options: RelayOptions,
    report: RelayReport,
    a: Seam,
    b: Seam,
    at: Instant,
}

#[derive(Clone, Default)]
struct Ledger {
    trace: Trace,
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    begun: usize,
    relayed: Vec<Relayed>,
    /// By the address at the client's end.
    clients: HashMap<SocketAddr, Peer>,
    /// By the address at the relay's end.
    servers: HashMap<SocketAddr, Peer>,
}

/// What went through a stream.
#[derive(Clone, Copy, Debug)]
struct Seam {
    read: u64,
    written: u64,
    is_past_reading: bool,
    moved: Instant,
}

/// A stream that is watched.
struct Watched {
    io: TcpStream,
    seam: Seam,
}

impl Watched {
    fn new(io: TcpStream) -> Self {
        let seam = Seam {
            read: 0,
            written: 0,
            is_past_reading: false,
            moved: Instant::now(),
        };
        Self { io, seam }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.io).poll_read(cx, buf));
        let count = buf.filled().len() - before;
        self.seam.read += count as u64;
        self.seam.is_past_reading |= count == 0;
        self.seam.moved = Instant::now();
        Poll::Ready(read)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, buf));
        self.seam.written += *written.as_ref().unwrap_or(&0) as u64;
        self.seam.moved = Instant::now();
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.seam.moved = Instant::now();
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

async fn relays(mut draw: Draw, ledger: Ledger) -> turmoil::Result {
    let source = SimSource::bind(Faults::none(), Seen::default()).await?;
    let mut listener = Listener::new(source);
    loop {
        let conn = listener.accept().await?;
        let half_closed = draw.ms(IDLE_MIN.as_millis() as u64..400);
        let options = RelayOptions {
            idle: Some(draw.ms(IDLE_MIN.as_millis() as u64..400)),
            half_closed_idle: draw.percent(70).then_some(half_closed),
            buffer_bytes: draw.number(1..300) as usize,
            ..RelayOptions::default()
        };
        let (client, ledger) = (conn.info().peer.inet().unwrap(), ledger.clone());
        tokio::spawn(async move {
            let server = (turmoil::lookup("server"), PORT).into();
            let Ok(Ok(upstream)) = timeout(ms(300), connect(server)).await else {
                return;
            };
            let address = upstream.local_addr().unwrap();
            ledger.book.lock().unwrap().begun += 1;
            let (mut a, mut b) = (Watched::new(conn.into_parts().0), Watched::new(upstream));
            let report = relay(&mut a, &mut b, &options).await;
            ledger.trace.note(format!("{report:?}"));
            ledger.book.lock().unwrap().relayed.push(Relayed {
                client,
                upstream: address,
                options,
                report,
                a: a.seam,
                b: b.seam,
                at: Instant::now(),
            });
        });
    }
}

/// The byte at a place of what every peer sends.
fn byte(at: usize) -> u8 {
    (at % 251) as u8
}

/// Sends some bytes with pauses between them, ends its side as a rule, and reads to the end, all at the same time.
async fn converse(stream: TcpStream, mut draw: Draw, weather: Weather, peer: &Mutex<Peer>) {
    let life = weather.life(&mut draw);
    let (mut reader, mut writer) = stream.into_split();
    let send = async {
        let bytes: Vec<u8> = (0..draw.number(0..2000) as usize).map(byte).collect();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let length = draw.number(1..400).min(rest.len() as u64);
            let (piece, after) = rest.split_at(length as usize);
            if writer.write_all(piece).await.is_err() {
                return;
            }
            peer.lock().unwrap().sent += piece.len();
            rest = after;
            sleep(draw.ms(0..PAUSE_MAX.as_millis() as u64)).await;
        }
        // One in five stays silent instead.
        if draw.percent(80) && writer.shutdown().await.is_ok() {
            peer.lock().unwrap().is_whole = true;
        }
    };
    let receive = async {
        let mut bytes = [0; 100];
        while let Ok(length @ 1..) = reader.read(&mut bytes).await {
            let mut peer = peer.lock().unwrap();
            for received in &bytes[..length] {
                assert_eq!(*received, byte(peer.received), "at {}", peer.received);
                peer.received += 1;
            }
        }
        peer.lock().unwrap().told = true;
    };
    let both = async { tokio::join!(send, receive) };
    // The network may have lost what would have told us.
    let stay = life.min(LIFE.saturating_sub(turmoil::elapsed()));
    let is_deserter = timeout(stay, both).await.is_err() && life < LIFE;
    peer.lock().unwrap().told |= is_deserter;
}

async fn server(mut draw: Draw, weather: Weather, ledger: Ledger) -> turmoil::Result {
    let listener = TcpListener::bind((std::net::Ipv4Addr::UNSPECIFIED, PORT)).await?;
    loop {
        let (stream, upstream) = listener.accept().await?;
        let (draw, ledger) = (draw.fork(), ledger.clone());
        // A panic is one of the prefix check: it must not stay in its task.
        tokio::spawn(async move {
            let peer = Arc::new(Mutex::new(Peer::default()));
            let talk = tokio::spawn({
                let peer = Arc::clone(&peer);
                async move { converse(stream, draw, weather, &peer).await }
            });
            let is_sound = talk.await.is_ok();
            let mut peer = *peer.lock().unwrap();
            if !is_sound {
                peer.received = usize::MAX;
            }
            ledger.book.lock().unwrap().servers.insert(upstream, peer);
        });
    }
}

async fn client(mut draw: Draw, weather: Weather, ledger: Ledger) -> turmoil::Result {
    sleep(BEGIN).await;
    let talks = (0..3).map(|_| {
        let (mut draw, ledger) = (draw.fork(), &ledger);
        async move {
            sleep(draw.ms(0..400)).await;
            let relay = (turmoil::lookup("relay"), PORT).into();
            ledger.trace.note("connects");
            if let Ok(Ok(stream)) = timeout(ms(300), connect(relay)).await {
                let local = stream.local_addr().unwrap();
                let peer = Mutex::new(Peer::default());
                converse(stream, draw, weather, &peer).await;
                let peer = peer.into_inner().unwrap();
                ledger.trace.note(format!("{local}: {peer:?}"));
                ledger.book.lock().unwrap().clients.insert(local, peer);
            }
        }
    });
    join_all(talks).await;
    // Every server has left by then, and every relay has ended.
    sleep((LIFE + ms(800)).saturating_sub(turmoil::elapsed())).await;
    Ok(())
}

fn simulate(seed: u64) -> (Weather, Ledger) {
    let mut draw = Draw::new(seed);
    let weather = draw.one_of(&[
        Weather::Clear,
        Weather::Stormy,
        Weather::Stormy,
        Weather::ServerLost,
        Weather::ClientLost,
        Weather::Deserted,
    ]);
    let lost = draw.ms(60..700)..LIFE * 2;
    let (front, back) = (("client", "relay"), ("relay", "server"));
    let mut storm = Storm::until(LIFE * 2);
    match weather {
        Weather::Clear | Weather::Deserted => {}
        Weather::Stormy => storm = Storm::draw(&mut draw, &[front, back], CALM),
        Weather::ServerLost => storm.outage(back, OutageKind::Partition, lost),
        Weather::ClientLost => storm.outage(front, OutageKind::Partition, lost),
    }
    let mut sim = network(&mut draw).build();
    if weather == Weather::Stormy {
        sim.set_fail_rate(draw.one_of(&[0.0, 0.01]));
    }
    let ledger = Ledger::default();
    let (relays_draw, server_draw) = (draw.fork(), draw.fork());
    let (book, other_book) = (ledger.clone(), ledger.clone());
    sim.host("relay", move || relays(relays_draw.clone(), book.clone()));
    sim.host("server", move || {
        server(server_draw.clone(), weather, other_book.clone())
    });
    sim.client("client", client(draw.fork(), weather, ledger.clone()));
    run(&mut sim, &storm, |_| {});
    (weather, ledger)
}

fn check(weather: Weather, ledger: &Ledger) {
    let book = ledger.book.lock().unwrap();
    assert_eq!(book.relayed.len(), book.begun, "every relay ends");
    for relayed in &book.relayed {
        // A client may have given up before it was accepted.
        let client = book.clients.get(&relayed.client).copied();
        let server = book.servers[&relayed.upstream];
        check_relay(weather, relayed, client.unwrap_or_default(), server);
    }
}

fn check_relay(weather: Weather, relayed: &Relayed, client: Peer, server: Peer) {
    let Relayed { a, b, report, .. } = relayed;
    let what = format!("{weather:?}: {report:?}, {a:?}, {b:?}, {client:?}, {server:?}");
    // No byte is made up on the way; that they are the same ones, the peers have seen.
    assert_eq!((report.a_to_b, report.b_to_a), (b.written, a.written));
    let ways = [
        (client.sent, a.read, b.written, server.received),
        (server.sent, b.read, a.written, client.received),
    ];
    for (sent, read, written, received) in ways {
        assert!(read <= sent as u64, "{what}");
        assert!(written <= read, "{what}");
        assert!(received as u64 <= written, "{what}");
    }

    let options = relayed.options;
    let is_half_closed = a.is_past_reading || b.is_past_reading;
    let half_closed = options.half_closed_idle.filter(|_| is_half_closed);
    let limit = options.idle.into_iter().chain(half_closed).min().unwrap();
    let silence = relayed.at - a.moved.max(b.moved);
    assert!(
        silence <= limit + ms(1),
        "{silence:?}, not {limit:?}: {what}"
    );
    match report.end {
        RelayEnd::Finished => {
            assert_eq!(silence, Duration::ZERO, "{what}");
            assert!(a.is_past_reading && b.is_past_reading, "{what}");
            assert_eq!((b.written, a.written), (a.read, b.read), "{what}");
            assert!(
                client.sent as u64 == a.read && server.sent as u64 == b.read,
                "{what}"
            );
        }
        RelayEnd::Idle => assert!(silence >= limit, "{silence:?}, not {limit:?}: {what}"),
        RelayEnd::Failed { .. } => assert_ne!(weather, Weather::Clear, "{what}"),
        _ => unreachable!("{what}"),
    }

    if weather == Weather::Clear {
        // A silent peer leaves when it is told that the other one has ended; two of them wait for ever.
        let may_end = client.is_whole || server.is_whole;
        let is_finished = matches!(report.end, RelayEnd::Finished);
        assert_eq!(is_finished, may_end, "{what}");
        assert_eq!(server.received, client.sent, "{what}");
        assert_eq!(client.received, server.sent, "{what}");
    }
    // Whoever can be reached is told, and not left behind with a dead peer.
    if weather != Weather::Stormy {
        assert!(client.told || weather == Weather::ClientLost, "{what}");
        assert!(server.told || weather == Weather::ServerLost, "{what}");
    }
}

#[test]
fn a_relay_hands_on_a_prefix_and_ends_when_a_side_is_dead() {
    let mut all = [0; 4];
    let whole = for_each_seed(
        "a_relay_hands_on_a_prefix_and_ends_when_a_side_is_dead",
        40,
        |seed| {
            let (weather, ledger) = simulate(seed);
            check(weather, &ledger);
            for relayed in &ledger.book.lock().unwrap().relayed {
                match (weather, &relayed.report.end) {
                    (Weather::Clear, RelayEnd::Finished) => all[0] += 1,
                    (_, RelayEnd::Finished) => all[1] += 1,
                    (_, RelayEnd::Idle) => all[2] += 1,
                    _ => all[3] += 1,
                }
            }
        },
    );
    assert!(!whole || all.iter().all(|n| *n > 1), "{all:?}");
}

#[test]
fn a_relay_goes_the_same_way_for_the_same_seed() {
    check_is_deterministic(|seed| simulate(seed).1.trace);
}
