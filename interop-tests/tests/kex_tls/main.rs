//! `wharf kex tls`: what it says of a handshake, held against what the server says of the same one.

mod openssl;
mod page;
mod servers;

use std::path::{Path, PathBuf};

use serde_json::Value;
use wharf_interop_tests::{Finished, Home, Process};

/// A home with a CA, and a certificate for `api.test` and 127.0.0.1 beside it.
struct Issued {
    home: Home,
    chain: PathBuf,
    key: PathBuf,
}

impl Issued {
    #[track_caller]
    fn new() -> Self {
        let home = Home::new();
        let out = home.beside("out");
        let names = [
            "cert",
            "issue",
            "api.test",
            "127.0.0.1",
            "--out",
            text(&out),
        ];
        let _ = Process::run(&mut home.wharf(&names)).success();
        Self {
            chain: out.join("api.test.pem"),
            key: out.join("api.test.key"),
            home,
        }
    }

    /// `wharf kex tls` at a port of 127.0.0.1.
    fn kex(&self, port: u16, args: &[&str]) -> Finished {
        let server = format!("127.0.0.1:{port}");
        let mut command = self
            .home
            .wharf(&["kex", "tls", &server, "--name", "api.test"]);
        Process::run(command.args(args))
    }

    /// The same in JSON, of a handshake that is as it should be.
    #[track_caller]
    fn told(&self, port: u16, args: &[&str]) -> Value {
        let (said, ended) = self.json(port, args);
        assert_eq!(ended.code(), Some(0), "{ended}");
        assert_eq!(
            (&said["complete"], &said["holds"]),
            (&true.into(), &true.into())
        );
        assert_eq!(said["faults"], Value::Array(Vec::new()), "{ended}");
        said
    }

    #[track_caller]
    fn json(&self, port: u16, args: &[&str]) -> (Value, Finished) {
        let ended = self.kex(port, &[args, &["--json"]].concat());
        let said: Value =
            serde_json::from_slice(&ended.stdout).unwrap_or_else(|_| panic!("{ended}"));
        assert_eq!(said["format"], 1);
        (said, ended)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The handshake messages: who sent them, what they are, how long they are.
fn messages(said: &Value) -> Vec<(String, String, u64)> {
    let messages = said["messages"].as_array().unwrap().iter();
    let told = messages.map(|it| {
        let word = |member: &str| it[member].as_str().unwrap().to_owned();
        (word("from"), word("type"), it["length"].as_u64().unwrap())
    });
    told.filter(|(_, kind, _)| kind != "ChangeCipherSpec" && kind != "Alert")
        .collect()
}

/// The types of the messages, in order, without who sent them, and without tickets: Go sends them before the client is done.
fn types(said: &Value) -> Vec<String> {
    let types = messages(said).into_iter().map(|(_, kind, _)| kind);
    types.filter(|kind| kind != "NewSessionTicket").collect()
}

/// How many secrets were computed and are the same in the key log.
fn agreeing(said: &Value) -> usize {
    let schedule = said["schedule"].as_array().unwrap().iter();
    schedule.filter(|it| it["agrees_with_log"] == true).count()
}
