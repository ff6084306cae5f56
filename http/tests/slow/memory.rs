use std::sync::OnceLock;

/// Resident memory of this process that is its own, in bytes: no code, no shared pages. What the kernel keeps for
/// sockets is not in it.
fn anonymous_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line
        .and_then(|line| line.trim().strip_suffix(" kB"))
        .unwrap();
    kib.parse::<u64>().unwrap() * 1024
}

/// What has come on top since this was called first. What was freed in between and is used again counts too: an
/// allocator rarely gives it back.
pub(crate) fn grown_bytes() -> u64 {
    static BEFORE: OnceLock<u64> = OnceLock::new();
    let now = anonymous_bytes();
    now.saturating_sub(*BEFORE.get_or_init(|| now))
}
