//! Many requests at once, some of which nobody waits for to the end.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::task::JoinSet;
use wharf_http::{Client, Timeouts};

use crate::harness::{Pki, Scheme, fetch, raw_as};
use crate::server::{Fate, serve};

const TASKS: usize = 16;

/// Numbers that look random, and are the same each time.
fn scattered(number: usize) -> usize {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
}

/// Sends so many requests to a server of their own. Each is answered as its fate says, or was given up.
pub(crate) async fn round(client: &Client, pki: &Pki, scheme: Scheme, from: usize, count: usize) {
    let origin = Arc::new(raw_as(pki.clone(), scheme, |_, io| serve(io)).await);
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (client, origin) = (client.clone(), Arc::clone(&origin));
        tasks.spawn(async move {
            for number in (from..from + count).skip(task).step_by(TASKS) {
                let chance = scattered(number);
                let (fate, path) = (Fate::of(chance), format!("/{chance}/{number}"));
                let (method, content) = match number % 3 {
                    0 => ("GET", ""),
                    1 => ("PUT", "data"),
                    _ => ("POST", "data"),
                };
                let mut request = origin.request(method, &path, content);
                if fate == Fate::Stall {
                    let soon = Timeouts::within(Duration::from_millis(5));
                    request.extensions_mut().insert(soon);
                }
                if chance.is_multiple_of(17) {
                    give_up(1 + number % 5, fetch(&client, request)).await;
                    continue;
                }
                if chance.is_multiple_of(19) {
                    // Its content is not wanted.
                    let _ = client.send(request).await;
                    continue;
                }
                let answer = fetch(&client, request).await;
                let shown = format!("{scheme:?} {method} {path} {fate:?}");
                match (fate, answer) {
                    (Fate::Cut | Fate::Stall, answer) => assert!(answer.is_err(), "{shown}"),
                    // It may not be sent twice, and the connection may have been closing.
                    (_, Err(_)) if method == "POST" => {}
                    (_, answer) => assert_eq!(answer.expect(&shown).content, path, "{shown}"),
                }
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

/// Polls it so many times, and drops it.
async fn give_up<F: Future>(times: usize, future: F) {
    let (mut future, mut polls) = (pin!(future), 0);
    poll_fn(|cx| {
        polls += 1;
        match future.as_mut().poll(cx) {
            Poll::Pending if polls < times => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}
