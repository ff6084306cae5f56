//! The harness reports what it is there to report.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};

use crate::gate::{Pace, Wake};
use crate::runner::{Fault, Order, Tasks, run};
use crate::wire::{Script, Step, Wire};

const BYTE_BY_BYTE: Script = Script {
    reads: Pace::Every(1),
    writes: Pace::Every(1),
    wake: Wake::Later,
    is_vectored: false,
};

fn wire(steps: &[Step]) -> Wire {
    Wire::new(steps, BYTE_BY_BYTE)
}

#[test]
fn a_future_that_waits_properly_comes_to_its_end() {
    let wire = wire(&[Step::Send("ahoy"), Step::Await(1, "AHOY"), Step::Send("!")]);
    let echo = async {
        let mut io = wire.clone();
        let mut bytes = [0; 4];
        io.read_exact(&mut bytes).await.unwrap();
        io.write_all(&bytes.to_ascii_uppercase()).await.unwrap();
        io.flush().await.unwrap();
        let mut rest = String::new();
        io.read_to_string(&mut rest).await.unwrap();
        io.shutdown().await.unwrap();
        rest
    };
    assert_eq!(
        run(echo, &Tasks::default(), &wire, Order::ReadsFirst),
        Ok("!".to_owned())
    );
    assert_eq!(wire.lock().seen(), b"AHOY");
}

#[test]
fn a_waker_that_was_not_left_is_a_hang() {
    let wire = wire(&[Step::Send("ahoy")]);
    let mut io = wire.clone();
    let deaf = std::future::poll_fn(move |_| {
        let mut byte = [0];
        // Waits, and tells nobody.
        let mut cx = Context::from_waker(Waker::noop());
        Pin::new(&mut io).poll_read(&mut cx, &mut ReadBuf::new(&mut byte))
    });
    let ran = run(deaf, &Tasks::default(), &wire, Order::ReadsFirst);
    assert_eq!(ran.map(|read| read.is_ok()), Err(Fault::Hangs));
}

#[test]
fn output_that_was_not_flushed_does_not_reach_the_client() {
    let wire = wire(&[Step::Send("a"), Step::Await(1, "A")]);
    let forgetful = async {
        let mut io = wire.clone();
        let byte = io.read_u8().await.unwrap();
        io.write_all(&[byte.to_ascii_uppercase()]).await.unwrap();
        // The client still waits for it, so neither a byte nor the end comes.
        io.read(&mut [0]).await.unwrap()
    };
    assert_eq!(
        run(forgetful, &Tasks::default(), &wire, Order::ReadsFirst),
        Err(Fault::Hangs)
    );
}

#[test]
fn a_task_that_wakes_itself_for_ever_spins() {
    let wire = wire(&[Step::Send("a")]);
    let restless = std::future::poll_fn(|cx: &mut Context<'_>| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    assert_eq!(
        run(restless, &Tasks::default(), &wire, Order::ReadsFirst),
        Err(Fault::Spins)
    );
}

#[test]
fn a_task_beside_it_that_never_ends_is_a_hang() {
    let (wire, tasks) = (wire(&[]), Tasks::default());
    let spawning = async { tasks.spawn(std::future::pending()) };
    assert_eq!(
        run(spawning, &tasks, &wire, Order::ReadsFirst),
        Err(Fault::Hangs)
    );
}
