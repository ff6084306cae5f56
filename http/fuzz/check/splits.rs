use super::heard::{hear, small_limits};
use crate::h1::Limits;

/// Reads a message whole, byte by byte, and cut at chosen places. What follows the last NUL of `input` chooses: two
/// bytes for each cut. A message without one, which is most that people write, is all there is.
pub fn check(input: &[u8]) {
    let (message, choices) = match input.iter().rposition(|byte| *byte == 0) {
        Some(nul) => (&input[..nul], &input[nul + 1..]),
        None => (input, &[][..]),
    };
    let mut cuts: Vec<usize> = choices
        .chunks_exact(2)
        .map(|pair| usize::from(pair[0]) << 8 | usize::from(pair[1]))
        .map(|choice| choice % (message.len() + 1))
        .collect();
    cuts.sort_unstable();
    same(message, &cuts);
}

/// Byte by byte and cut at `cuts`, the same is heard of `message` as at once.
pub fn same(message: &[u8], cuts: &[usize]) {
    same_cut(message, &(1..message.len()).collect::<Vec<_>>());
    same_cut(message, cuts);
}

/// The same for `cuts` alone.
pub fn same_cut(message: &[u8], cuts: &[usize]) {
    for limits in [Limits::default(), small_limits()] {
        let whole = hear(message, [], &limits);
        let cut = hear(message, cuts.iter().copied(), &limits);
        assert_eq!(whole, cut, "cut at {cuts:?}: {}", message.escape_ascii());
    }
}
