//! Carries messages from side to side, through the hands of somebody in between.

use wharf_pki::kex::{Frame, KexFault, Party, Role};

use crate::kex::record::Record;

/// Somebody in between.
pub(super) trait Middle {
    /// What goes on in place of a message.
    fn pass(&mut self, from: Role, frame: Frame, record: &mut Record) -> anyhow::Result<Vec<u8>>;

    /// The exchange is over.
    fn after(&mut self, _record: &mut Record) {}
}

/// Nobody.
pub(super) struct Nobody;

impl Middle for Nobody {
    fn pass(&mut self, _: Role, frame: Frame, _: &mut Record) -> anyhow::Result<Vec<u8>> {
        Ok(frame.into_octets())
    }
}

/// Somebody who keeps a copy.
#[derive(Default)]
pub(super) struct Relay {
    pub(super) frames: Vec<(Role, Frame)>,
}

impl Middle for Relay {
    fn pass(&mut self, from: Role, frame: Frame, _: &mut Record) -> anyhow::Result<Vec<u8>> {
        self.frames.push((from, frame.clone()));
        Ok(frame.into_octets())
    }

    fn after(&mut self, record: &mut Record) {
        let bytes: usize = self
            .frames
            .iter()
            .map(|(_, frame)| frame.octets().len())
            .sum();
        record.note(
            format!(
                "has a copy of all {} messages, {bytes} bytes, and can read two of them: the hellos. In them are the shares and \
                 the nonces; the secret follows from none of them, and without it all else is noise. A quantum computer, one \
                 day, would change that for X25519 and the curves, not for ML-KEM.",
                self.frames.len()
            ),
            None,
        );
    }
}

/// Both sides, and the story so far.
pub(super) struct Stage {
    client: Party,
    server: Party,
    /// How many steps of each are in the record.
    told: [usize; 2],
    pub(super) record: Record,
}

impl Stage {
    pub(super) fn new(client: Party, server: Party, record: Record) -> Self {
        let mut stage = Self {
            client,
            server,
            told: [0, 0],
            record,
        };
        stage.tell(Role::Client);
        stage
    }

    fn tell(&mut self, role: Role) {
        let (party, told) = match role {
            Role::Client => (&self.client, &mut self.told[0]),
            Role::Server => (&self.server, &mut self.told[1]),
        };
        self.record
            .add(party.steps().get(*told..).unwrap_or_default());
        *told = party.steps().len();
    }

    fn party(&mut self, role: Role) -> &mut Party {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// What a side has to send, in messages.
    pub(super) fn sent(&mut self, role: Role) -> anyhow::Result<Vec<Frame>> {
        let mut output = self.party(role).take_output();
        let mut frames = Vec::new();
        while let Some(frame) = Frame::take(&mut output).map_err(wharf_pki::Error::Kex)? {
            frames.push(frame);
        }
        Ok(frames)
    }

    /// Hands octets to a side. Whether it goes on.
    pub(super) fn hand(&mut self, to: Role, octets: &[u8]) -> bool {
        let taken = self.party(to).receive(octets);
        self.tell(to);
        self.judge(to, taken)
    }

    fn judge(&mut self, role: Role, taken: Result<(), KexFault>) -> bool {
        match taken {
            Ok(()) => true,
            Err(fault) => {
                self.record.refuse(role.name(), &fault);
                false
            }
        }
    }

    /// Another server takes the place of the one that there was, and the client is gone.
    pub(super) fn replace_server(&mut self, server: Party) {
        self.server = server;
        self.told[1] = 0;
    }

    /// Plays it to its end, or until a side refuses.
    pub(super) fn play(&mut self, middle: &mut dyn Middle) -> anyhow::Result<()> {
        loop {
            let mut was_silent = true;
            for from in [Role::Client, Role::Server] {
                for frame in self.sent(from)? {
                    was_silent = false;
                    let octets = middle.pass(from, frame, &mut self.record)?;
                    if !self.hand(from.other(), &octets) {
                        return Ok(());
                    }
                }
            }
            if was_silent {
                break;
            }
        }
        for role in [Role::Client, Role::Server] {
            let ended = self.party(role).end();
            if !self.judge(role, ended) {
                return Ok(());
            }
        }
        self.record.outcome.agreed = true;
        middle.after(&mut self.record);
        Ok(())
    }

    pub(super) fn into_record(self) -> Record {
        self.record
    }
}
