//! Against programs that are not ours: Ncat is an HTTP proxy, and curl shows how it talks to a SOCKS proxy and
//! whom it needs no proxy for.

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::Stdio;
    use std::time::Duration;

    use tokio::io::{
        AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines,
    };
    use tokio::net::{TcpListener, TcpStream};
    use tokio::process::{Child, ChildStderr, Command};
    use tokio::time::timeout;

    use super::super::connect::tunnel;
    use super::super::{Bypass, Credentials, Proxy, ProxyError, SocksError, socks5};
    use crate::h1::Limits;

    /// How long a foreign program may take for anything.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// How often another port is tried when somebody was faster.
    const PORTS_TRIED_MAX: usize = 20;

    /// Starts a program, or says past the capture of the test runner that the test is skipped. With `REQUIRE_PEERS=1` a
    /// missing program is a failure.
    fn start(program: &str, test: &str, args: &[&str]) -> Option<Child> {
        let started = Command::new(program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        match started {
            Ok(child) => Some(child),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let complaint = format!("SKIPPED {test}: {program} is not installed");
                let required = std::env::var_os("REQUIRE_PEERS").is_some_and(|value| value == "1");
                assert!(!required, "{complaint}");
                let _ = writeln!(std::io::stderr(), "{complaint}");
                None
            }
            Err(error) => panic!("{program}: {error}"),
        }
    }

    struct Ncat {
        port: u16,
        _child: Child,
        /// It goes on talking.
        _lines: Lines<BufReader<ChildStderr>>,
    }

    impl Ncat {
        /// A proxy for Alice from this host. Told an address, Ncat 7.93 listens on all of them nevertheless when it is a
        /// proxy; `--allow` is heeded.
        async fn start(test: &str) -> Option<Self> {
            for _ in 0..PORTS_TRIED_MAX {
                let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let port = free.local_addr().unwrap().port();
                drop(free);
                let port_text = port.to_string();
                let args = [
                    "-4",
                    "--verbose",
                    "--nodns",
                    "--allow",
                    "127.0.0.1",
                    "--proxy-type",
                    "http",
                    "--proxy-auth",
                    "alice:hunter2",
                    "--listen",
                    &port_text,
                ];
                let mut child = start("ncat", test, &args)?;
                let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
                if is_listening(&mut lines).await {
                    return Some(Self {
                        port,
                        _child: child,
                        _lines: lines,
                    });
                }
            }
            panic!("ncat does not listen")
        }

        async fn dial(&self) -> TcpStream {
            TcpStream::connect(("127.0.0.1", self.port)).await.unwrap()
        }

        fn proxy(&self, userinfo: &str) -> Proxy {
            let text = format!("http://{userinfo}127.0.0.1:{}", self.port);
            text.parse().unwrap()
        }

        async fn tunnel(&self, userinfo: &str, authority: &str) -> Result<TcpStream, ProxyError> {
            let authorization = self.proxy(userinfo).authorization();
            let io = self.dial().await;
            let tunnel = tunnel(io, authority, authorization.as_ref(), Limits::default());
            timeout(PATIENCE, tunnel).await.unwrap()
        }
    }

    /// Whether it says so before it ends.
    async fn is_listening(lines: &mut Lines<BufReader<ChildStderr>>) -> bool {
        let waiting = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains("Listening on") {
                    return true;
                }
            }
            false
        };
        timeout(PATIENCE, waiting).await.unwrap()
    }

    #[tokio::test]
    async fn ncat_opens_a_tunnel_to_whom_it_knows() {
        let Some(ncat) = Ncat::start("ncat_opens_a_tunnel_to_whom_it_knows").await else {
            return;
        };
        let origin = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = origin.local_addr().unwrap().to_string();

        let (io, accepted) =
            tokio::join!(ncat.tunnel("alice:hunter2@", &authority), origin.accept());
        let (mut io, (mut origin_io, _)) = (io.unwrap(), accepted.unwrap());
        let mut word = [0; 4];
        io.write_all(b"ping").await.unwrap();
        timeout(PATIENCE, origin_io.read_exact(&mut word))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(&word, b"ping");
        origin_io.write_all(b"pong").await.unwrap();
        timeout(PATIENCE, io.read_exact(&mut word))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(&word, b"pong");

        let outcome = ncat.tunnel("", &authority).await;
        assert!(matches!(outcome, Err(ProxyError::CredentialsRequired)));
        let outcome = ncat.tunnel("alice:wrong@", &authority).await;
        assert!(matches!(outcome, Err(ProxyError::CredentialsRefused)));
        // Nobody listens there.
        drop(origin);
        let refused = ncat.tunnel("alice:hunter2@", &authority).await;
        assert_eq!(refused.unwrap_err().status().unwrap(), 504);
    }

    /// Lets one client negotiate a password, refuses what it asks for, and returns what it said behind the greeting: which
    /// methods it offers is its own affair.
    async fn record(listener: &TcpListener) -> Vec<u8> {
        let (mut io, _) = listener.accept().await.unwrap();
        let mut said = Vec::new();
        let [version, count] = take(&mut io, 2, &mut said).await[..] else {
            panic!("no greeting");
        };
        assert_eq!(version, 5);
        take(&mut io, count.into(), &mut said).await;
        said.clear();
        io.write_all(b"\x05\x02").await.unwrap();
        take(&mut io, 1, &mut said).await;
        for _secret in 0..2 {
            let len = take(&mut io, 1, &mut said).await[0];
            take(&mut io, len.into(), &mut said).await;
        }
        io.write_all(b"\x01\x00").await.unwrap();
        let kind = take(&mut io, 4, &mut said).await[3];
        let len = match kind {
            1 => 4,
            4 => 16,
            _ => take(&mut io, 1, &mut said).await[0].into(),
        };
        take(&mut io, len + 2, &mut said).await;
        io.write_all(b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00")
            .await
            .unwrap();
        said
    }

    async fn take(io: &mut TcpStream, len: usize, said: &mut Vec<u8>) -> Vec<u8> {
        let mut bytes = vec![0; len];
        timeout(PATIENCE, io.read_exact(&mut bytes))
            .await
            .unwrap()
            .unwrap();
        said.extend(&bytes);
        bytes
    }

    #[tokio::test]
    async fn curl_and_we_say_the_same_to_a_socks_proxy() {
        let test = "curl_and_we_say_the_same_to_a_socks_proxy";
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = format!("socks5h://al%40ice:hunter%3a2@{address}");
        for target in ["name.example:8080", "192.0.2.7:80", "[2001:db8::7]:8443"] {
            let url = format!("http://{target}/");
            let args = ["--silent", "--noproxy", "", "--proxy", &proxy, &url];
            let Some(mut curl) = start("curl", test, &args) else {
                return;
            };
            let by_curl = timeout(PATIENCE, record(&listener)).await.unwrap();
            timeout(PATIENCE, curl.wait()).await.unwrap().unwrap();

            let io = TcpStream::connect(address).await.unwrap();
            let credentials = Credentials::new("al@ice", "hunter:2").unwrap();
            let endpoint = target.parse().unwrap();
            let (outcome, by_us) = tokio::join!(
                socks5::connect(io, &endpoint, Some(&credentials)),
                record(&listener)
            );
            assert_eq!(by_us, by_curl, "{target}");
            assert!(matches!(
                outcome,
                Err(ProxyError::Socks(SocksError::ConnectionRefused))
            ));
        }
    }

    /// Whether curl goes directly: there is a listener where its proxy is, and one where it is sent to without.
    async fn curl_bypasses(curl: &mut Child, proxy: &TcpListener, direct: &TcpListener) -> bool {
        let accepting = async {
            tokio::select! {
                accepted = proxy.accept() => (accepted, false),
                accepted = direct.accept() => (accepted, true),
            }
        };
        let (accepted, bypasses) = timeout(PATIENCE, accepting).await.unwrap();
        drop(accepted.unwrap());
        timeout(PATIENCE, curl.wait()).await.unwrap().unwrap();
        bypasses
    }

    /// Curl 7.88 takes an IPv6 address for a name, and compares it as text: the prefixes that it documents hold none.
    #[tokio::test]
    async fn curl_and_we_go_directly_to_the_same_hosts() {
        let test = "curl_and_we_go_directly_to_the_same_hosts";
        let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let direct = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy_uri = format!("http://{}", proxy.local_addr().unwrap());
        let connect_to = format!("::{}", direct.local_addr().unwrap());
        for (list, host) in [
            ("example.com", "example.com"),
            ("example.com", "www.example.com"),
            ("example.com", "nonexample.com"),
            ("example.com", "example.com.evil.example"),
            (".example.com", "example.com"),
            (".example.com", "www.example.com"),
            (".example.com", "nonexample.com"),
            ("example.com.", "example.com"),
            ("example.com", "example.com."),
            ("EXAMPLE.com", "example.COM"),
            ("a.example,example.com", "example.com"),
            ("a.example, example.com", "example.com"),
            ("a.example,,example.com", "example.com"),
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7", "192.0.2.70"),
            ("192.0.2.0/24", "192.0.2.7"),
            ("192.0.2.9/24", "192.0.2.7"),
            ("192.0.2.0/29", "192.0.2.8"),
            ("192.0.2.0/24", "name.example"),
            ("2001:db8::7", "[2001:db8::7]"),
            ("2001:db8::/32", "[2001:db9::7]"),
            ("*", "example.com"),
            ("*", "[2001:db8::7]"),
        ] {
            let url = format!("http://{host}/");
            let args = [
                "--silent",
                "--noproxy",
                list,
                "--proxy",
                &proxy_uri,
                "--connect-to",
                &connect_to,
                &url,
            ];
            let Some(mut curl) = start("curl", test, &args) else {
                return;
            };
            let by_curl = curl_bypasses(&mut curl, &proxy, &direct).await;
            let by_us = list.parse::<Bypass>().unwrap().covers(host, 80);
            assert_eq!(by_us, by_curl, "{list} and {host}");
        }
    }
}
