use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;
use wharf_interop_tests::PATIENCE;
use wharf_interop_tests::tls::{
    Ask, ClientAuth, Feature, Resumption, Role, Seen, TlsPeer, Version,
};

use crate::lab::Lab;
use crate::ours::{OurClient, OurServer, Ours, Talk, versions};
use crate::table::Outcome;

/// A peer in a role and a version.
pub(crate) struct Case<'a> {
    pub(crate) lab: &'a Lab,
    pub(crate) peer: &'a dyn TlsPeer,
    pub(crate) role: Role,
    pub(crate) version: Version,
}

/// What both sides shall do.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) client: Ask,
    pub(crate) server: Ask,
    /// When the client may begin, if the server is ours.
    pub(crate) client_begins: Option<SystemTime>,
}

/// What both sides say of it.
pub(crate) struct Both {
    pub(crate) ours: Vec<Ours>,
    pub(crate) theirs: Vec<Seen>,
}

/// How long our side has after the peer has ended.
const AFTER_THE_PEER: Duration = Duration::from_secs(10);

impl Case<'_> {
    /// Why the peer cannot do all of this.
    pub(crate) fn unable(&self, needs: &[Feature]) -> Option<&'static str> {
        let handshake = [Feature::Handshake];
        let mut needs = handshake.iter().chain(needs);
        needs.find_map(|feature| self.peer.unable(self.role, self.version, *feature))
    }

    /// A connection with nothing special: a small exchange, and the server closes first unless the peer minds.
    pub(crate) fn plan(&self) -> Plan {
        let mute = self
            .peer
            .unable(self.role, self.version, Feature::CloseSecond)
            .is_some();
        let client_closes_first = mute == (self.role == Role::Client);
        let ask = Ask {
            version: self.version,
            trust: None,
            identity: None,
            client_auth: ClientAuth::Off,
            alpn: Vec::new(),
            name: "localhost",
            connections: 1,
            resumption: Resumption::Ticket,
            key_update: false,
            bytes: 64,
            piece: 64,
            closes_first: false,
        };
        Plan {
            client: Ask {
                trust: Some(self.lab.root.clone()),
                closes_first: client_closes_first,
                ..ask.clone()
            },
            server: Ask {
                identity: Some(self.lab.server.clone()),
                closes_first: !client_closes_first,
                ..ask
            },
            client_begins: None,
        }
    }

    /// Runs both sides against each other.
    pub(crate) fn run(&self, plan: &Plan) -> Both {
        match self.role {
            Role::Client => self.run_against_our_server(plan),
            Role::Server => self.run_against_their_server(plan),
        }
    }

    fn run_against_our_server(&self, plan: &Plan) -> Both {
        let talk = if self.peer.speaks_http() {
            Talk::Http
        } else {
            Talk::Bytes
        };
        let versions = versions(&plan.server, &plan.client);
        let server = OurServer::bind(&plan.server, versions, talk);
        let server = self.lab.runtime.block_on(server);
        let port = server.port();
        let connections = plan.server.connections;
        // As they come, so that what was served is known when the peer has ended early.
        let (served, mut reports) = mpsc::channel(connections);
        let serving = self.lab.runtime.spawn(async move {
            for _ in 0..connections {
                if served.send(server.serve().await).await.is_err() {
                    break;
                }
            }
        });
        if let Some(begin) = plan.client_begins {
            self.lab.runtime.block_on(until(begin));
        }
        let theirs = self.peer.client(port, &plan.client);
        let ours = self.lab.runtime.block_on(async {
            let mut ours = Vec::new();
            while let Ok(Some(report)) = tokio::time::timeout(AFTER_THE_PEER, reports.recv()).await
            {
                ours.push(report);
            }
            ours
        });
        serving.abort();
        Both { ours, theirs }
    }
}

impl Case<'_> {
    fn run_against_their_server(&self, plan: &Plan) -> Both {
        let server = self.peer.server(&plan.server);
        let client = OurClient::new(&plan.client, versions(&plan.client, &plan.server));
        let dial = server.dial();
        let (ended, client_ended) = std::sync::mpsc::sync_channel(1);
        let connections = plan.client.connections;
        let connecting = self.lab.runtime.spawn(async move {
            let mut ours = Vec::new();
            for _ in 0..connections {
                let connection = tokio::time::timeout(PATIENCE, client.connect(&dial));
                ours.push(connection.await.unwrap_or_else(|_elapsed| Ours {
                    error: Some(format!("not over after {PATIENCE:?}")),
                    ..Ours::default()
                }));
            }
            let failed = ours.iter().any(|ours| ours.error.is_some());
            // A server that needs no telling is not listening.
            let _ = ended.send(failed);
            ours
        });
        // Meanwhile: some servers have to be told what to answer.
        let theirs = server.finish(client_ended);
        let ours = self.lab.runtime.block_on(connecting).unwrap();
        Both { ours, theirs }
    }
}

/// Waits for the wall clock, which the validity of a certificate goes by.
async fn until(time: SystemTime) {
    while let Ok(left) = time.duration_since(SystemTime::now()) {
        tokio::time::sleep(left).await;
    }
}

impl Both {
    /// The last connection, as our side has it.
    pub(crate) fn ours(&self) -> &Ours {
        const NONE: &Ours = &Ours {
            info: None,
            content: false,
            clean: false,
            alert: None,
            error: None,
        };
        self.ours.last().unwrap_or(NONE)
    }

    /// The last connection, as the peer has it.
    pub(crate) fn theirs(&self) -> &Seen {
        self.theirs.last().expect("a peer reports at least once")
    }

    /// Fails with everything that was said, unless all of these are true.
    pub(crate) fn check(&self, claims: &[(&str, bool)]) -> Outcome {
        let wrong: Vec<_> = claims
            .iter()
            .filter_map(|(claim, holds)| (!holds).then_some(*claim))
            .collect();
        if wrong.is_empty() {
            return Outcome::Ok;
        }
        let mut text = format!("not so: {}", wrong.join("; "));
        for ours in &self.ours {
            text += &format!("\n{ours}");
        }
        for theirs in &self.theirs {
            text += &format!("\nthe peer: {theirs}");
        }
        Outcome::Failed(text)
    }
}

const _: () = assert!(AFTER_THE_PEER.as_secs() < PATIENCE.as_secs());
