//! Unicast, groups and broadcast with Python's and Node's sockets, socat and Ncat, in both roles.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::timeout;
use wharf_dgram::{
    BatchOptions, DgramOptions, Group, Interface, MulticastOptions, Segments, Slots, Udp,
};
use wharf_interop_tests::peer::{self, datagram_peers};
use wharf_interop_tests::{PATIENCE, Process, has_ipv6_loopback};

use crate::{bind, in_time, receive};

const SIZES: [usize; 4] = [0, 1, 1472, 65_507];

fn hosts() -> Vec<&'static str> {
    let mut hosts = vec!["127.0.0.1"];
    if has_ipv6_loopback() {
        hosts.push("::1");
    }
    hosts
}

fn at(host: &str, port: u16) -> SocketAddr {
    SocketAddr::new(host.parse().unwrap(), port)
}

/// On the loopback interface, for groups.
fn options() -> DgramOptions {
    DgramOptions {
        broadcast: true,
        multicast: MulticastOptions {
            interface: Interface::Name("lo".into()),
            ..MulticastOptions::default()
        },
        ..DgramOptions::default()
    }
}

/// Sends everything back to where it came from.
async fn echo(socket: &Udp) {
    loop {
        let (received, content) = receive(socket).await;
        socket.send_to(&content, received.from).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_have_back_what_they_send() {
    for peer in datagram_peers() {
        for host in hosts() {
            let server = bind(&at(host, 0).to_string(), &options());
            let port = server.local_addr().port().to_string();
            for size in SIZES {
                let asking = tokio::task::block_in_place(|| {
                    peer.start(&["ask", host, &port, &size.to_string()])
                });
                tokio::select! {
                    () = echo(&server) => {}
                    said = tokio::task::spawn_blocking(|| asking.finish(PATIENCE)) => {
                        assert_eq!(said.unwrap().success().text(), "same", "{peer:?}, {host}, {size}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn they_send_back_what_they_get() {
    for peer in datagram_peers() {
        for host in hosts() {
            let (_process, port) = peer.start_bound(&["echo", host]);
            let client = bind(&at(host, 0).to_string(), &options());
            for size in SIZES {
                let sent: Vec<_> = (0..size).map(|at| (at % 251) as u8).collect();
                client.send_to(&sent, at(host, port)).await.unwrap();
                let (received, content) = receive(&client).await;
                assert!(content == sent, "{peer:?}, {host}, {size}");
                assert_eq!(received.from, at(host, port));
            }

            // A batch is one datagram after the other for them, and so are their answers for it.
            let client = bind(&at(host, 0).to_string(), &options());
            let client = client.into_batch(&BatchOptions::default()).unwrap();
            let sent: Vec<_> = (0..30_u8).flat_map(|number| [number; 100]).collect();
            let segments = Segments::new(at(host, port), &sent, 100);
            client.send(&segments).await.unwrap();
            let (mut content, mut slots) = (Vec::<u8>::new(), Slots::default());
            while content.len() < sent.len() {
                for datagram in in_time(client.recv(&mut slots)).await.unwrap() {
                    assert_eq!(datagram.bytes.len(), 100, "{peer:?}");
                    content.extend(datagram.bytes);
                }
            }
            assert!(content == sent, "{peer:?}, {host}");
        }
    }
}

#[tokio::test]
async fn they_hear_what_is_sent_to_their_group_and_to_everyone() {
    let sender = bind("127.0.0.1:0", &options());
    for peer in datagram_peers() {
        for (words, to) in [
            (&["member", "239.255.8.1"][..], "239.255.8.1"),
            (&["member", "232.255.8.1", "127.0.0.1"], "232.255.8.1"),
            (&["hear"], "127.255.255.255"),
        ] {
            let (process, port) = peer.start_bound(words);
            sender.send_to(b"ahoy", at(to, port)).await.unwrap();
            let said = process.finish(PATIENCE).success();
            assert_eq!(said.text(), format!("{port}\nahoy"), "{peer:?}, {to}");
        }
    }
}

#[tokio::test]
async fn what_they_send_to_a_group_and_to_everyone_is_heard() {
    for peer in datagram_peers() {
        for (group, to) in [
            (Some(Group::any_source([239, 255, 8, 2])), "239.255.8.2"),
            (
                Some(Group::of_source([232, 255, 8, 2], [127, 0, 0, 1])),
                "232.255.8.2",
            ),
            (None, "127.255.255.255"),
        ] {
            let listener = bind("0.0.0.0:0", &options());
            if let Some(group) = group {
                listener
                    .join(&group.on(Interface::Name("lo".into())))
                    .unwrap();
            }
            let port = listener.local_addr().port().to_string();
            peer.run(&["tell", to, &port, "ahoy"]);
            assert_eq!(receive(&listener).await.1, b"ahoy", "{peer:?}, {to}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn socat_and_ncat_have_back_what_they_send() {
    let server = bind("127.0.0.1:0", &options());
    let port = server.local_addr().port().to_string();
    let to = format!("UDP4:127.0.0.1:{port}");
    let socat = peer::socat().map(|socat| socat.command("STDIO", &to));
    let ncat = peer::ncat().map(|ncat| ncat.command(&["--udp", "127.0.0.1", &port]));
    for mut command in socat.into_iter().chain(ncat) {
        let mut process = Process::spawn_with_stdin(&mut command);
        process.write(b"ahoy\n");
        let (received, content) = receive(&server).await;
        assert_eq!(content, b"ahoy\n");
        server.send_to(b"aye\n", received.from).await.unwrap();
        let answered = |said: &[u8]| (said == b"aye\n").then_some(());
        tokio::task::block_in_place(|| process.wait_for_stdout(answered));
    }
}

/// Asks until somebody answers: none of them says in one way when it listens.
async fn asks(client: &Udp, server: SocketAddr) -> Vec<u8> {
    for _ in 0..600 {
        client.send_to(b"ahoy", server).await.unwrap();
        let mut buffer = [0; 16];
        let wait = timeout(Duration::from_millis(100), client.recv(&mut buffer));
        if let Ok(received) = wait.await {
            return buffer[..received.unwrap().len].to_vec();
        }
    }
    panic!("{server} does not answer");
}

#[tokio::test]
async fn socat_and_ncat_send_back_what_they_get() {
    let free_port = || bind("127.0.0.1:0", &options()).local_addr().port();
    if let Some(socat) = peer::socat() {
        let port = free_port();
        let listening = format!("UDP4-RECVFROM:{port},bind=127.0.0.1,fork");
        let _server = Process::spawn(&mut socat.command(&listening, "EXEC:cat"));
        let client = bind("127.0.0.1:0", &options());
        assert_eq!(asks(&client, at("127.0.0.1", port)).await, b"ahoy");
    }
    if let Some(ncat) = peer::ncat() {
        let port = free_port();
        let mut command = ncat.command(&["--udp", "--listen", "127.0.0.1"]);
        command.args([&port.to_string(), "--exec", "/bin/cat"]);
        let _server = Process::spawn(&mut command);
        let client = bind("127.0.0.1:0", &options());
        assert_eq!(asks(&client, at("127.0.0.1", port)).await, b"ahoy");
    }
}
