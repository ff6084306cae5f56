use std::convert::Infallible;
use std::io::{IoSliceMut, Read, stdin};
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg};
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSocketState};
use tokio::io::Interest;
use wharf_dgram::{BatchOptions, Slots, Udp};

use super::{ANYWHERE, BATCH, Way, cpu_time, options, set_buffers};
use crate::sample::CpuTime;
use crate::server::{announce, run};

/// How many have been received.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Nothing came for so long: then nothing comes any more.
const QUIET: Duration = Duration::from_millis(30);

/// What a slot of quinn-udp takes, and what a plain receiver needs for any datagram.
const SLOT_BYTES: usize = 65_535;

/// Says on a line where it receives, receives until its input ends, and says how many datagrams that were and what they cost.
///
/// # Errors
///
/// When receiving fails.
pub fn receive(way: Way) -> anyhow::Result<Infallible> {
    let before = cpu_time()?;
    std::thread::spawn(move || {
        let ended = stdin().read_to_end(&mut Vec::new());
        let told = ended.map_err(Into::into).and_then(|_| tell(before));
        if let Err(error) = &told {
            eprintln!("{error:#}");
        }
        std::process::exit(told.is_err().into());
    });
    match way {
        Way::WharfPlain => run(plain()),
        Way::WharfBatch => run(batch()),
        Way::Tokio => run(tokio_socket()),
        Way::Sendmmsg => multiple(),
        Way::QuinnUdp => run(quinn()),
    }
    .map(|()| unreachable!("they go on for ever"))
}

fn tell(before: CpuTime) -> anyhow::Result<()> {
    let (_silent, wait) = mpsc::channel::<()>();
    let mut count = COUNT.load(Ordering::Relaxed);
    loop {
        let _ = wait.recv_timeout(QUIET);
        let now = COUNT.load(Ordering::Relaxed);
        if now == count {
            break;
        }
        count = now;
    }
    let cost = cpu_time()? - before;
    println!("{count} {} {}", cost.run_ns, cost.wait_ns);
    Ok(())
}

fn add(count: usize) {
    // One thread counts.
    let before = COUNT.load(Ordering::Relaxed);
    COUNT.store(before + count as u64, Ordering::Relaxed);
}

async fn plain() -> anyhow::Result<()> {
    let socket = Udp::bind(ANYWHERE, &options())?;
    announce(socket.local_addr());
    let mut buffer = vec![0; SLOT_BYTES];
    loop {
        socket.recv(&mut buffer).await?;
        add(1);
    }
}

async fn batch() -> anyhow::Result<()> {
    let socket = Udp::bind(ANYWHERE, &options())?.into_batch(&BatchOptions::default())?;
    announce(socket.local_addr());
    let mut slots = Slots::new(BATCH_SIZE);
    loop {
        add(socket.recv(&mut slots).await?.count());
    }
}

async fn tokio_socket() -> anyhow::Result<()> {
    let socket = tokio::net::UdpSocket::bind(ANYWHERE).await?;
    set_buffers(&socket)?;
    announce(socket.local_addr()?);
    let mut buffer = vec![0; SLOT_BYTES];
    loop {
        socket.recv_from(&mut buffer).await?;
        add(1);
    }
}

fn multiple() -> anyhow::Result<()> {
    let socket = UdpSocket::bind(ANYWHERE)?;
    set_buffers(&socket)?;
    announce(socket.local_addr()?);
    let mut buffers = vec![[0; 2048]; BATCH];
    loop {
        let mut slices: Vec<_> = buffers
            .iter_mut()
            .map(|buffer| [IoSliceMut::new(buffer)])
            .collect();
        let mut headers = MultiHeaders::<SockaddrIn>::preallocate(BATCH, None);
        let received = recvmmsg(
            socket.as_raw_fd(),
            &mut headers,
            slices.iter_mut(),
            MsgFlags::MSG_WAITFORONE,
            None,
        )?;
        add(received.count());
    }
}

async fn quinn() -> anyhow::Result<()> {
    let socket = tokio::net::UdpSocket::bind(ANYWHERE).await?;
    set_buffers(&socket)?;
    let state = UdpSocketState::new((&socket).into())?;
    announce(socket.local_addr()?);
    let mut bytes = vec![0; BATCH_SIZE * SLOT_BYTES];
    let mut metas = [RecvMeta::default(); BATCH_SIZE];
    loop {
        let filled = socket
            .async_io(Interest::READABLE, || {
                let mut chunks = bytes.chunks_exact_mut(SLOT_BYTES);
                let mut buffers: [IoSliceMut<'_>; BATCH_SIZE] =
                    std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
                state.recv((&socket).into(), &mut buffers, &mut metas)
            })
            .await?;
        let datagrams = metas[..filled]
            .iter()
            .map(|meta| meta.len.div_ceil(meta.stride.max(1)).max(1));
        add(datagrams.sum());
    }
}
