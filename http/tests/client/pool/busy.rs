//! Many requests at once, with a server that is slow and closes at random.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::io::AsyncWriteExt;
use tokio::sync::watch;
use tokio::task::{JoinSet, yield_now};

use super::clients::{client, polled};
use super::servers::{mumble, path_of, saying};
use crate::harness::{BOTH, fetch, raw, read_content, read_head, say, soon};

/// How many connections a server has open.
struct Open(watch::Sender<usize>);

impl Open {
    fn count(self: &Arc<Self>) -> OneOpen {
        self.0.send_modify(|open| *open += 1);
        OneOpen(Arc::clone(self))
    }
}

struct OneOpen(Arc<Open>);

impl Drop for OneOpen {
    fn drop(&mut self) {
        self.0.0.send_modify(|open| *open -= 1);
    }
}

/// Numbers that look random, and are the same each time.
fn scattered(n: usize) -> usize {
    (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % 1000
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_requests_get_their_own_answers_and_leave_no_connection_behind() {
    const TASKS: usize = 32;
    const EACH: usize = 60;
    for scheme in BOTH {
        let (sender, mut watched) = watch::channel(0);
        let (open, requests) = (Arc::new(Open(sender)), Arc::<AtomicUsize>::default());
        let origin = raw(scheme, move |_, mut io| {
            let (open, requests) = (Arc::clone(&open), Arc::clone(&requests));
            async move {
                let _one = open.count();
                loop {
                    let head = read_head(&mut io).await;
                    if head.is_empty() {
                        return;
                    }
                    if !head.starts_with("GET") {
                        read_content(&mut io, 4).await;
                    }
                    let chance = scattered(requests.fetch_add(1, SeqCst));
                    for _ in 0..chance / 100 {
                        yield_now().await;
                    }
                    let path = path_of(&head);
                    match chance % 10 {
                        0 => mumble(&mut io, &saying(path, "")).await,
                        1 => {
                            say(&mut io, &saying(path, "connection: close\r\n")).await;
                            let _ = io.shutdown().await;
                            return;
                        }
                        _ => say(&mut io, &saying(path, "")).await,
                    }
                    match chance % 23 {
                        // Without a word, at once or when the next request is here.
                        0 => return,
                        1 => {
                            read_head(&mut io).await;
                            return;
                        }
                        _ => {}
                    }
                }
            }
        })
        .await;
        let client = client(&origin, |config| {
            config.open_per_origin_max = 8;
            config.idle_per_origin_max = 4;
        });
        let origin = Arc::new(origin);
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let (client, origin) = (client.clone(), Arc::clone(&origin));
            tasks.spawn(async move {
                for n in 0..EACH {
                    let path = format!("/{task}/{n}");
                    let (method, content) = match (task + n) % 3 {
                        0 => ("GET", ""),
                        1 => ("PUT", "data"),
                        _ => ("POST", "data"),
                    };
                    let sending = fetch(&client, origin.request(method, &path, content));
                    let answer = match scattered(task * EACH + n) % 19 {
                        0 => polled(1 + n % 4, sending).await,
                        _ => Some(sending.await),
                    };
                    match answer {
                        // One that cannot be sent twice.
                        None => {}
                        Some(Err(_)) if method == "POST" => {}
                        Some(answer) => assert_eq!(answer.unwrap().content, path),
                    }
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
        client.close_idle();
        let none_open = watched.wait_for(|open| *open == 0);
        soon(none_open).await.unwrap();
        assert!(origin.accepted() > 8, "no connection was ever closed");
        fetch(&client, origin.get("/last")).await.unwrap();
        drop(client);
        soon(watched.wait_for(|open| *open == 0)).await.unwrap();
    }
}
