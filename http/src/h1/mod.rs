//! The HTTP/1.1 codec of both roles, without any I/O: bytes to events, messages to bytes.
//!
//! # Theory of operation
//!
//! A [`Conn`] follows one connection of a server through its exchanges, a [`ClientConn`] one of a client. The driver
//! reads bytes into a buffer and calls [`Conn::receive`] or [`ClientConn::receive`] until it returns `None`; it passes
//! on what the peer said and sends what the service answers, or what is asked. Nothing here waits, reads a clock or
//! allocates more than [`Limits`] allow; the date in a response is an argument.
//!
//! Each half of an exchange, what is received and what is sent, goes through the same states, whatever the role:
//!
//! ```text
//!                 informational
//!                    ┌───┐
//!                    ▼   │  head            end
//!          ┌──────► Idle ┴───────► Body ─────────► Done ─┐
//!          │                       ▲  │                  │
//!          │                       └──┘                  │
//!          │                       data                  │
//!          └─────────── next, if both are done ──────────┘       any ──fail──► Failed
//! ```
//!
//! With a switch, 101 or a 2xx to CONNECT, both halves leave HTTP for good.
//!
//! # Strict by default
//!
//! Of the liberties that RFC 9112 grants a recipient we take none where two readers of the same bytes could disagree: a
//! bare LF, a folded field, two lengths, a space before a colon are refused. The error names the rule and carries the
//! status to answer. A client is as strict as a server but for one thing that RFC 9112 §5.2 demands: it joins a folded
//! field.
//!
//! # Map
//!
//! | file | what it holds | specification |
//! |---|---|---|
//! | `conn.rs` | `Conn`: all that a server needs of this module | RFC 9112 §9 |
//! | `client.rs` | `ClientConn`: its twin, for a client | RFC 9112 §9 |
//! | `state.rs` | the automaton: all transitions, nothing else | |
//! | `request_head.rs` | request line and field section, read | RFC 9112 §2.1, §3, §5 |
//! | `response_head.rs` | status line and field section, read | RFC 9112 §2.1, §4, §5 |
//! | `raw_head.rs` | `RawHead`: a head as it was received | RFC 9112 §3.2, §5 |
//! | `fields.rs` | a field section as a map, and what in it concerns the codec | RFC 9112 §5 |
//! | `scan.rs` | where a section ends, each byte looked at once | RFC 9112 §2.2 |
//! | `target.rs` | the four forms of a request-target | RFC 9112 §3.2 |
//! | `framing.rs` | how long a message body is | RFC 9112 §6.3 |
//! | `body.rs` | a message body of any framing, read | RFC 9112 §6 |
//! | `chunked.rs` | chunked coding, extensions, trailer section | RFC 9112 §7.1 |
//! | `persistence.rs` | whether the connection stays open | RFC 9112 §9.3 |
//! | `request.rs` | the head of a request, written | RFC 9112 §3, §6 |
//! | `response.rs` | the head of a response, written | RFC 9112 §4, §6 |
//! | `interim.rs` | 1xx, 101 and the answer to CONNECT | RFC 9110 §15.2, §7.8, §9.3.6 |
//! | `encoder.rs` | content on its way out, for both roles | RFC 9112 §6, §7.1 |
//! | `date.rs` | `HttpDate` | RFC 9110 §5.6.7 |
//! | `out.rs` | `OutBuf`: bytes on their way out, large ones not copied | |
//! | `grammar.rs` | lists, tokens, hosts | RFC 9110 §5.6, RFC 3986 §3.2 |
//! | `keep_alive.rs` | `KeepAlive`: how long an idle connection is held | RFC 2068 §19.7.1.1 |
//! | `limits.rs` | `Limits`: each bound, its default, its precedents | |
//! | `error.rs` | `ProtocolError` and the status it asks for | |
//!
//! # Example
//!
//! ```
//! use bytes::{Bytes, BytesMut};
//! use wharf_http::h1::{Conn, ContentLength, Event, HttpDate, Limits, OutBuf};
//!
//! let mut conn = Conn::server(Limits::default());
//! let mut received = BytesMut::from("GET /quay HTTP/1.1\r\nHost: a.test\r\n\r\n");
//! let Ok(Some(Event::Request(request))) = conn.receive(&mut received) else { panic!("a whole head") };
//! assert_eq!(request.head.uri, "/quay");
//! assert!(matches!(conn.receive(&mut received), Ok(Some(Event::End(None)))));
//!
//! let mut out = OutBuf::default();
//! let (head, ()) = http::Response::new(()).into_parts();
//! let date = HttpDate::from_unix_seconds(784_111_777);
//! conn.send_head(&head, ContentLength::Exact(5), &date, &mut out).unwrap();
//! conn.send_data(Bytes::from_static(b"Ahoy!"), &mut out).unwrap();
//! conn.send_end(None, &mut out).unwrap();
//! assert_eq!(
//!     out.first_piece(),
//!     b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\nAhoy!",
//! );
//! assert!(conn.next_exchange());
//! ```
//!
//! And from the other side:
//!
//! ```
//! use bytes::BytesMut;
//! use wharf_http::h1::{ClientConn, ClientEvent, ContentLength, Limits, OutBuf, Peer};
//!
//! let mut conn = ClientConn::new(Peer::Origin, Limits::default());
//! let mut out = OutBuf::default();
//! let (head, ()) = http::Request::get("http://a.test/quay").body(()).unwrap().into_parts();
//! conn.send_head(&head, ContentLength::Exact(0), &mut out).unwrap();
//! conn.send_end(None, &mut out).unwrap();
//! assert_eq!(out.first_piece(), b"GET /quay HTTP/1.1\r\nhost: a.test\r\n\r\n");
//!
//! let mut received = BytesMut::from("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nAhoy!");
//! let Ok(Some(ClientEvent::Response(response))) = conn.receive(&mut received) else { panic!("a whole head") };
//! assert_eq!(response.head.status, 200);
//! let Ok(Some(ClientEvent::Data(content))) = conn.receive(&mut received) else { panic!("content") };
//! assert_eq!(content, "Ahoy!");
//! assert!(matches!(conn.receive(&mut received), Ok(Some(ClientEvent::End(None)))));
//! assert!(conn.next_exchange());
//! ```

#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

mod body;
mod chunked;
mod client;
mod conn;
mod date;
mod encoder;
mod error;
mod fields;
mod framing;
mod grammar;
mod interim;
mod keep_alive;
mod limits;
mod out;
mod persistence;
mod raw_head;
mod request;
mod request_head;
mod response;
mod response_head;
mod scan;
mod state;
mod target;

pub use client::{ClientConn, ClientEvent, Response};
pub use conn::{Conn, ContentLength, Event, Request};
pub use date::HttpDate;
pub use error::ProtocolError;
pub use framing::Framing;
pub use keep_alive::KeepAlive;
pub use limits::Limits;
pub use out::OutBuf;
pub use raw_head::RawHead;
pub use response_head::{InvalidStatus, ReasonPhrase};
pub use target::Peer;
