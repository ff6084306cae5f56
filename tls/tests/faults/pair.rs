//! A client and a server of ours with a bad network between them, and what both made of it.

use std::io;
use std::time::Duration;

use rcgen::{KeyPair, PKCS_ED25519};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::{Instant, timeout};
use wharf_faults::{Plan, Report, faulty_pipe};
use wharf_tls::{
    ClientTls, ClientTlsOptions, Closed, Error, Roots, ServerTls, ServerTlsOptions, TlsStream,
    TlsVersions,
};

use crate::authority::Authority;

pub(crate) const QUESTION: [&[u8]; 2] = [b"first question", b"other question"];
pub(crate) const ANSWER: [&[u8]; 2] = [b"first answer", b"other answer"];
/// How long a close may take.
pub(crate) const CLOSE: Duration = Duration::from_secs(5);
/// Longer than any deadline in here. The clock is paused, so waiting costs nothing.
const GENEROUS: Duration = Duration::from_secs(3600);

/// The client is `a`.
pub(crate) struct Pair {
    server: ServerTls,
    client: ClientTlsOptions,
}

/// What one end made of a connection; the error is one of the handshake.
pub(crate) type Outcome = Result<Met, Error>;

/// What an end read, and how the stream ended for it.
#[derive(Debug)]
pub(crate) struct Met {
    pub(crate) content: Vec<u8>,
    pub(crate) end: io::Result<Closed>,
}

/// What came of [`Pair::leave`] at both ends, and after what time.
#[derive(Debug)]
pub(crate) struct Left {
    /// How its close ended.
    pub(crate) client: (Result<Closed, Error>, Duration),
    /// `None` for a server that waited in vain.
    pub(crate) server: (Option<Outcome>, Duration),
}

impl Pair {
    pub(crate) fn new(versions: TlsVersions) -> Self {
        let ca = Authority::root("test root");
        // Signatures of this kind all have one length, so that a byte of the handshake is the same one in each run.
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let identity = ca.issue_for(key, &["localhost"], |_| {}).identity();
        Self {
            server: ServerTls::new(identity, &ServerTlsOptions::default()).unwrap(),
            client: ClientTlsOptions {
                roots: Roots::Own(ca.trust()),
                versions,
                ..ClientTlsOptions::default()
            },
        }
    }

    /// The client asks, closes its side and reads the answer; the server reads to the end before it answers. Nobody waits
    /// for longer than an hour.
    pub(crate) async fn exchange(&self, plan: Plan) -> (Outcome, Outcome, Report) {
        let (near, far, network) = faulty_pipe(64 * 1024, plan);
        let ask = async {
            let mut stream = self.connect(near).await?;
            let mut content = Vec::new();
            let end = async {
                send(&mut stream, QUESTION).await?;
                stream.shutdown().await?;
                stream.read_to_end(&mut content).await?;
                stream.close(CLOSE).await
            };
            let end = end.await;
            Ok(Met { content, end })
        };
        let all = async { tokio::join!(ask, self.answer(far), network) };
        timeout(GENEROUS, all).await.expect("a hang")
    }

    /// The client asks and closes without reading; the server does as ever.
    pub(crate) async fn leave(&self, plan: Plan) -> Left {
        let start = Instant::now();
        let (near, far, network) = faulty_pipe(64 * 1024, plan);
        let network = tokio::spawn(network);
        let leave = async {
            let mut stream = self.connect(near).await?;
            send(&mut stream, QUESTION).await.unwrap();
            Ok(stream.close(CLOSE).await.unwrap())
        };
        let leave = async { (leave.await, start.elapsed()) };
        // A stream has no deadline of its own behind the handshake.
        let answer = timeout(GENEROUS, self.answer(far));
        let answer = async { (answer.await.ok(), start.elapsed()) };
        let (client, server) = tokio::join!(leave, answer);
        network.abort();
        Left { client, server }
    }

    /// With no session from an earlier run, which would make for another handshake.
    async fn connect(&self, io: DuplexStream) -> Result<TlsStream<DuplexStream>, Error> {
        let client = ClientTls::new(&self.client).unwrap();
        client.connect("localhost", io).await
    }

    async fn answer(&self, io: DuplexStream) -> Outcome {
        let accepted = self.server.accept(io).await;
        let mut stream = accepted.map_err(|failed| failed.error)?;
        let mut content = Vec::new();
        let end = async {
            stream.read_to_end(&mut content).await?;
            send(&mut stream, ANSWER).await?;
            stream.close(CLOSE).await
        };
        let end = end.await;
        Ok(Met { content, end })
    }

    /// Where the bytes of both directions are, in a connection that is left alone.
    pub(crate) async fn layout(&self) -> [Layout; 2] {
        let (client, server, report) = self.exchange(Plan::default()).await;
        let [client, server] = [client, server].map(Result::unwrap);
        assert_eq!(client.content, ANSWER.concat());
        assert_eq!(server.content, QUESTION.concat());
        assert_eq!(client.end.unwrap(), Closed::Clean);
        assert_eq!(server.end.unwrap(), Closed::Clean);
        let overhead = match self.client.versions {
            TlsVersions::Tls12 => 5 + 8 + 16,
            _ => 5 + 1 + 16,
        };
        [
            Layout::new(report.a_to_b.delivered, QUESTION, overhead),
            Layout::new(report.b_to_a.delivered, ANSWER, overhead),
        ]
    }
}

/// Each in a record of its own.
async fn send(stream: &mut TlsStream<DuplexStream>, records: [&[u8]; 2]) -> io::Result<()> {
    for record in records {
        stream.write_all(record).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// What one end sends: its part of the handshake, tickets included, two records of content, `close_notify`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Where the content begins.
    pub(crate) content: u64,
    /// Where the second record of content begins.
    second: u64,
    /// Where `close_notify` begins.
    close: u64,
    /// Where it ends.
    pub(crate) end: u64,
}

impl Layout {
    fn new(end: u64, [first, second]: [&[u8]; 2], overhead: u64) -> Self {
        let close = end - (2 + overhead);
        let second = close - (second.len() as u64 + overhead);
        let content = second - (first.len() as u64 + overhead);
        Self {
            content,
            second,
            close,
            end,
        }
    }

    /// How many whole records of content there are in so many bytes.
    pub(crate) fn records(self, bytes: u64) -> usize {
        usize::from(bytes >= self.second) + usize::from(bytes >= self.close)
    }
}
