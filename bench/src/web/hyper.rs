//! hyper as its own documentation sets it up: no timer, so none of its timeouts runs.

use std::io;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::runtime::{Builder, Runtime};

use super::service::answer;
use crate::connections::raise_descriptor_limit;
use crate::server::accept_all;

/// tokio's two runtimes.
#[derive(Clone, Copy, Debug)]
pub enum Threads {
    /// The listener and all connections on the thread that started them.
    Current,
    /// The listener on that thread, the connections on one worker of the multi-thread runtime.
    Worker,
}

/// Runs the server. With `pipeline_flush`, answers to pipelined requests are written together.
pub fn serve(threads: Threads, pipeline_flush: bool) -> anyhow::Result<()> {
    raise_descriptor_limit()?;
    let accepting = accept_all(move |stream| async move {
        let mut builder = http1::Builder::new();
        builder.pipeline_flush(pipeline_flush);
        // A client that goes away is how every run of the load ends.
        let _ = builder
            .serve_connection(TokioIo::new(stream), service_fn(answer))
            .await;
    });
    Ok(runtime(threads)?.block_on(accepting)?)
}

fn runtime(threads: Threads) -> io::Result<Runtime> {
    match threads {
        Threads::Current => Builder::new_current_thread(),
        Threads::Worker => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(1);
            builder
        }
    }
    .enable_all()
    .build()
}
