//! axum runs on this server as it is: routing, extractors, streams and the layers of tower-http, in bytes on sockets.

mod connection;
mod extractors;
mod https;
mod layers;
mod reply;
mod routing;
mod served;
mod streams;
#[expect(dead_code, reason = "of what the other tests share, this needs some")]
#[path = "../it/support.rs"]
mod support;
