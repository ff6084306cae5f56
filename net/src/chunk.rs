/// The size of a read or a write where nothing else decides it: 128 KiB.
///
/// Measured with the example `chunk_size` over TCP on loopback (`--mebibytes 512 --rounds 5`, a virtual machine with 2
/// cores of an AMD EPYC, kernel 6.18, cubic), in CPU ns per KiB of the thread that has the size:
///
/// | size | 4 KiB | 16 KiB | 64 KiB | 128 KiB | 256 KiB | 1 MiB |
/// |---|---|---|---|---|---|---|
/// | write | 1677 | 515 | 284 | 244 | 241 | 232 |
/// | read | 446 | 232 | 168 | 160 | 159 | 165 |
///
/// From here on more saves next to nothing, and memory is held for it. [`TextStream`](crate::text::TextStream) reads as
/// much at once; [`RelayOptions`](crate::RelayOptions) has a size of its own, measured between sockets.
pub const CHUNK_BYTES: usize = 128 * 1024;
