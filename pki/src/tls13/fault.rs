//! Why something cannot be decoded.

use super::{Sender, names};

/// A rule of the presentation language ([RFC 8446 §3]) that a message broke.
///
/// [RFC 8446 §3]: https://www.rfc-editor.org/rfc/rfc8446#section-3
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A field leads beyond the end of what it is in.
    #[error("it ends within `{0}`")]
    Short(&'static str),
    /// Something is left behind the last field.
    #[error("{bytes} bytes are left behind the end of `{within}`")]
    Trailing {
        /// What has an end.
        within: &'static str,
        /// How many follow, in bytes.
        bytes: usize,
    },
    /// An extension comes twice ([RFC 8446 §4.2]).
    ///
    /// [RFC 8446 §4.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2
    #[error("the extension {} comes twice", names::extension(*.0))]
    Twice(u16),
    /// There are more fields than are told of one message.
    #[error("it has more than {0} fields")]
    TooManyFields(usize),
}

/// Why decoding did not go on, in one direction or at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The bytes are no records: their first one is no content type.
    #[error("what the {from} sent is not TLS: a record cannot begin with the byte {first:#04x}")]
    NotRecords {
        /// Who sent them.
        from: Sender,
        /// The first byte.
        first: u8,
    },
    /// A record is longer than records may be ([RFC 8446 §5.2]).
    ///
    /// [RFC 8446 §5.2]: https://www.rfc-editor.org/rfc/rfc8446#section-5.2
    #[error("a record of the {from} has {length} bytes, where {max} are allowed")]
    RecordTooLong {
        /// Who sent it.
        from: Sender,
        /// What it says, in bytes.
        length: usize,
        /// What is allowed, in bytes.
        max: usize,
    },
    /// The bytes end within a record.
    #[error("the bytes of the {from} end within a record: {bytes} are left over")]
    RecordCut {
        /// Who sent it.
        from: Sender,
        /// What is there of it, in bytes.
        bytes: usize,
    },
    /// A handshake message is longer than is read here.
    #[error("a handshake message of the {from} has {length} bytes, where {max} are read")]
    MessageTooLong {
        /// Who sent it.
        from: Sender,
        /// What it says, in bytes.
        length: usize,
        /// What is read, in bytes.
        max: usize,
    },
    /// A handshake message was begun, and then came something else ([RFC 8446 §5.1]).
    ///
    /// [RFC 8446 §5.1]: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
    #[error("a handshake message of the {from} is not whole: {bytes} bytes of it are there")]
    MessageCut {
        /// Who sent it.
        from: Sender,
        /// What is there of it, in bytes.
        bytes: usize,
    },
    /// A message came where it cannot come.
    #[error("{} of the {from} is out of order", names::handshake_type(*.message))]
    OutOfOrder {
        /// Who sent it.
        from: Sender,
        /// Its type.
        message: u8,
    },
    /// A message that decides how to go on cannot be read.
    #[error("{} cannot be read: {why}", names::handshake_type(*.message))]
    Unreadable {
        /// Its type.
        message: u8,
        /// Why.
        why: Malformed,
    },
    /// The server chose another version than TLS 1.3.
    #[error("the server chose the version {0:#06x}, which is not TLS 1.3")]
    OtherVersion(u16),
    /// The server chose a cipher suite that is not known here.
    #[error("the server chose the cipher suite {0:#06x}, which is not decoded here")]
    UnknownCipherSuite(u16),
    /// The key log does not have the secret that would open what follows.
    #[error("the key log has no {0} of this connection")]
    NoSecret(&'static str),
    /// A protected record came before there are keys to open it with: early data, or something out of order.
    #[error("a protected record of the {from} came before there are keys for it")]
    NoKeys {
        /// Who sent it.
        from: Sender,
    },
    /// A record does not open with the keys of its sender.
    #[error("record {number} of the {from} does not open with the keys that were derived")]
    NotOpened {
        /// Who sent it.
        from: Sender,
        /// Its number under these keys, from 0.
        number: u64,
    },
    /// A protected record has no content type inside.
    #[error("record {number} of the {from} has nothing but padding in it")]
    OnlyPadding {
        /// Who sent it.
        from: Sender,
        /// Its number under these keys, from 0.
        number: u64,
    },
    /// The recording is longer than what is kept of one.
    #[error("the connection went on for longer than is recorded")]
    RecordingCut,
}
