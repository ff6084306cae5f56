//! Each example is a whole program, so it is started as one.

#![forbid(unsafe_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use wharf_dgram::{DgramOptions, Udp};

/// A program that ends with the test, however the test ends.
struct Example {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Example {
    fn start(name: &str, args: &[&str]) -> Self {
        // Test programs live in target/<profile>/deps, examples beside that, and both are built together.
        let test = std::env::current_exe().unwrap();
        let profile = test.ancestors().nth(2).unwrap();
        let mut child = Command::new(profile.join("examples").join(name))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            stderr: BufReader::new(child.stderr.take().unwrap()),
            child,
        }
    }

    /// One that tells on its first line where it listens.
    fn listening(name: &str) -> (Self, SocketAddr) {
        let mut example = Self::start(name, &["127.0.0.1:0"]);
        let line = example.line();
        let address = line.strip_prefix("listening on ").expect(&line);
        let address = address.parse().unwrap();
        (example, address)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn line_of_stderr(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn say(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{text}").unwrap();
    }

    /// Waits for its end. Whether it succeeded, and what it had said.
    fn finish(mut self) -> (bool, String, String) {
        drop(self.stdin.take());
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).unwrap();
        self.stderr.read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().success(), stdout, stderr)
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bind(address: &str) -> Udp {
    Udp::bind(address.parse().unwrap(), &DgramOptions::default()).unwrap()
}

/// What never comes fails the test instead of stopping it.
async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), wait)
        .await
        .expect("within half a minute")
}

#[tokio::test]
async fn echo_sends_back_what_it_got_and_leaves_out_what_was_cut() {
    let (_echo, address) = Example::listening("udp_echo");
    let client = bind("127.0.0.1:0");
    client.connect(address).unwrap();
    client.send(&[7; 1501]).await.unwrap();
    client.send(b"ahoy").await.unwrap();
    let mut buffer = [0; 2000];
    let answer = in_time(client.recv(&mut buffer)).await.unwrap();
    assert_eq!(&buffer[..answer.len], b"ahoy");
}

#[tokio::test]
async fn who_chats_is_heard_by_all() {
    // A port that is free, and that all of them can have.
    let port = bind("0.0.0.0:0").local_addr().port();
    let group = format!("239.255.7.9:{port}");
    let join = |name: &str| {
        let mut chat = Example::start("multicast_chat", &[&group, "lo", name]);
        assert_eq!(chat.line(), format!("joined {group}"));
        chat
    };
    let (mut ann, mut bob) = (join("Ann"), join("Bob"));
    ann.say("ahoy");
    for chat in [&mut ann, &mut bob] {
        assert_eq!(chat.line(), "Ann: ahoy");
    }
    bob.say("\u{1b}[2J\u{fc}");
    for chat in [&mut ann, &mut bob] {
        assert_eq!(chat.line(), "Bob: \\u{1b}[2J\u{fc}", "no cursor is moved");
    }
    ann.say(&"x".repeat(1400));
    assert_eq!(ann.line_of_stderr(), "longer than 1400 bytes, not sent");
    let (succeeded, rest, _) = ann.finish();
    assert!(succeeded && rest.is_empty(), "{rest}");
}

/// The answer of a resolver to a query: these records, and this code.
fn answer(query: &[u8], code: u8, records: &[&[u8]]) -> Vec<u8> {
    let mut answer = query.to_vec();
    answer[2] |= 0x80;
    answer[3] = 0x80 | code;
    answer[7] = u8::try_from(records.len()).unwrap();
    for record in records {
        answer.extend(*record);
    }
    answer
}

/// A: a pointer to the name in the question, type, class, TTL, length, address.
const A: &[u8] = &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7];
/// CNAME `x.`: not what was asked for.
const CNAME: &[u8] = &[0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 1, b'x', 0];

#[tokio::test]
async fn a_stub_asks_a_resolver_and_believes_no_stranger() {
    let (resolver, stranger) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let at = resolver.local_addr().to_string();
    let stub = Example::start("dns_stub", &[&at, "ships.example"]);
    let mut buffer = [0; 512];
    // The first query is lost on the way.
    in_time(resolver.recv(&mut buffer)).await.unwrap();
    let asked = in_time(resolver.recv(&mut buffer)).await.unwrap();
    let query = buffer[..asked.len].to_vec();
    assert_eq!(
        &query[12..],
        b"\x05ships\x07example\x00\x00\x01\x00\x01",
        "the question"
    );
    let wrong = answer(&query, 0, &[&[&A[..15], &[9]].concat()]);
    stranger.send_to(&wrong, asked.from).await.unwrap();
    let mut other_id = answer(&query, 3, &[]);
    other_id[0] ^= 1;
    let mut other_question = answer(&query, 3, &[]);
    other_question[13] ^= 1;
    for ignored in [&other_id[..], &other_question, &query, b"", &query[..11]] {
        resolver.send_to(ignored, asked.from).await.unwrap();
    }
    let right = answer(&query, 0, &[CNAME, A]);
    resolver.send_to(&right, asked.from).await.unwrap();
    let (succeeded, addresses, complaint) = stub.finish();
    assert!(succeeded, "{complaint}");
    assert_eq!(addresses, "192.0.2.7\n");
}

#[tokio::test]
async fn a_stub_survives_every_cut_of_an_answer() {
    let resolver = bind("127.0.0.1:0");
    let at = resolver.local_addr().to_string();
    let whole = answer(&[0; 31], 0, &[CNAME, A]).len();
    for (len, complaint) in [
        (31, "ends early"),
        (40, "ends early"),
        (whole - 1, "ends early"),
    ] {
        let stub = Example::start("dns_stub", &[&at, "ships.example"]);
        for _ in 0..3 {
            let mut buffer = [0; 512];
            let asked = in_time(resolver.recv(&mut buffer)).await.unwrap();
            let cut = &answer(&buffer[..asked.len], 0, &[CNAME, A])[..len];
            resolver.send_to(cut, asked.from).await.unwrap();
        }
        let (succeeded, _, said) = stub.finish();
        assert!(!succeeded && said.contains(complaint), "{len}: {said}");
    }
}

#[tokio::test]
async fn counters_add_up_and_nonsense_is_not_counted() {
    let (mut statsd, address) = Example::listening("statsd_counter");
    let client = bind("127.0.0.1:0");
    client
        .send_to(b"ships:2|c\nboats:1|c", address)
        .await
        .unwrap();
    assert_eq!(
        (statsd.line(), statsd.line()),
        ("ships = 2".into(), "boats = 1".into())
    );
    for nonsense in [&b"ships:x|c"[..], b"ships", b":1|c", b"\xff:1|c", b""] {
        client.send_to(nonsense, address).await.unwrap();
        let said = statsd.line_of_stderr();
        let wanted = format!("not counted: {}", nonsense.escape_ascii());
        let wanted = wanted.trim_end();
        assert!(said.ends_with(wanted), "{said}");
    }
    client.send_to(b"ships:-1|c", address).await.unwrap();
    assert_eq!(statsd.line(), "ships = 1");
    client.send_to(&[b'x'; 8193], address).await.unwrap();
    assert!(statsd.line_of_stderr().ends_with("longer than 8192 bytes"));
}

#[cfg(feature = "quinn")]
#[test]
fn an_echo_comes_back_over_quic() {
    let mut server = Example::start("quic_echo", &["serve", "127.0.0.1:0"]);
    let line = server.line();
    let words: Vec<_> = line.split(' ').collect();
    let ["listening", "on", address, certificate] = words[..] else {
        panic!("{line}");
    };
    let client = Example::start("quic_echo", &["ask", address, certificate, "ahoy"]);
    let (succeeded, said, complaint) = client.finish();
    assert!(succeeded, "{complaint}");
    assert_eq!(said, "ahoy\n");
    // Who has another certificate is not believed.
    let mut other = Example::start("quic_echo", &["serve", "127.0.0.1:0"]);
    let other = other.line();
    let stranger = other.rsplit(' ').next().unwrap();
    let client = Example::start("quic_echo", &["ask", address, stranger, "ahoy"]);
    let (succeeded, said, _) = client.finish();
    assert!(!succeeded && said.is_empty());
}
