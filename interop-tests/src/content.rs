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
