//! DER ([X.690 §10]): tags of one octet, definite lengths in their shortest form. That is all of OCSP and PKCS#8.
//!
//! No recursion and no allocation: each element is a slice of what is read, and the caller says which one it expects.
//!
//! [X.690 §10]: https://www.itu.int/rec/T-REC-X.690
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const SEQUENCE: u8 = 0x30;

/// The tag `[number]` around another element.
pub(super) const fn explicit(number: u8) -> u8 {
    0xa0 | number
}

/// The elements of a text in DER, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// Tag and length included.
    pub(super) whole: &'a [u8],
}

/// Not what was expected, or no DER at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotDer;

impl<'a> Reader<'a> {
    pub(super) fn new(der: &'a [u8]) -> Self {
        Self { rest: der }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn next(&mut self) -> Result<Element<'a>, NotDer> {
        let (&tag, after_tag) = self.rest.split_first().ok_or(NotDer)?;
        if tag & 0x1f == 0x1f {
            return Err(NotDer);
        }
        let (length, after_length) = length(after_tag)?;
        let (content, rest) = after_length.split_at_checked(length).ok_or(NotDer)?;
        let taken = self.rest.len().saturating_sub(rest.len());
        let whole = self.rest.get(..taken).ok_or(NotDer)?;
        self.rest = rest;
        Ok(Element {
            tag,
            content,
            whole,
        })
    }

    /// The content of the next element, which has to have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Result<&'a [u8], NotDer> {
        match self.next()? {
            element if element.tag == tag => Ok(element.content),
            _ => Err(NotDer),
        }
    }

    /// A reader of the next element's content.
    pub(super) fn enter(&mut self, tag: u8) -> Result<Self, NotDer> {
        self.expect(tag).map(Self::new)
    }

    /// The content of the next element if it has this tag; otherwise nothing is read.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, NotDer> {
        match self.rest.first() {
            Some(found) if *found == tag => self.expect(tag).map(Some),
            _ => Ok(None),
        }
    }
}

/// A number without the zero octet that keeps it positive. Empty numbers do not exist.
pub(super) fn unsigned(integer: &[u8]) -> Result<&[u8], NotDer> {
    match integer {
        [] => Err(NotDer),
        [0, rest @ ..] if !rest.is_empty() => Ok(rest),
        _ => Ok(integer),
    }
}

fn length(octets: &[u8]) -> Result<(usize, &[u8]), NotDer> {
    let (&first, rest) = octets.split_first().ok_or(NotDer)?;
    if first < 0x80 {
        return Ok((first.into(), rest));
    }
    // Four octets are 4 GiB. 0x80 is the indefinite length of BER.
    let count = usize::from(first & 0x7f);
    if !(1..=4).contains(&count) {
        return Err(NotDer);
    }
    let (digits, rest) = rest.split_at_checked(count).ok_or(NotDer)?;
    let shortest = !digits.starts_with(&[0]) && (count > 1 || digits >= &[0x80][..]);
    if !shortest {
        return Err(NotDer);
    }
    let mut length: usize = 0;
    for digit in digits {
        let shifted = length.checked_mul(256).ok_or(NotDer)?;
        length = shifted.checked_add((*digit).into()).ok_or(NotDer)?;
    }
    Ok((length, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shortest_form_of_a_length_is_read() {
        for (der, read) in [
            (&[4, 0][..], true),
            (&[4, 1, 9], true),
            (&[4, 0x81, 1, 9], false),
            (&[4, 0x80, 0, 0], false),
            (&[4, 0x82, 0, 0x80], false),
            (&[4, 0x85, 0, 0, 0, 0, 1, 9], false),
            (&[4, 0xff], false),
            (&[4, 0x84, 0xff, 0xff, 0xff, 0xff], false),
            (&[4, 2, 9], false),
            (&[4], false),
            (&[], false),
            (&[0x1f, 1, 9], false),
        ] {
            assert_eq!(Reader::new(der).next().is_ok(), read, "{der:x?}");
        }
        let long = [&[4, 0x81, 0x80][..], &[7; 0x80]].concat();
        assert_eq!(Reader::new(&long).expect(4), Ok(&[7; 0x80][..]));
    }

    #[test]
    fn an_optional_element_is_read_only_if_it_is_there() {
        let mut reader = Reader::new(&[4, 1, 9]);
        assert_eq!(reader.optional(2), Ok(None));
        assert_eq!(reader.optional(4), Ok(Some(&[9][..])));
        assert_eq!(reader.optional(4), Ok(None));
        assert!(reader.is_at_end());
    }
}
