//! An axum router over HTTPS, with a certificate made on the spot: `cargo run -p wharf-http --example axum_https`.
//!
//! The router is used as it is. The root goes to stdout behind the URL, for `curl --cacert`.

use std::time::Duration;

use axum::routing::get;
use axum::{Extension, Router};
use time::OffsetDateTime;
use wharf_http::{Server, TlsInfo};
use wharf_net::{Bind, Drain, Listener, ShutdownSignal};
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};
use wharf_tls::{Identity, ServerTls, ServerTlsOptions};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = Router::new().route("/", get(version));

    let now = OffsetDateTime::now_utc();
    let root_key = Key::generate(KeyType::P256)?;
    let root = Authority::root(root_key, &CaSubject::new("a root for a day"), DAY, 0, now)?;
    let key = Key::generate(KeyType::P256)?;
    let names = vec!["localhost".parse()?];
    let issued = root.issue(
        &EndEntity {
            names,
            lifetime: DAY,
            ..EndEntity::default()
        },
        &key,
        now,
    )?;
    let chain = issued.certificate.to_pem();
    let identity = Identity::from_pem(chain.as_bytes(), key.to_pem().as_bytes())?;
    let tls = ServerTls::new(identity, &ServerTlsOptions::default())?;

    let listener = Listener::bind(&"127.0.0.1:0".parse()?, &Bind::default()).await?;
    #[expect(
        clippy::print_stdout,
        reason = "the address and the root are this program's output"
    )]
    {
        println!(
            "https://localhost:{}/",
            listener.local_addr().port().unwrap_or_default()
        );
        println!("{}", root.certificate().to_pem());
    }
    let drain = Drain::new();
    let mut signal = ShutdownSignal::new()?;
    let server = Server::new(app).tls(tls).serve(listener, drain.clone());
    let stop = async {
        signal.recv().await;
        drain.begin(Duration::from_secs(5));
    };
    let (report, ()) = tokio::join!(server, stop);
    eprintln!("{:?}", report?);
    Ok(())
}

/// What a handler learns of the connection comes in the request's extensions.
async fn version(Extension(tls): Extension<TlsInfo>) -> &'static str {
    tls.version_name()
}
