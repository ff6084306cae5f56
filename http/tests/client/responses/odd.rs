//! A server that says what it is told to, whole or byte by byte, and what is made of that.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;
use wharf_http::Client;
use wharf_http::h1::ProtocolError;

use crate::harness::{BOTH, BoxIo, Fetched, OK, Origin, Scheme, fetch, raw, read_head, say, soon};

/// A server that gives a plain answer to `/plain`, and to everything else what it was told to say.
pub(super) struct Odd {
    pub(super) origin: Origin,
    pub(super) saying: Arc<Mutex<Saying>>,
    /// How many requests it was told to answer so.
    seen: Arc<AtomicUsize>,
    /// Whenever one has been answered.
    pub(super) said: Arc<Notify>,
}

#[derive(Clone, Default)]
pub(super) struct Saying {
    pub(super) bytes: Vec<u8>,
    pub(super) pace: Pace,
    pub(super) then: Then,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Pace {
    #[default]
    Whole,
    ByteByByte,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Then {
    /// It waits for the next request.
    #[default]
    Stays,
    /// Over TLS, with a close_notify.
    Closes,
    /// Over TLS, without one.
    Drops,
}

impl Odd {
    pub(super) async fn new(scheme: Scheme) -> Self {
        let saying = Arc::<Mutex<Saying>>::default();
        let (seen, said) = (Arc::<AtomicUsize>::default(), Arc::<Notify>::default());
        let shared = (Arc::clone(&saying), Arc::clone(&seen), Arc::clone(&said));
        let origin = raw(scheme, move |_, mut io| {
            let (saying, seen, said) = shared.clone();
            async move {
                loop {
                    let head = read_head(&mut io).await;
                    if head.is_empty() {
                        return;
                    }
                    if head.contains(" /plain ") {
                        say(&mut io, OK).await;
                        continue;
                    }
                    seen.fetch_add(1, SeqCst);
                    let saying = saying.lock().unwrap().clone();
                    utter(&mut io, &saying).await;
                    if saying.then == Then::Closes {
                        let _ = io.shutdown().await;
                    }
                    said.notify_one();
                    if saying.then != Then::Stays {
                        return;
                    }
                }
            }
        })
        .await;
        Self {
            origin,
            saying,
            seen,
            said,
        }
    }

    /// What a client makes of it, and whether its connection is used again. On a connection that has carried a request
    /// before, a client may send twice: it must not.
    #[track_caller]
    pub(super) fn ask(
        &self,
        method: &'static str,
        saying: Saying,
    ) -> impl Future<Output = (Result<Fetched, wharf_http::Error>, bool)> {
        *self.saying.lock().unwrap() = saying;
        async move {
            let client = self.origin.client();
            self.ask_plainly(&client).await;
            let (accepted, seen) = (self.origin.accepted(), self.seen.load(SeqCst));
            let answer = fetch(&client, self.origin.request(method, "/odd", "")).await;
            soon(self.said.notified()).await;
            self.ask_plainly(&client).await;
            assert_eq!(self.seen.load(SeqCst), seen + 1, "it was sent twice");
            (answer, self.origin.accepted() == accepted)
        }
    }

    async fn ask_plainly(&self, client: &Client) {
        let answer = fetch(client, self.origin.get("/plain")).await.unwrap();
        assert_eq!(
            (answer.status.as_u16(), &answer.content[..]),
            (200, &b"ok"[..])
        );
    }
}

/// The client may stop listening in the middle.
async fn utter(io: &mut BoxIo, saying: &Saying) {
    let pieces = match saying.pace {
        Pace::Whole => saying.bytes.len().max(1),
        Pace::ByteByByte => 1,
    };
    for piece in saying.bytes.chunks(pieces) {
        if io.write_all(piece).await.is_err() || io.flush().await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

const PACES: [Pace; 2] = [Pace::Whole, Pace::ByteByByte];

/// Runs `check` over both schemes, all at once and byte by byte.
pub(super) async fn in_every_way<F, Fut>(check: F)
where
    F: Fn(Arc<Odd>, Pace, String) -> Fut,
    Fut: Future<Output = ()>,
{
    for scheme in BOTH {
        let odd = Arc::new(Odd::new(scheme).await);
        for pace in PACES {
            check(Arc::clone(&odd), pace, format!("{scheme:?} {pace:?}")).await;
        }
    }
}

/// Each is refused by that name, and its connection not used again.
pub(super) async fn refused(cases: &[(&str, ProtocolError)]) {
    in_every_way(|odd, pace, way| async move {
        for (bytes, error) in cases {
            let saying = Saying {
                bytes: bytes.as_bytes().to_vec(),
                pace,
                then: Then::Stays,
            };
            let (answer, is_kept) = odd.ask("GET", saying).await;
            let shown = bytes.escape_debug();
            let refused = answer.expect_err(&format!("{way} {shown}"));
            assert_eq!(refused.protocol(), Some(error), "{way} {shown}");
            assert!(!refused.is_timeout() && !is_kept, "{way} {shown}");
        }
    })
    .await;
}

/// What is expected of a response that is not refused.
pub(super) struct Expected {
    pub(super) method: &'static str,
    pub(super) bytes: String,
    pub(super) then: Then,
    pub(super) status: u16,
    pub(super) content: &'static str,
    pub(super) is_kept: bool,
}

/// Each gives status and content, and its connection is used again or not.
pub(super) async fn accepted(cases: &[Expected]) {
    in_every_way(|odd, pace, way| async move {
        for case in cases {
            let saying = Saying {
                bytes: case.bytes.as_bytes().to_vec(),
                pace,
                then: case.then,
            };
            let (answer, is_kept) = odd.ask(case.method, saying).await;
            let shown = format!("{way} {} {}", case.method, case.bytes.escape_debug());
            let answer = answer.unwrap_or_else(|error| panic!("{shown}: {error:?}"));
            assert_eq!(answer.status, case.status, "{shown}");
            assert_eq!(answer.content, case.content, "{shown}");
            assert_eq!(is_kept, case.is_kept, "{shown}");
        }
    })
    .await;
}

pub(super) fn expected(bytes: impl Into<String>, content: &'static str, is_kept: bool) -> Expected {
    Expected {
        method: "GET",
        bytes: bytes.into(),
        then: Then::Stays,
        status: 200,
        content,
        is_kept,
    }
}
