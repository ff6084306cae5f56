//! The HTTP/1.1 codec, without any I/O: bytes to events, responses to bytes.
//!
//! # Theory of operation
//!
//! A [`Conn`] follows one connection through its exchanges. The driver reads bytes into a buffer and calls
//! [`Conn::receive`] until it returns `None`; it passes on what the peer said and sends what the service answers. Nothing
//! here waits, reads a clock or allocates more than [`Limits`] allow; the date in a response is an argument.
//!
//! Each half of an exchange, the request that is received and the response that is sent, goes through the same states:
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
//! status to answer.
//!
//! # Map
//!
//! | file | what it holds | specification |
//! |---|---|---|
//! | `conn.rs` | `Conn`: the one type users of this module need | RFC 9112 §9 |
//! | `state.rs` | the automaton: all transitions, nothing else | |
//! | `request_head.rs` | request line and field section, on httparse | RFC 9112 §2.1, §3, §5 |
//! | `raw_head.rs` | `RawHead`: a head as it was received | RFC 9112 §3.2, §5 |
//! | `fields.rs` | a field section as a map, and what in it concerns the codec | RFC 9112 §5 |
//! | `scan.rs` | where a section ends, each byte looked at once | RFC 9112 §2.2 |
//! | `target.rs` | the four forms of a request-target | RFC 9112 §3.2 |
//! | `framing.rs` | how long a message body is | RFC 9112 §6.3 |
//! | `body.rs` | a message body of any framing, read | RFC 9112 §6 |
//! | `chunked.rs` | chunked coding, extensions, trailer section | RFC 9112 §7.1 |
//! | `persistence.rs` | whether the connection stays open | RFC 9112 §9.3 |
//! | `response.rs` | the head of a response, written | RFC 9112 §4, §6 |
//! | `interim.rs` | 1xx, 101 and the answer to CONNECT | RFC 9110 §15.2, §7.8, §9.3.6 |
//! | `encoder.rs` | content on its way out, for both roles | RFC 9112 §6, §7.1 |
//! | `date.rs` | `HttpDate` | RFC 9110 §5.6.7 |
//! | `out.rs` | `OutBuf`: bytes on their way out, large ones not copied | |
//! | `grammar.rs` | lists, tokens, hosts | RFC 9110 §5.6, RFC 3986 §3.2 |
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

#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

mod body;
mod chunked;
mod conn;
mod date;
mod encoder;
mod error;
mod fields;
mod framing;
mod grammar;
mod interim;
mod limits;
mod out;
mod persistence;
mod raw_head;
mod request_head;
mod response;
mod scan;
mod state;
mod target;

pub use conn::{Conn, ContentLength, Event, Request};
pub use date::HttpDate;
pub use error::ProtocolError;
pub use framing::Framing;
pub use limits::Limits;
pub use out::OutBuf;
pub use raw_head::RawHead;
