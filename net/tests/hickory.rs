//! DNS in this process against a name server of a few lines, over UDP on loopback.
#![cfg(feature = "hickory")]

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use wharf_net::{HickoryOptions, HickoryResolver, Resolve};

const A: u16 = 1;
const AAAA: u16 = 28;

type Zone = &'static [(&'static str, &'static [&'static str])];

const ZONE: Zone = &[
    (
        "both.example",
        &["192.0.2.1", "2001:db8::1", "192.0.2.2", "2001:db8::2"],
    ),
    ("four.example", &["192.0.2.4"]),
    ("six.example", &["2001:db8::6"]),
    ("empty.example", &[]),
];

/// A name server that answers from [`ZONE`] and notes each question.
struct NameServer {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<(String, u16)>>>,
}

impl NameServer {
    /// Answers only when `held` questions have come in, then each at once.
    async fn start(held: usize) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: socket.local_addr().unwrap(),
            asked: Arc::default(),
        };
        let asked = server.asked.clone();
        tokio::spawn(async move {
            let mut waiting = Vec::new();
            let mut query = [0; 1500];
            loop {
                let (len, peer) = socket.recv_from(&mut query).await.unwrap();
                let (name, qtype, end) = question(&query[..len]);
                waiting.push((answer(&query[..end], &name, qtype), peer));
                let count = {
                    let mut asked = asked.lock().unwrap();
                    asked.push((name, qtype));
                    asked.len()
                };
                if count >= held {
                    for (response, peer) in waiting.drain(..) {
                        socket.send_to(&response, peer).await.unwrap();
                    }
                }
            }
        });
        server
    }

    fn resolver(&self, options: &HickoryOptions) -> HickoryResolver {
        HickoryResolver::with_name_servers(&[self.address], options).unwrap()
    }

    fn asked(&self) -> Vec<(String, u16)> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }
}

/// The first question (RFC 1035 §4.1.2): its name, its type, and where it ends.
fn question(query: &[u8]) -> (String, u16, usize) {
    let mut labels = Vec::new();
    let mut at = 12;
    while query[at] != 0 {
        let len = usize::from(query[at]);
        labels.push(std::str::from_utf8(&query[at + 1..=at + len]).unwrap());
        at += 1 + len;
    }
    let qtype = u16::from_be_bytes([query[at + 1], query[at + 2]]);
    (labels.join("."), qtype, at + 5)
}

/// The response (RFC 1035 §4.1): header, the question again, records that point back at its name.
fn answer(question: &[u8], name: &str, qtype: u16) -> Vec<u8> {
    let known = ZONE
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    let rcode = if known.is_some() { 0 } else { 3 };
    let records: Vec<Vec<u8>> = known
        .map_or(&[][..], |(_, addresses)| addresses)
        .iter()
        .filter_map(|text| match (text.parse().unwrap(), qtype) {
            (IpAddr::V4(v4), A) => Some(v4.octets().to_vec()),
            (IpAddr::V6(v6), AAAA) => Some(v6.octets().to_vec()),
            _ => None,
        })
        .collect();
    let mut message = question.to_vec();
    // A response, recursion desired and available.
    message[2..4].copy_from_slice(&[0x81, 0x80 | rcode]);
    message[4..6].copy_from_slice(&1u16.to_be_bytes());
    message[6..8].copy_from_slice(&u16::try_from(records.len()).unwrap().to_be_bytes());
    message[8..12].fill(0);
    for record in records {
        message.extend([0xc0, 12]);
        message.extend(qtype.to_be_bytes());
        message.extend(1u16.to_be_bytes());
        message.extend(60u32.to_be_bytes());
        message.extend(u16::try_from(record.len()).unwrap().to_be_bytes());
        message.extend(record);
    }
    message
}

/// Each message has its length in front (RFC 1035 §4.2.2).
async fn answer_over_tcp(mut stream: TcpStream) {
    while let Ok(len) = stream.read_u16().await {
        let mut query = vec![0; len.into()];
        stream.read_exact(&mut query).await.unwrap();
        let (name, qtype, end) = question(&query);
        let response = answer(&query[..end], &name, qtype);
        let len = u16::try_from(response.len()).unwrap();
        stream.write_u16(len).await.unwrap();
        stream.write_all(&response).await.unwrap();
    }
}

async fn found(resolver: &HickoryResolver, host: &str) -> Vec<String> {
    let addresses = resolver.resolve(host, 443).await.unwrap();
    addresses.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn both_families_are_asked_for_at_the_same_time() {
    // Neither question is answered before the other one has come.
    let server = NameServer::start(2).await;
    let resolver = server.resolver(&HickoryOptions::default());
    let mut addresses = found(&resolver, "both.example").await;
    assert!(
        addresses[0].starts_with('['),
        "IPv6 comes first: {addresses:?}"
    );
    addresses.sort();
    assert_eq!(
        addresses,
        [
            "192.0.2.1:443",
            "192.0.2.2:443",
            "[2001:db8::1]:443",
            "[2001:db8::2]:443"
        ]
    );
    let asked = |qtype| ("both.example".to_owned(), qtype);
    assert_eq!(server.asked(), [asked(A), asked(AAAA)]);
}

#[tokio::test]
async fn one_family_is_enough() {
    let server = NameServer::start(0).await;
    let resolver = server.resolver(&HickoryOptions::default());
    assert_eq!(found(&resolver, "four.example").await, ["192.0.2.4:443"]);
    assert_eq!(found(&resolver, "six.example").await, ["[2001:db8::6]:443"]);
}

#[tokio::test]
async fn a_name_that_does_not_exist_or_has_no_address_is_not_found() {
    let server = NameServer::start(0).await;
    let resolver = server.resolver(&HickoryOptions::default());
    for host in ["nowhere.example", "empty.example"] {
        let error = resolver.resolve(host, 443).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound, "{host}: {error}");
    }
}

#[tokio::test]
async fn an_answer_is_kept_for_the_time_it_allows() {
    let server = NameServer::start(0).await;
    let resolver = server.resolver(&HickoryOptions::default());
    let first = found(&resolver, "four.example").await;
    let asked = server.asked();
    assert_eq!(found(&resolver, "four.example").await, first);
    let again = server.asked();
    let of_type = |list: &[(String, u16)], t| list.iter().filter(|(_, q)| *q == t).count();
    assert_eq!(of_type(&asked, A), 1);
    assert_eq!(of_type(&again, A), 1);
}

#[tokio::test]
async fn the_bound_is_kept_in_each_family() {
    let server = NameServer::start(0).await;
    let resolver = server.resolver(&HickoryOptions {
        addresses_max: 1,
        ..HickoryOptions::default()
    });
    let addresses = found(&resolver, "both.example").await;
    assert_eq!(addresses.len(), 2);
    assert!(
        addresses[0].starts_with('[') && addresses[1].starts_with('1'),
        "{addresses:?}"
    );
}

#[tokio::test]
async fn addresses_and_what_can_be_no_name_are_not_asked_for() {
    let server = NameServer::start(0).await;
    let resolver = server.resolver(&HickoryOptions::default());
    assert_eq!(found(&resolver, "::1").await, ["[::1]:443"]);
    assert!(resolver.resolve("two words", 443).await.is_err());
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn an_answer_too_long_for_udp_is_fetched_over_tcp() {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let udp = UdpSocket::bind(address).await.unwrap();
    tokio::spawn(async move {
        let mut query = [0; 1500];
        loop {
            let (len, peer) = udp.recv_from(&mut query).await.unwrap();
            let (_, _, end) = question(&query[..len]);
            let mut truncated = answer(&query[..end], "four.example", 0);
            truncated[2] |= 0x02;
            udp.send_to(&truncated, peer).await.unwrap();
        }
    });
    tokio::spawn(async move {
        loop {
            let (stream, _) = tcp.accept().await.unwrap();
            tokio::spawn(answer_over_tcp(stream));
        }
    });
    let resolver =
        HickoryResolver::with_name_servers(&[address], &HickoryOptions::default()).unwrap();
    assert_eq!(found(&resolver, "four.example").await, ["192.0.2.4:443"]);
}

#[test]
fn without_a_name_server_there_is_no_resolver() {
    let error = HickoryResolver::with_name_servers(&[], &HickoryOptions::default()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

#[tokio::test]
async fn the_configuration_of_this_host_is_read() {
    let resolver = HickoryResolver::system(&HickoryOptions::default()).unwrap();
    let addresses = resolver.resolve("localhost", 443).await.unwrap();
    assert!(addresses.iter().all(|address| address.ip().is_loopback()));
}
