use anyhow::Context;

/// How datagrams are sent and received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `wharf_dgram::Udp`, a call for each.
    WharfPlain,
    /// `wharf_dgram::BatchUdp`.
    WharfBatch,
    /// `tokio::net::UdpSocket`, a call for each.
    Tokio,
    /// `sendmmsg` and `recvmmsg` on a blocking socket.
    Sendmmsg,
    /// quinn-udp on a socket of tokio's, with GSO and GRO.
    QuinnUdp,
}

impl Way {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 5] = [
        Self::WharfPlain,
        Self::WharfBatch,
        Self::Tokio,
        Self::Sendmmsg,
        Self::QuinnUdp,
    ];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::WharfPlain => "wharf-plain",
            Self::WharfBatch => "wharf-batch",
            Self::Tokio => "tokio",
            Self::Sendmmsg => "sendmmsg",
            Self::QuinnUdp => "quinn-udp",
        }
    }

    /// By its name.
    ///
    /// # Errors
    ///
    /// When none has it.
    pub fn of_name(name: &str) -> anyhow::Result<Self> {
        let found = Self::ALL.into_iter().find(|way| way.name() == name);
        found.with_context(|| format!("no way is called {name:?}"))
    }
}
