//! The network falls silent after each byte that either side sends: a handshake ends at its deadline, and so does a close.

use std::time::Duration;

use wharf_faults::{Plan, Script, Step};
use wharf_tls::{Closed, Error, TlsVersions, Truncated};

use crate::pair::{CLOSE, Left, Met, Pair, QUESTION};

const HANDSHAKE: Duration = Duration::from_secs(10);

#[tokio::test(start_paused = true)]
async fn silence_after_any_byte_of_a_client_meets_a_deadline() {
    for versions in [TlsVersions::Tls13, TlsVersions::Tls12] {
        let pair = Pair::new(versions);
        let [sent, _] = pair.layout().await;
        for at in 0..sent.end {
            let what = format!("{versions:?}, {at} of {sent:?}");
            let plan = Plan::a_to_b(Script::after(at, Step::BlackHole));
            let Left { client, server } = pair.leave(plan).await;
            if at < sent.content {
                let (server, after) = server;
                is_late(&server.expect(&what).unwrap_err(), after, &what);
                // Both run out of time at once. A client of TLS 1.3 may be done by then.
                match client {
                    (Err(error), after) if error.is_io() => assert_eq!(after, HANDSHAKE, "{what}"),
                    (Err(error), after) => is_late(&error, after, &what),
                    closed => meets_the_deadline_of_the_close(closed, &what),
                }
            } else {
                // Nobody told it that there is more to come, or that there is not.
                assert!(server.0.is_none(), "{what}: {server:?}");
                meets_the_deadline_of_the_close(client, &what);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn silence_after_any_byte_of_a_server_meets_a_deadline() {
    for versions in [TlsVersions::Tls13, TlsVersions::Tls12] {
        let pair = Pair::new(versions);
        let [_, sent] = pair.layout().await;
        let mut is_connected = Vec::new();
        for at in 0..sent.end {
            let what = format!("{versions:?}, {at} of {sent:?}");
            let plan = Plan::b_to_a(Script::after(at, Step::BlackHole));
            let Left { client, server } = pair.leave(plan).await;
            is_connected.push(client.0.is_ok());
            match client {
                (Err(error), after) => {
                    is_late(&error, after, &what);
                    assert!(server.1 <= HANDSHAKE, "{what}: {server:?}");
                    // In TLS 1.2 a server is connected first, but it gets nothing.
                    match server.0.expect(&what) {
                        Err(error) => assert!(error.is_timeout() || error.is_io(), "{what}"),
                        Ok(Met { content, end }) => {
                            assert_eq!(content, b"", "{what}");
                            assert!(Truncated::is(&end.expect_err(&what)), "{what}");
                        }
                    }
                }
                closed => {
                    meets_the_deadline_of_the_close(closed, &what);
                    let Some(Ok(Met { content, end })) = server.0 else {
                        panic!("{what}: {server:?}");
                    };
                    assert_eq!(content, QUESTION.concat(), "{what}");
                    assert_eq!(end.expect(&what), Closed::Clean, "{what}");
                }
            }
        }
        assert!(is_connected.is_sorted(), "{versions:?}");
        assert!(is_connected[sent.content as usize], "{versions:?}");
    }
}

#[track_caller]
fn is_late(error: &Error, after: Duration, what: &str) {
    assert!(error.is_timeout(), "{what}: {error}");
    assert_eq!(after, HANDSHAKE, "{what}");
}

#[track_caller]
fn meets_the_deadline_of_the_close((closed, after): (Result<Closed, Error>, Duration), what: &str) {
    assert_eq!(closed.expect(what), Closed::Deadline, "{what}");
    assert_eq!(after, CLOSE, "{what}");
}
