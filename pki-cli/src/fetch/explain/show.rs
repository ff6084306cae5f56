//! Numbers as people read them.

/// A duration: `0.31 ms`, `12.3 ms`, `1.23 s`.
pub(super) fn time(us: u64) -> String {
    let (whole, unit) = match us {
        0..1_000_000 => (1_000, "ms"),
        _ => (1_000_000, "s"),
    };
    format!("{} {unit}", digits(us, whole))
}

/// A size: `999 B`, `1.23 kB`, `12.3 MB`; a kB is 1000 bytes.
pub(super) fn bytes(bytes: u64) -> String {
    let (whole, unit) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    format!("{} {unit}", digits(bytes, whole))
}

/// Three digits, or all before the point if these are more.
fn digits(value: u64, whole: u64) -> String {
    let (before, hundredths) = (value / whole, value % whole * 100 / whole);
    match before {
        0..10 => format!("{before}.{hundredths:02}"),
        10..100 => format!("{before}.{}", hundredths / 10),
        _ => before.to_string(),
    }
}

/// Nothing, one of it, or many: `no segments`, `1 segment`, `10 segments`.
pub(super) fn count(number: u32, noun: &str) -> String {
    match number {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_enough() {
        for (us, shown) in [
            (0, "0.00 ms"),
            (314, "0.31 ms"),
            (9_999, "9.99 ms"),
            (12_345, "12.3 ms"),
            (999_999, "999 ms"),
            (1_000_000, "1.00 s"),
            (123_456_789, "123 s"),
        ] {
            assert_eq!(time(us), shown);
        }
        for (size, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.00 kB"),
            (1_234_567, "1.23 MB"),
            (u64::MAX, "18446744073 GB"),
        ] {
            assert_eq!(bytes(size), shown);
        }
        assert_eq!(count(0, "segment"), "no segments");
        assert_eq!(count(1, "segment"), "1 segment");
    }
}
