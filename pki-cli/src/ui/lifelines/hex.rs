//! Bytes, row by row, with what they are.

use std::ops::Range;

use super::{Annotation, Message};

/// The most bytes of one field that are shown; the rest of it is told as a number. A key share of ML-KEM has 1184.
const FIELD_BYTES_MAX: usize = 1536;

/// Some bytes, and what begins with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) offset: usize,
    /// In hexadecimal, two digits and a space for each.
    pub(crate) hex: String,
    pub(crate) depth: usize,
    /// Empty where the bytes of the row before go on.
    pub(crate) name: String,
    pub(crate) value: String,
}

/// The bytes of a message, so many in a row. Each annotation has a row of its own; what holds other ones has the bytes in front of the first of
/// them.
pub(crate) fn rows(message: &Message, row_bytes: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let all = [Annotation {
        range: 0..message.bytes.len(),
        ..Annotation::default()
    }];
    let annotations = match message.annotations.as_slice() {
        [] if message.bytes.is_empty() => return rows,
        [] => &all[..],
        given => given,
    };
    let mut at = 0;
    for (number, annotation) in annotations.iter().enumerate() {
        let next = annotations.get(number + 1);
        let end = match next {
            Some(inner) if inner.range.start < annotation.range.end => inner.range.start,
            _ => annotation.range.end,
        };
        let own = annotation.range.start..end;
        rows.extend(field(message, annotation, own, row_bytes));
        at = at.max(end);
    }
    // What could not be read has no annotation.
    if at < message.bytes.len() {
        let rest = Annotation {
            range: at..message.bytes.len(),
            name: "not read".to_owned(),
            ..Annotation::default()
        };
        rows.extend(field(message, &rest, rest.range.clone(), row_bytes));
    }
    rows
}

fn field(
    message: &Message,
    annotation: &Annotation,
    own: Range<usize>,
    row_bytes: usize,
) -> Vec<Row> {
    let bytes = message.bytes.get(own.clone()).unwrap_or_default();
    let shown = bytes.get(..FIELD_BYTES_MAX).unwrap_or(bytes);
    let row = |offset, hex| Row {
        offset,
        hex,
        depth: annotation.depth,
        name: String::new(),
        value: String::new(),
    };
    let chunks = shown.chunks(row_bytes).enumerate();
    let mut rows: Vec<_> = chunks
        .map(|(number, chunk)| row(own.start + number * row_bytes, digits(chunk)))
        .collect();
    if shown.len() < bytes.len() {
        let rest = bytes.len() - shown.len();
        rows.push(row(own.start + shown.len(), format!("… {rest} more bytes")));
    }
    if rows.is_empty() {
        rows.push(row(own.start, String::new()));
    }
    if let Some(first) = rows.first_mut() {
        first.name.clone_from(&annotation.name);
        first.value.clone_from(&annotation.value);
    }
    rows
}

fn digits(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotation(range: Range<usize>, depth: usize, name: &str) -> Annotation {
        Annotation {
            range,
            depth,
            name: name.to_owned(),
            value: String::new(),
        }
    }

    fn told(message: &Message) -> Vec<(usize, String, String)> {
        let rows = rows(message, 16).into_iter();
        rows.map(|row| (row.offset, row.hex, row.name)).collect()
    }

    #[test]
    fn a_field_that_holds_others_has_the_bytes_in_front_of_them() {
        let message = Message {
            bytes: vec![0, 2, 7, 8, 9],
            annotations: vec![annotation(0..4, 0, "list"), annotation(2..4, 1, "item")],
            ..Message::default()
        };
        assert_eq!(
            told(&message),
            [
                (0, "00 02".to_owned(), "list".to_owned()),
                (2, "07 08".to_owned(), "item".to_owned()),
                (4, "09".to_owned(), "not read".to_owned()),
            ]
        );
    }

    #[test]
    fn a_long_field_is_cut_and_that_is_told() {
        let message = Message {
            bytes: vec![0; 10_000],
            ..Message::default()
        };
        let told = told(&message);
        assert_eq!(told.len(), 1536 / 16 + 1);
        let (offset, hex, _) = told.last().unwrap();
        assert_eq!((*offset, hex.as_str()), (1536, "… 8464 more bytes"));
    }

    #[test]
    fn nothing_is_no_row() {
        assert_eq!(rows(&Message::default(), 16), []);
    }
}
