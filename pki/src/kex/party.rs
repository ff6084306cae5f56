//! The automaton, of both sides.
//!
//! ```text
//! client: ──client-hello──► AwaitServerHello ──server-hello──► AwaitAuth ──server-auth──► AwaitData ──data──► Done
//!                                                                              └─► client-auth, data
//! server: AwaitClientHello ──client-hello──► AwaitAuth ──client-auth──► AwaitData ──data──► Done
//!                               └─► server-hello, server-auth                        └─► data
//! ```
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use super::client::{self, ClientConfig, Offer};
use super::server::{Chooser, ServerConfig};
use super::side::{DataKeys, Keyed, Side};
use super::{Frame, KexFault, MessageKind, Role, Step};

/// One side of an exchange: bytes in, bytes and steps out. It has no socket, no clock and no task.
///
/// ```
/// use wharf_pki::kex::{Authentication, ClientConfig, Group, Party, ServerConfig};
///
/// # fn main() -> Result<(), wharf_pki::kex::KexFault> {
/// let mut client = Party::client(ClientConfig {
///     groups: vec![Group::X25519],
///     authentication: Authentication::None,
///     server_key: None,
///     message: b"ahoy".to_vec(),
/// })?;
/// let mut server = Party::server(ServerConfig {
///     groups: vec![Group::X25519],
///     authentication: Authentication::None,
///     key: None,
///     message: b"aye".to_vec(),
/// });
/// while !client.is_done() || !server.is_done() {
///     server.receive(&client.take_output())?;
///     client.receive(&server.take_output())?;
/// }
/// assert_eq!(server.take_data().as_deref(), Some(&b"ahoy"[..]));
/// assert_eq!(client.take_data().as_deref(), Some(&b"aye"[..]));
/// # Ok(())
/// # }
/// ```
pub struct Party {
    side: Side,
    state: State,
    message: Vec<u8>,
    data: Option<Vec<u8>>,
}

enum State {
    AwaitServerHello(Vec<Offer>),
    AwaitClientHello(Box<Chooser>),
    AwaitAuth(Keyed),
    AwaitData(DataKeys),
    Done,
    Failed(KexFault),
}

impl Party {
    /// The side that begins: its client-hello is there to be sent.
    ///
    /// # Errors
    ///
    /// [`KexFault::ShareCount`] without a group, [`KexFault::ShareTwice`], [`KexFault::TransportKey`] for RSA without a key.
    pub fn client(config: ClientConfig) -> Result<Self, KexFault> {
        let mut side = Side::new(Role::Client, config.authentication);
        let offers = client::begin(&mut side, &config.groups, config.server_key.as_ref())?;
        Ok(Self {
            side,
            state: State::AwaitServerHello(offers),
            message: config.message,
            data: None,
        })
    }

    /// The side that answers.
    pub fn server(config: ServerConfig) -> Self {
        let chooser = Chooser::new(config.groups, config.key);
        Self {
            side: Side::new(Role::Server, config.authentication),
            state: State::AwaitClientHello(Box::new(chooser)),
            message: config.message,
            data: None,
        }
    }

    /// Takes bytes that have arrived, in pieces of any size.
    ///
    /// # Errors
    ///
    /// What is wrong with them; the same again from then on.
    pub fn receive(&mut self, octets: &[u8]) -> Result<(), KexFault> {
        self.side.arrive(octets);
        self.advance().inspect_err(|fault| {
            self.state = State::Failed(fault.clone());
        })
    }

    fn advance(&mut self) -> Result<(), KexFault> {
        loop {
            match &self.state {
                State::Failed(fault) => return Err(fault.clone()),
                State::Done => return self.side.nothing_left(),
                _ => {}
            }
            let Some(frame) = self.side.next()? else {
                return Ok(());
            };
            let state = std::mem::replace(&mut self.state, State::Done);
            self.state = self.step(state, &frame)?;
        }
    }

    fn step(&mut self, state: State, frame: &Frame) -> Result<State, KexFault> {
        use MessageKind::{ClientHello, Data, ServerHello};
        let role = self.side.role;
        let side = &mut self.side;
        match (state, frame.kind()) {
            (State::AwaitServerHello(offers), ServerHello) => {
                let keyed = client::on_hello(side, offers, frame)?;
                Ok(State::AwaitAuth(keyed))
            }
            (State::AwaitClientHello(chooser), ClientHello) => {
                let keyed = chooser.on_hello(side, frame)?;
                side.send_auth(&keyed)?;
                Ok(State::AwaitAuth(keyed))
            }
            (State::AwaitAuth(keyed), kind) if kind == role.other().auth() => {
                side.receive_auth(&keyed, frame)?;
                if role == Role::Server {
                    return Ok(State::AwaitData(side.data_keys(&keyed)?));
                }
                // Only now, when it knows who listens, does the client say who it is.
                side.send_auth(&keyed)?;
                let keys = side.data_keys(&keyed)?;
                side.send_data(keys.of(role), &self.message)?;
                Ok(State::AwaitData(keys))
            }
            (State::AwaitData(keys), Data) => {
                self.data = Some(side.receive_data(keys.of(role.other()), frame)?);
                if role == Role::Server {
                    side.send_data(keys.of(role), &self.message)?;
                }
                Ok(State::Done)
            }
            (state, found) => match state.expects(role) {
                Some(wanted) => Err(KexFault::UnexpectedMessage { found, wanted }),
                None => Ok(state),
            },
        }
    }

    /// Which side it is.
    pub fn role(&self) -> Role {
        self.side.role
    }

    /// What is to be sent, once.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.side.take_output()
    }

    /// The message of the other side, once.
    pub fn take_data(&mut self) -> Option<Vec<u8>> {
        self.data.take()
    }

    /// Whether the exchange is over, and well.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// The other side ended the connection.
    ///
    /// # Errors
    ///
    /// [`KexFault::Ended`] if it was too early; what was wrong before, if something was.
    pub fn end(&self) -> Result<(), KexFault> {
        if let State::Failed(fault) = &self.state {
            return Err(fault.clone());
        }
        match self.state.expects(self.side.role) {
            Some(awaiting) => Err(KexFault::Ended { awaiting }),
            None => Ok(()),
        }
    }

    /// What it did so far.
    pub fn steps(&self) -> &[Step] {
        self.side.steps()
    }
}

impl State {
    fn expects(&self, role: Role) -> Option<MessageKind> {
        match self {
            Self::AwaitServerHello(_) => Some(MessageKind::ServerHello),
            Self::AwaitClientHello(_) => Some(MessageKind::ClientHello),
            Self::AwaitAuth(_) => Some(role.other().auth()),
            Self::AwaitData(_) => Some(MessageKind::Data),
            Self::Done | Self::Failed(_) => None,
        }
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Party({}, {} steps)", self.role(), self.steps().len())
    }
}
