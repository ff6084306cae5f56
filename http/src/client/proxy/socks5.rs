//! A connection through a SOCKS proxy: version 5 ([RFC 1928]), with or without a user name and password ([RFC 1929]).
//!
//! ```text
//! client                                          proxy
//! VER=5 NMETHODS METHODS                    ->
//!                                           <-    VER=5 METHOD             RFC 1928 §3
//! VER=1 ULEN UNAME PLEN PASSWD              ->                             if METHOD=2
//!                                           <-    VER=1 STATUS             RFC 1929 §2
//! VER=5 CMD=1 RSV=0 ATYP DST.ADDR DST.PORT  ->                             RFC 1928 §4
//!                                           <-    VER=5 REP RSV=0 ATYP BND.ADDR BND.PORT
//! ```
//!
//! The functions that make and read these bytes do no I/O; [`connect`] reads exactly what belongs to the answers.
//!
//! [RFC 1928]: https://www.rfc-editor.org/rfc/rfc1928
//! [RFC 1929]: https://www.rfc-editor.org/rfc/rfc1929

use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use wharf_net::Endpoint;
use zeroize::Zeroizing;

use super::{Credentials, ProxyError};

const VERSION: u8 = 5;
/// That of the negotiation by user name and password.
const AUTH_VERSION: u8 = 1;
const NO_AUTH: u8 = 0;
const USER_PASSWORD: u8 = 2;
const NO_ACCEPTABLE_METHOD: u8 = 0xff;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const DOMAIN_NAME: u8 = 3;
const IPV6: u8 = 4;

/// What a SOCKS proxy answered that is no connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SocksError {
    /// The answer is of another version. 72 is the `H` of an HTTP proxy, 0 a SOCKS 4 proxy.
    #[error("the answer has version {version} in place of {expected}")]
    Version {
        /// What was received.
        version: u8,
        /// What this part of the protocol has.
        expected: u8,
    },
    /// None of the ways to say who we are is good enough: without one, and by user name and password.
    #[error("no acceptable authentication method")]
    NoAcceptableMethod,
    /// The proxy chose a method that was not offered.
    #[error("authentication method {method} was not offered")]
    MethodNotOffered {
        /// What it chose.
        method: u8,
    },
    /// 1.
    #[error("general failure of the proxy")]
    GeneralFailure,
    /// 2.
    #[error("not allowed by the rules of the proxy")]
    NotAllowed,
    /// 3.
    #[error("network unreachable from the proxy")]
    NetworkUnreachable,
    /// 4. Many proxies answer it for a name that does not resolve, too.
    #[error("host unreachable from the proxy")]
    HostUnreachable,
    /// 5.
    #[error("connection refused by the host")]
    ConnectionRefused,
    /// 6.
    #[error("TTL expired")]
    TtlExpired,
    /// 7.
    #[error("the proxy does not support CONNECT")]
    CommandNotSupported,
    /// 8.
    #[error("the proxy does not support this type of address")]
    AddressTypeNotSupported,
    /// A reply that RFC 1928 does not assign.
    #[error("unassigned reply {reply}")]
    Unassigned {
        /// The reply.
        reply: u8,
    },
    /// A field that has to be zero is not.
    #[error("reserved field is not zero")]
    Reserved,
    /// The proxy's own address is of no type that there is.
    #[error("unknown type of address {kind}")]
    AddressType {
        /// The type.
        kind: u8,
    },
}

/// Asks the SOCKS proxy at the other end of `io` to connect to `target`, and returns the connection.
///
/// A name is resolved by the proxy, an address taken as it is, but for the scope of a link-local one, which means nothing to
/// another host. Nothing of what the target sends is read.
///
/// There is no deadline here: it is the caller's, for all of connecting.
///
/// # Errors
///
/// When there is no connection.
///
/// # Cancel safety
///
/// Dropping the future closes the connection.
pub(crate) async fn connect<IO>(
    mut io: IO,
    target: &Endpoint,
    credentials: Option<&Credentials>,
) -> Result<IO, ProxyError>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let request = request(target).ok_or(ProxyError::Target)?;
    send(&mut io, greeting(credentials)).await?;
    let method = parse_method(receive(&mut io).await?, credentials.is_some())?;
    if let Some(credentials) = credentials.filter(|_| method == USER_PASSWORD) {
        let answer = authentication(credentials).ok_or(ProxyError::CredentialsRefused)?;
        send(&mut io, &answer).await?;
        parse_status(receive(&mut io).await?)?;
    }
    send(&mut io, &request).await?;
    let len = match parse_reply(receive(&mut io).await?)? {
        Bound::Length(len) => len,
        Bound::Named => {
            let [len] = receive(&mut io).await?;
            len.into()
        }
    };
    // What the proxy's own address is, nobody here asks; its port is behind it.
    let mut bound = [0; 255 + 2];
    let bound = bound.get_mut(..len + 2).unwrap_or_default();
    io.read_exact(bound).await?;
    Ok(io)
}

async fn send<IO: AsyncWrite + Unpin>(io: &mut IO, bytes: &[u8]) -> Result<(), ProxyError> {
    io.write_all(bytes).await?;
    io.flush().await?;
    Ok(())
}

async fn receive<const N: usize, IO>(io: &mut IO) -> Result<[u8; N], ProxyError>
where
    IO: AsyncRead + Unpin,
{
    let mut bytes = [0; N];
    io.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// Offers to go without credentials even if there are some: a proxy that needs none does not get them.
fn greeting(credentials: Option<&Credentials>) -> &'static [u8] {
    match credentials {
        None => &[VERSION, 1, NO_AUTH],
        Some(_) => &[VERSION, 2, NO_AUTH, USER_PASSWORD],
    }
}

fn parse_method([version, method]: [u8; 2], has_credentials: bool) -> Result<u8, ProxyError> {
    check_version(version, VERSION)?;
    match method {
        NO_AUTH => Ok(method),
        USER_PASSWORD if has_credentials => Ok(method),
        // Some choose it even where it was not offered. What they want is the same.
        USER_PASSWORD | NO_ACCEPTABLE_METHOD if !has_credentials => {
            Err(ProxyError::CredentialsRequired)
        }
        NO_ACCEPTABLE_METHOD => Err(SocksError::NoAcceptableMethod.into()),
        method => Err(SocksError::MethodNotOffered { method }.into()),
    }
}

/// `None` if they do not fit; that was seen when the proxy was given them.
fn authentication(credentials: &Credentials) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(1 + 2 * (1 + 255)));
    bytes.push(AUTH_VERSION);
    for secret in [credentials.user(), credentials.password()] {
        bytes.push(u8::try_from(secret.len()).ok()?);
        bytes.extend_from_slice(secret);
    }
    Some(bytes)
}

fn parse_status([version, status]: [u8; 2]) -> Result<(), ProxyError> {
    check_version(version, AUTH_VERSION)?;
    if status == 0 {
        Ok(())
    } else {
        Err(ProxyError::CredentialsRefused)
    }
}

/// `None` if there are no words for the target: a Unix socket, or a name that is empty or longer than 255 bytes.
fn request(target: &Endpoint) -> Option<Vec<u8>> {
    let mut bytes = vec![VERSION, CONNECT, 0];
    match target {
        Endpoint::Inet(address) => put_address(&mut bytes, address),
        Endpoint::Host { name, port } => {
            let len = u8::try_from(name.len()).ok().filter(|len| *len > 0)?;
            bytes.extend([DOMAIN_NAME, len]);
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend(port.to_be_bytes());
        }
        _ => return None,
    }
    Some(bytes)
}

fn put_address(bytes: &mut Vec<u8>, address: &SocketAddr) {
    // An IPv4-mapped address is one of this host's API; on another host it need not work.
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => {
            bytes.push(IPV4);
            bytes.extend(ip.octets());
        }
        IpAddr::V6(ip) => {
            bytes.push(IPV6);
            bytes.extend(ip.octets());
        }
    }
    bytes.extend(address.port().to_be_bytes());
}

/// How long the address in a reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Length(usize),
    /// The next byte says it.
    Named,
}

fn parse_reply([version, reply, reserved, kind]: [u8; 4]) -> Result<Bound, SocksError> {
    check_version(version, VERSION)?;
    match reply {
        0 => {}
        1 => return Err(SocksError::GeneralFailure),
        2 => return Err(SocksError::NotAllowed),
        3 => return Err(SocksError::NetworkUnreachable),
        4 => return Err(SocksError::HostUnreachable),
        5 => return Err(SocksError::ConnectionRefused),
        6 => return Err(SocksError::TtlExpired),
        7 => return Err(SocksError::CommandNotSupported),
        8 => return Err(SocksError::AddressTypeNotSupported),
        reply => return Err(SocksError::Unassigned { reply }),
    }
    if reserved != 0 {
        return Err(SocksError::Reserved);
    }
    match kind {
        IPV4 => Ok(Bound::Length(4)),
        IPV6 => Ok(Bound::Length(16)),
        DOMAIN_NAME => Ok(Bound::Named),
        kind => Err(SocksError::AddressType { kind }),
    }
}

fn check_version(version: u8, expected: u8) -> Result<(), SocksError> {
    if version == expected {
        Ok(())
    } else {
        Err(SocksError::Version { version, expected })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{DuplexStream, duplex};
    use tokio::task::yield_now;
    use tokio::time::timeout;

    use super::*;

    const NO_AUTH_REPLIED: &[u8] = b"\x05\x00";
    const CONNECTED: &[u8] = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";
    const REQUESTED: &[u8] = b"\x05\x01\x00\x03\x0bexample.com\x01\xbb";

    fn alice() -> Credentials {
        Credentials::new("alice", "hunter2").unwrap()
    }

    /// Sends all that the proxy will ever say in these pieces, without looking at what it is asked. Returns what became
    /// of it and the proxy's end.
    async fn answer(
        pieces: impl Iterator<Item = &[u8]>,
        target: &str,
        credentials: Option<&Credentials>,
    ) -> (Result<DuplexStream, ProxyError>, DuplexStream) {
        let (io, mut proxy) = duplex(64 * 1024);
        let answering = async {
            for piece in pieces {
                let _ = proxy.write_all(piece).await;
                yield_now().await;
            }
            let _ = proxy.shutdown().await;
        };
        let target = target.parse().unwrap();
        let (outcome, ()) = tokio::join!(connect(io, &target, credentials), answering);
        (outcome, proxy)
    }

    /// The answers whole, in two pieces cut anywhere, and byte by byte: the same each time. Of what comes behind them
    /// nothing is taken.
    async fn check(
        answers: &[&[u8]],
        credentials: Option<&Credentials>,
        expected: Result<&[u8], &ProxyError>,
    ) {
        let answers = answers.concat();
        let bytes = [&answers, b"behind".as_slice()].concat();
        for cut in 0..=bytes.len() {
            let (one, two) = bytes.split_at(cut);
            // The first time, each byte by itself.
            let size = if cut == 0 { 1 } else { bytes.len() };
            let pieces = one.chunks(size).chain(two.chunks(size));
            let (outcome, mut proxy) = answer(pieces, "example.com:443", credentials).await;
            match (outcome, expected) {
                (Ok(mut io), Ok(expected)) => {
                    let mut behind = Vec::new();
                    io.read_to_end(&mut behind).await.unwrap();
                    assert_eq!(behind, b"behind", "cut at {cut}");
                    drop(io);
                    let mut sent = Vec::new();
                    proxy.read_to_end(&mut sent).await.unwrap();
                    assert_eq!(sent, expected, "cut at {cut}");
                }
                (Err(error), Err(expected)) => {
                    assert_eq!(
                        format!("{error:?}"),
                        format!("{expected:?}"),
                        "cut at {cut}"
                    );
                }
                (outcome, expected) => panic!("{outcome:?} in place of {expected:?}"),
            }
        }
    }

    #[tokio::test]
    async fn without_credentials_none_are_offered() {
        let sent = [b"\x05\x01\x00", REQUESTED].concat();
        check(&[NO_AUTH_REPLIED, CONNECTED], None, Ok(&sent)).await;
    }

    #[tokio::test]
    async fn credentials_are_sent_only_if_asked_for() {
        let sent = [b"\x05\x02\x00\x02", REQUESTED].concat();
        check(&[NO_AUTH_REPLIED, CONNECTED], Some(&alice()), Ok(&sent)).await;
        let sent = [
            b"\x05\x02\x00\x02".as_slice(),
            b"\x01\x05alice\x07hunter2",
            REQUESTED,
        ];
        let answers = [b"\x05\x02".as_slice(), b"\x01\x00", CONNECTED];
        check(&answers, Some(&alice()), Ok(&sent.concat())).await;
    }

    #[tokio::test]
    async fn each_type_of_bound_address_is_read_to_its_end() {
        let name = [
            b"\x05\x00\x00\x03\xff".as_slice(),
            &[b'x'; 255],
            b"\x04\x38",
        ]
        .concat();
        for reply in [
            b"\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38".as_slice(),
            b"\x05\x00\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x04\x38",
            b"\x05\x00\x00\x03\x05proxy\x04\x38",
            b"\x05\x00\x00\x03\x00\x04\x38",
            &name,
        ] {
            let sent = [b"\x05\x01\x00", REQUESTED].concat();
            check(&[NO_AUTH_REPLIED, reply], None, Ok(&sent)).await;
        }
    }

    #[tokio::test]
    async fn each_reply_has_its_name() {
        for (reply, expected) in [
            (1, SocksError::GeneralFailure),
            (2, SocksError::NotAllowed),
            (3, SocksError::NetworkUnreachable),
            (4, SocksError::HostUnreachable),
            (5, SocksError::ConnectionRefused),
            (6, SocksError::TtlExpired),
            (7, SocksError::CommandNotSupported),
            (8, SocksError::AddressTypeNotSupported),
            (9, SocksError::Unassigned { reply: 9 }),
            (255, SocksError::Unassigned { reply: 255 }),
        ] {
            // A proxy that refuses need not know what to say of addresses.
            for kind in [0, 1, 3] {
                let answers = [NO_AUTH_REPLIED, &[5, reply, 0, kind]];
                let expected = ProxyError::Socks(expected.clone());
                check(&answers, None, Err(&expected)).await;
            }
        }
    }

    #[tokio::test]
    async fn a_proxy_that_wants_credentials_is_told_from_one_that_refuses_them() {
        let required = ProxyError::CredentialsRequired;
        check(&[b"\x05\xff"], None, Err(&required)).await;
        check(&[b"\x05\x02"], None, Err(&required)).await;
        let refused = ProxyError::CredentialsRefused;
        for status in [1, 0xff] {
            let answers = [b"\x05\x02".as_slice(), &[1, status]];
            check(&answers, Some(&alice()), Err(&refused)).await;
        }
        let none = ProxyError::Socks(SocksError::NoAcceptableMethod);
        check(&[b"\x05\xff"], Some(&alice()), Err(&none)).await;
    }

    #[tokio::test]
    async fn what_is_no_socks_5_is_refused() {
        let version = |version, expected| SocksError::Version { version, expected };
        let table: [(&[&[u8]], SocksError); 7] = [
            (&[b"HTTP/1.1 400 Bad Request\r\n\r\n"], version(b'H', 5)),
            (&[b"\x00\x5a\x00\x00\x00\x00\x00\x00"], version(0, 5)),
            (&[b"\x05\x01"], SocksError::MethodNotOffered { method: 1 }),
            (&[b"\x05\x02", b"\x05\x00"], version(5, 1)),
            (&[NO_AUTH_REPLIED, b"\x04\x00\x00\x01"], version(4, 5)),
            (
                &[NO_AUTH_REPLIED, b"\x05\x00\x01\x01"],
                SocksError::Reserved,
            ),
            (
                &[NO_AUTH_REPLIED, b"\x05\x00\x00\x02"],
                SocksError::AddressType { kind: 2 },
            ),
        ];
        for (answers, expected) in table {
            let expected = ProxyError::Socks(expected);
            check(answers, Some(&alice()), Err(&expected)).await;
        }
    }

    #[tokio::test]
    async fn a_proxy_that_closes_anywhere_has_not_answered() {
        let answers = [b"\x05\x02".as_slice(), b"\x01\x00", CONNECTED].concat();
        for end in 0..answers.len() {
            let pieces = [&answers[..end]].into_iter();
            let (outcome, _) = answer(pieces, "example.com:443", Some(&alice())).await;
            assert!(
                matches!(outcome, Err(ProxyError::Closed)),
                "{end}: {outcome:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_proxy_that_says_nothing_leaves_the_deadline_to_the_caller() {
        let (io, mut proxy) = duplex(1024);
        let target = "example.com:443".parse().unwrap();
        let waiting = connect(io, &target, None);
        timeout(Duration::from_secs(30), waiting).await.unwrap_err();
        let mut sent = Vec::new();
        proxy.read_to_end(&mut sent).await.unwrap();
        assert_eq!(sent, b"\x05\x01\x00");
    }

    #[test]
    fn each_type_of_target_has_its_bytes() {
        let check = |target: &str, expected: &[u8]| {
            assert_eq!(
                request(&target.parse().unwrap()).unwrap(),
                expected,
                "{target}"
            );
        };
        check("192.0.2.7:80", b"\x05\x01\x00\x01\xc0\x00\x02\x07\x00\x50");
        check(
            "[::ffff:192.0.2.7]:80",
            b"\x05\x01\x00\x01\xc0\x00\x02\x07\x00\x50",
        );
        let link_local = b"\x05\x01\x00\x04\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x1f\x90";
        check("[fe80::1%2]:8080", link_local);
        check("a:65535", b"\x05\x01\x00\x03\x01a\xff\xff");
    }

    #[tokio::test]
    async fn a_target_without_words_for_it_is_not_asked_for() {
        let named = |len: usize| Endpoint::Host {
            name: "x".repeat(len),
            port: 443,
        };
        for target in [named(0), named(256), "unix:/run/x".parse().unwrap()] {
            let (io, mut proxy) = duplex(1024);
            proxy.shutdown().await.unwrap();
            let outcome = connect(io, &target, None).await;
            assert!(matches!(outcome, Err(ProxyError::Target)), "{target}");
            let mut sent = Vec::new();
            proxy.read_to_end(&mut sent).await.unwrap();
            assert_eq!(sent, b"", "{target}");
        }
        assert_eq!(request(&named(255)).unwrap().len(), 4 + 1 + 255 + 2);
    }
}
