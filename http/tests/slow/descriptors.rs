use rustix::process::{Resource, getrlimit, setrlimit};

/// Makes sure that this process can hold so many descriptors.
///
/// # Panics
///
/// When the hard limit is below that.
#[track_caller]
pub(crate) fn require(needed: u64) {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return;
    }
    let hard = limit.maximum;
    assert!(
        hard.is_none_or(|hard| hard >= needed),
        "this test needs {needed} file descriptors, and the hard limit is {hard:?}: raise it (`ulimit -Hn {needed}`)"
    );
    limit.current = Some(needed);
    setrlimit(Resource::Nofile, limit).unwrap();
}
