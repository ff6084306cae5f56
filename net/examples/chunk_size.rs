//! How much the size of a read and of a write costs: chunk size against throughput and CPU time, over TCP on loopback.
//!
//! ```text
//! cargo run --release -p wharf-net --example chunk_size -- --mebibytes 512 --rounds 5
//! ```
//!
//! A sender and a receiver, each with a thread and a runtime of its own. First the writes get their sizes while the
//! reads stay at 256 KiB, then the other way round. Rounds alternate between the sizes, and each figure is the median.
//! It is where [`wharf_net::CHUNK_BYTES`] comes from.

use std::io;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf_net::{Bind, Dialer, Endpoint, Listener, TcpOptions};

const USAGE: &str = "\
usage: chunk_size [--mebibytes N] [--rounds N]

Sends N mebibytes (256) over loopback for each size and round (5), and prints the medians.
";

const KIB: usize = 1024;
const SIZES: [usize; 9] = [
    KIB,
    4 * KIB,
    8 * KIB,
    16 * KIB,
    32 * KIB,
    64 * KIB,
    128 * KIB,
    256 * KIB,
    1024 * KIB,
];
/// The size of the side that is not varied.
const FIXED: usize = 256 * KIB;

#[derive(Clone, Copy)]
struct Sample {
    wall: Duration,
    /// CPU time of the thread that had the size under test, the kernel's share included.
    cpu: Duration,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut mebibytes, mut rounds) = (256, 5);
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        if matches!(&*name, "-h" | "--help") {
            tell(USAGE.trim_end());
            return Ok(());
        }
        let value = args.next().and_then(|value| value.parse().ok());
        match (&*name, value) {
            ("--mebibytes", Some(value)) => mebibytes = value,
            ("--rounds", Some(value)) if value > 0 => rounds = value,
            _ => return Err(USAGE.into()),
        }
    }
    let bytes = mebibytes * KIB * KIB;
    // Some hosts pace even loopback.
    let tcp = TcpOptions {
        congestion: congestion_that_does_not_pace(),
        ..TcpOptions::default()
    };
    tell(&format!(
        "{mebibytes} MiB a sample, {rounds} rounds, congestion control {}",
        tcp.congestion.as_deref().unwrap_or("of the host")
    ));
    let writing = |size| transfer(bytes, size, FIXED, &tcp).map(|(writer, _)| writer);
    report("write size", bytes, rounds, writing)?;
    let reading = |size| transfer(bytes, FIXED, size, &tcp).map(|(_, reader)| reader);
    report("read size", bytes, rounds, reading)?;
    Ok(())
}

fn report(
    what: &str,
    bytes: usize,
    rounds: usize,
    take: impl Fn(usize) -> io::Result<Sample>,
) -> io::Result<()> {
    let mut samples = vec![Vec::new(); SIZES.len()];
    for _ in 0..rounds {
        for (at, size) in SIZES.iter().enumerate() {
            samples[at].push(take(*size)?);
        }
    }
    tell(&format!("\n{what:>12}      MiB/s   CPU ns/KiB"));
    let kib = (bytes / KIB) as f64;
    for (size, samples) in SIZES.iter().zip(samples) {
        let wall = median(samples.iter().map(|sample| sample.wall).collect());
        let cpu = median(samples.iter().map(|sample| sample.cpu).collect());
        tell(&format!(
            "{:>8} KiB {:>10.0} {:>12.0}",
            size / KIB,
            kib / 1024.0 / wall.as_secs_f64(),
            cpu.as_nanos() as f64 / kib
        ));
    }
    Ok(())
}

/// Sends so many bytes from one thread to another. The sample of each.
fn transfer(
    bytes: usize,
    write: usize,
    read: usize,
    tcp: &TcpOptions,
) -> io::Result<(Sample, Sample)> {
    let (tell_address, address) = std::sync::mpsc::channel();
    let options = Bind {
        tcp: tcp.clone(),
        ..Bind::default()
    };
    let receiver = std::thread::spawn(move || {
        block_on(async {
            let any = Endpoint::Inet(([127, 0, 0, 1], 0).into());
            let mut listener = Listener::bind(&any, &options)
                .await
                .map_err(io::Error::other)?;
            let _ = tell_address.send(listener.local_addr());
            let mut conn = listener.accept().await?;
            let mut buffer = vec![0; read];
            measure(async {
                while conn.read(&mut buffer).await? > 0 {}
                Ok(())
            })
            .await
        })
    });
    let dialer = Dialer {
        tcp: tcp.clone(),
        ..Dialer::default()
    };
    let sent = block_on(async {
        let address = address.recv().map_err(io::Error::other)?;
        let address = address.inet().ok_or(io::ErrorKind::InvalidInput)?;
        let mut conn = dialer.dial(&address.into()).await?;
        let chunk = vec![7; write];
        measure(async {
            let mut left = bytes;
            while left > 0 {
                let n = conn.write(&chunk[..write.min(left)]).await?;
                left -= n;
            }
            conn.shutdown().await
        })
        .await
    })?;
    let received = receiver
        .join()
        .map_err(|_panic| io::Error::other("the receiver panicked"))??;
    Ok((sent, received))
}

fn block_on<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

async fn measure(work: impl Future<Output = io::Result<()>>) -> io::Result<Sample> {
    let (started, cpu) = (Instant::now(), thread_cpu());
    work.await?;
    Ok(Sample {
        wall: started.elapsed(),
        cpu: thread_cpu() - cpu,
    })
}

fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

fn congestion_that_does_not_pace() -> Option<String> {
    let available =
        std::fs::read_to_string("/proc/sys/net/ipv4/tcp_available_congestion_control").ok()?;
    ["cubic", "reno"]
        .into_iter()
        .find(|name| available.split_whitespace().any(|word| word == *name))
        .map(str::to_owned)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[expect(clippy::print_stdout, reason = "the table is this program's output")]
fn tell(line: &str) {
    println!("{line}");
}
