//! A server in one screen: `cargo run -p wharf-http --example hello`, then Ctrl-C.

use std::convert::Infallible;
use std::time::Duration;

use http::{Request, Response};
use wharf_http::{Incoming, Server, service_fn};
use wharf_net::{Bind, Drain, Listener, ShutdownSignal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hello = service_fn(|request: Request<Incoming>| async move {
        Ok::<_, Infallible>(Response::new(format!("hello, {}\n", request.uri().path())))
    });
    let listener = Listener::bind(&"127.0.0.1:0".parse()?, &Bind::default()).await?;
    #[expect(clippy::print_stdout, reason = "the address is this program's output")]
    {
        println!("http://{}/", listener.local_addr());
    }

    let drain = Drain::new();
    let mut signal = ShutdownSignal::new()?;
    let server = Server::new(hello).serve(listener, drain.clone());
    let stop = async {
        signal.recv().await;
        drain.begin(Duration::from_secs(5));
    };
    let (report, ()) = tokio::join!(server, stop);
    eprintln!("{:?}", report?);
    Ok(())
}
