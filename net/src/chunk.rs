/// The size of a read or a write where nothing else decides it: 64 KiB.
pub const CHUNK_BYTES: usize = 64 * 1024;
