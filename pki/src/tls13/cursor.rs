//! Reading a message field by field, and noting where each one is.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::ops::Range;

use super::Malformed;

/// The most fields that are noted of one message. A ClientHello of a browser has about 150.
const FIELDS_MAX: usize = 4096;

/// A field of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// Its name in the RFC.
    pub name: &'static str,
    /// How deep it stands within others, from 0.
    pub depth: u8,
    /// Where it is in the bytes of the message.
    pub range: Range<usize>,
    /// What it holds.
    pub value: Value,
}

/// What a field holds, as far as one can say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// Other fields; those that follow with a greater depth.
    Fields,
    /// Bytes without a meaning of their own.
    Opaque,
    /// The length of what follows, in bytes.
    Length(usize),
    /// A number.
    Number(u32),
    /// Text, as it came: it may hold anything.
    Text(String),
    /// The type of a handshake message.
    HandshakeType(u8),
    /// A version of the protocol.
    Version(u16),
    /// A cipher suite.
    CipherSuite(u16),
    /// A named group.
    NamedGroup(u16),
    /// A signature scheme.
    SignatureScheme(u16),
    /// The type of an extension.
    Extension(u16),
    /// A certificate in DER.
    Certificate,
    /// The level of an alert.
    AlertLevel(u8),
    /// What an alert says.
    Alert(u8),
}

/// How many bytes the length in front of a vector has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Width {
    One,
    Two,
    Three,
}

impl Width {
    fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }
}

/// A place in a message, with an end that it may not go beyond.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    message: &'a [u8],
    at: usize,
    end: usize,
    depth: u8,
    fields: Vec<Field>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self {
            message,
            at: 0,
            end: message.len(),
            depth: 0,
            fields: Vec::new(),
        }
    }

    pub(super) fn into_fields(self) -> Vec<Field> {
        self.fields
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at >= self.end
    }

    /// What the last byte that was read is behind.
    pub(super) fn rest(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// Takes bytes without noting them.
    fn take(&mut self, name: &'static str, bytes: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(bytes).filter(|end| *end <= self.end);
        let end = end.ok_or(Malformed::Short(name))?;
        let taken = self.message.get(self.at..end);
        self.at = end;
        taken.ok_or(Malformed::Short(name))
    }

    fn note(&mut self, name: &'static str, from: usize, value: Value) -> Result<(), Malformed> {
        if self.fields.len() >= FIELDS_MAX {
            return Err(Malformed::TooManyFields(FIELDS_MAX));
        }
        self.fields.push(Field {
            name,
            depth: self.depth,
            range: from..self.at,
            value,
        });
        Ok(())
    }

    fn number(&mut self, name: &'static str, bytes: usize) -> Result<u32, Malformed> {
        let taken = self.take(name, bytes)?;
        Ok(taken
            .iter()
            .fold(0, |number, byte| (number << 8) | u32::from(*byte)))
    }

    /// A number of one byte.
    pub(super) fn u8(
        &mut self,
        name: &'static str,
        value: impl FnOnce(u8) -> Value,
    ) -> Result<u8, Malformed> {
        let from = self.at;
        let number = self.number(name, 1)?.try_into().unwrap_or(u8::MAX);
        self.note(name, from, value(number))?;
        Ok(number)
    }

    /// A number of two bytes.
    pub(super) fn u16(
        &mut self,
        name: &'static str,
        value: impl FnOnce(u16) -> Value,
    ) -> Result<u16, Malformed> {
        let from = self.at;
        let number = self.number(name, 2)?.try_into().unwrap_or(u16::MAX);
        self.note(name, from, value(number))?;
        Ok(number)
    }

    /// A length of three bytes, as handshake messages have.
    pub(super) fn u24(&mut self, name: &'static str) -> Result<usize, Malformed> {
        let from = self.at;
        let number = self.number(name, 3)?.try_into().unwrap_or(usize::MAX);
        self.note(name, from, Value::Length(number))?;
        Ok(number)
    }

    /// A number of four bytes.
    pub(super) fn u32(&mut self, name: &'static str) -> Result<u32, Malformed> {
        let from = self.at;
        let number = self.number(name, 4)?;
        self.note(name, from, Value::Number(number))?;
        Ok(number)
    }

    /// So many bytes.
    pub(super) fn bytes(
        &mut self,
        name: &'static str,
        bytes: usize,
        value: Value,
    ) -> Result<&'a [u8], Malformed> {
        let from = self.at;
        let taken = self.take(name, bytes)?;
        self.note(name, from, value)?;
        Ok(taken)
    }

    /// Everything up to the end.
    pub(super) fn all(&mut self, name: &'static str) -> Result<&'a [u8], Malformed> {
        self.bytes(name, self.rest(), Value::Opaque)
    }

    /// Bytes behind their length.
    pub(super) fn opaque(
        &mut self,
        width: Width,
        name: &'static str,
    ) -> Result<&'a [u8], Malformed> {
        self.valued(width, name, Value::Opaque)
    }

    /// Bytes behind their length, with a meaning.
    pub(super) fn valued(
        &mut self,
        width: Width,
        name: &'static str,
        value: Value,
    ) -> Result<&'a [u8], Malformed> {
        let from = self.at;
        let length = self.length(width, name)?;
        let taken = self.take(name, length)?;
        self.note(name, from, value)?;
        Ok(taken)
    }

    /// The bytes that [`valued`](Self::valued) would take.
    pub(super) fn peek_opaque(
        &mut self,
        width: Width,
        name: &'static str,
    ) -> Result<&'a [u8], Malformed> {
        let from = self.at;
        let length = self.length(width, name)?;
        let taken = self.take(name, length);
        self.at = from;
        taken
    }

    fn length(&mut self, width: Width, name: &'static str) -> Result<usize, Malformed> {
        let length = self.number(name, width.bytes())?;
        Ok(length.try_into().unwrap_or(usize::MAX))
    }

    /// Fields behind their length, all of which have to be read.
    pub(super) fn vector<T>(
        &mut self,
        width: Width,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<T, Malformed> {
        let from = self.at;
        let length = self.length(width, name)?;
        let end = self.at.checked_add(length).filter(|end| *end <= self.end);
        let end = end.ok_or(Malformed::Short(name))?;
        let outer = std::mem::replace(&mut self.end, end);
        let at = std::mem::replace(&mut self.at, end);
        self.note(name, from, Value::Fields)?;
        self.at = at;
        self.depth = self.depth.saturating_add(1);
        let read = read(self)?;
        self.depth = self.depth.saturating_sub(1);
        if self.rest() > 0 {
            return Err(Malformed::Trailing {
                within: name,
                bytes: self.rest(),
            });
        }
        self.end = outer;
        Ok(read)
    }

    /// Numbers of two bytes behind their length.
    pub(super) fn u16s(
        &mut self,
        width: Width,
        list: &'static str,
        name: &'static str,
        value: impl Fn(u16) -> Value,
    ) -> Result<Vec<u16>, Malformed> {
        self.vector(width, list, |list| {
            let mut numbers = Vec::new();
            while !list.is_empty() {
                numbers.push(list.u16(name, &value)?);
            }
            Ok(numbers)
        })
    }
}
