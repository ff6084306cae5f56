//! Another server for this hello, looked up while the client waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use wharf_tls::{ClientHello, ServerTls, ServerTlsOptions};

use crate::authority::Authority;
use crate::visit::Client;

#[tokio::test]
async fn the_server_that_was_selected_performs_the_handshake() {
    let ca = Authority::root("root");
    let leaf = ca.issue(&["localhost", "a.test"]);
    let other = ca.issue(&["a.test"]);
    let plain = ServerTls::new(leaf.identity(), &ServerTlsOptions::default()).unwrap();
    let selected = ServerTls::new(other.identity(), &ServerTlsOptions::default()).unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let (fallback, counted) = (plain.clone(), Arc::clone(&asked));
    let tls = plain.with_selector(move |hello: ClientHello| {
        let (selected, fallback) = (selected.clone(), fallback.clone());
        counted.fetch_add(1, Ordering::Relaxed);
        async move {
            tokio::task::yield_now().await;
            match hello.server_name.as_deref() {
                Some("a.test") => Ok(selected),
                Some("localhost") => Ok(fallback),
                name => Err(format!("nobody is {name:?}").into()),
            }
        }
    });
    let client = || Client::new(&ca, None);
    assert_eq!(
        client().visit_as(&tls, "a.test").await.certificate(),
        other.der()
    );
    assert_eq!(client().visit(&tls).await.certificate(), leaf.der());
    let error = client().visit_as(&tls, "b.test").await.refusal();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "nobody is Some(\"b.test\")");
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn a_selector_that_never_answers_is_cut_at_the_deadline() {
    let ca = Authority::root("root");
    let options = ServerTlsOptions {
        handshake_timeout: Duration::from_secs(3),
        ..ServerTlsOptions::default()
    };
    let tls = ServerTls::new(ca.leaf().identity(), &options)
        .unwrap()
        .with_selector(|_| std::future::pending());
    let visit = Client::new(&ca, None).visit(&tls).await;
    assert!(visit.refusal().is_timeout());
}
