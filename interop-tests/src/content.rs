//! Bytes to transfer, and their digests.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256, digest};

/// A mebibyte.
pub const MIB: usize = 1024 * 1024;

/// Bytes without a pattern, the same for the same seed.
///
/// A pattern that repeats would hide a block that was swapped, doubled or left out.
pub fn random(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len + 8);
    let mut state = seed;
    while bytes.len() < len {
        bytes.extend_from_slice(&split_mix(&mut state).to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// Vigna's SplitMix64: a few lines, and every seed is good.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Bytes without a pattern, the same for the same seed, of which only a block is held: for content that would fill the
/// memory.
#[derive(Debug)]
pub struct Flow {
    /// Of the blocks to come.
    seed: u64,
    block: Vec<u8>,
    /// How much of the block is over.
    at: usize,
}

/// How much a [`Flow`] holds.
const BLOCK_BYTES: usize = 64 * 1024;

impl Flow {
    /// From its beginning.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            block: Vec::new(),
            at: 0,
        }
    }

    /// The next bytes: some, and at most so many.
    pub fn next_part(&mut self, most: usize) -> &[u8] {
        if self.at == self.block.len() {
            self.block = random(split_mix(&mut self.seed), BLOCK_BYTES);
            self.at = 0;
        }
        let begin = self.at;
        self.at = self.block.len().min(begin.saturating_add(most));
        &self.block[begin..self.at]
    }

    /// Whether these are the next bytes.
    pub fn continues_with(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let part = self.next_part(bytes.len());
            let (first, rest) = bytes.split_at(part.len());
            if first != part {
                return false;
            }
            bytes = rest;
        }
        true
    }
}

/// Writes `len` bytes without a pattern to a file and returns their digest.
///
/// # Panics
///
/// When the file cannot be written.
#[track_caller]
pub fn random_file(path: &Path, seed: u64, len: usize) -> String {
    let mut file = BufWriter::new(File::create(path).expect("a new file"));
    let mut digest = Context::new(&SHA256);
    let mut left = len;
    let mut piece_seed = seed;
    while left > 0 {
        let piece = random(split_mix(&mut piece_seed), left.min(MIB));
        digest.update(&piece);
        file.write_all(&piece).expect("room on the disk");
        left -= piece.len();
    }
    file.flush().expect("room on the disk");
    hex(digest.finish().as_ref())
}

/// The SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// The SHA-256 of a file, in hexadecimal.
///
/// # Panics
///
/// When it cannot be read.
#[track_caller]
pub fn sha256_of_file(path: &Path) -> String {
    let mut file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut digest = Context::new(&SHA256);
    let mut piece = vec![0; MIB];
    loop {
        match file.read(&mut piece).expect("a file of ours") {
            0 => return hex(digest.finish().as_ref()),
            n => digest.update(&piece[..n]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_bytes_and_another_seed_others() {
        assert_eq!(random(1, 100), random(1, 100));
        assert_ne!(random(1, 100), random(2, 100));
        assert_eq!(random(1, 13), random(1, 100)[..13]);
    }

    #[test]
    fn a_flow_is_the_same_in_whatever_parts_it_is_taken() {
        let mut whole = Vec::new();
        let mut flow = Flow::new(7);
        for most in [1, 7, BLOCK_BYTES, 3 * BLOCK_BYTES, 100] {
            whole.extend_from_slice(flow.next_part(most));
        }
        assert_eq!(whole.len(), 2 * BLOCK_BYTES + 100);
        for piece in [1, 1000, BLOCK_BYTES, whole.len()] {
            let mut flow = Flow::new(7);
            assert!(whole.chunks(piece).all(|part| flow.continues_with(part)));
        }
        for at in [0, BLOCK_BYTES - 1, BLOCK_BYTES, whole.len() - 1] {
            let mut other = whole.clone();
            other[at] ^= 1;
            assert!(!Flow::new(7).continues_with(&other), "{at}");
        }
        assert!(!Flow::new(8).continues_with(&whole));
        let swapped = [&whole[BLOCK_BYTES..2 * BLOCK_BYTES], &whole[..BLOCK_BYTES]].concat();
        assert!(!Flow::new(7).continues_with(&swapped));
    }

    #[test]
    fn a_file_has_the_digest_that_was_announced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let announced = random_file(&path, 7, MIB + 1);
        assert_eq!(announced, sha256_of_file(&path));
        assert_eq!(announced, sha256(&std::fs::read(&path).unwrap()));
    }

    #[test]
    fn the_digest_of_nothing_is_the_known_one() {
        assert!(sha256(b"").starts_with("e3b0c44298fc1c14"));
    }
}
