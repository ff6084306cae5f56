//! The spans of the feature `tracing`.

use std::convert::Infallible;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use http::{Extensions, Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use wharf_http::{Incoming, Server, service_fn};
use wharf_net::Drain;

/// Everything that is traced, a line each.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Lines {
    fn add(&self, start: String, record: impl FnOnce(&mut Text)) {
        let mut text = Text(start);
        record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let name = attributes.metadata().name().to_owned();
        self.add(name, |text| attributes.record(text));
    }

    fn on_record(&self, span: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let name = context.span(span).unwrap().name().to_owned();
        self.add(name, |text| values.record(text));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let scope = context.event_scope(event).into_iter().flatten();
        let names: Vec<_> = scope.map(|span| span.name()).collect();
        self.add(format!("in {}:", names.join(" in ")), |text| {
            event.record(text)
        });
    }
}

#[tokio::test]
async fn requests_are_spans_within_their_connection() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry().with(lines.clone());
    let _guard = tracing::subscriber::set_default(subscriber);
    let service = service_fn(|_: Request<Incoming>| {
        tracing::info!("called");
        async {
            tokio::task::yield_now().await;
            tracing::info!("at work");
            Ok::<_, Infallible>(Response::new("done".to_owned()))
        }
    });
    let (mut io, far) = duplex(4096);
    io.write_all(b"GET /a?secret HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/9.9\r\n\r\n")
        .await
        .unwrap();
    io.shutdown().await.unwrap();
    let drain = Drain::new();
    let serving = Server::new(service).serve_connection(far, Extensions::new(), &drain);
    let mut answer = String::new();
    let (_, read) = tokio::join!(serving, io.read_to_string(&mut answer));
    read.unwrap();
    assert_eq!(
        *lines.0.lock().unwrap(),
        [
            "http.connection",
            "http.request method=GET path=\"/a\" version=HTTP/1.1",
            "in http.request in http.connection: message=called",
            "in http.request in http.connection: message=at work",
            "http.request status=200",
            "in http.connection: message=refused: HTTP version not supported rule=\"unsupported_version\"",
            "in http.connection: message=closed reason=\"protocol\"",
        ]
    );
}
