use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use rustix::io::Errno;
use socket2::{Domain, Type};

use super::Bind;
use super::source::Socket;
use crate::UnixName;

/// How a Unix socket appears in the file system. Means nothing to an abstract name.
#[derive(Clone, Debug)]
pub struct UnixOptions {
    /// The permission bits; who may write to the file may connect. The default is `0o600`: only this user. Others: Go and
    /// Node leave it to the umask, nginx and Docker grant more on purpose.
    pub mode: u32,
    /// The user that shall own it; needs the privilege to give files away. The default is `None`.
    pub uid: Option<u32>,
    /// The group that shall own it; it has to be one of this user's. The default is `None`.
    pub gid: Option<u32>,
    /// What to do with a socket that lies there already. The default is [`Stale::ReplaceDead`].
    pub stale: Stale,
    /// Whether the file is removed when the listener closes, if it is still ours. The default is `true`.
    pub unlink: bool,
}

impl Default for UnixOptions {
    fn default() -> Self {
        Self {
            mode: 0o600,
            uid: None,
            gid: None,
            stale: Stale::ReplaceDead,
            unlink: true,
        }
    }
}

/// What to do with a socket file that lies where we want to listen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stale {
    /// Replace it if nobody answers there: a server that was killed leaves its file behind. One that answers, and
    /// anything that is no socket, makes `AddrInUse`. Servers that start at once take turns by a lock on the folder, where
    /// they may; asking is a connection, which a server that serves only one takes for its client.
    #[default]
    ReplaceDead,
    /// Never touch it: `AddrInUse`.
    Fail,
}

/// Two servers that start at once must not both take the other's fresh socket for a dead one, so they take turns; a turn
/// lasts milliseconds. One that is held for longer is somebody else's lock.
const TURN_MAX: Duration = Duration::from_millis(500);
const TURN_RETRY: Duration = Duration::from_millis(10);
/// A socket that was just bound does not listen yet, and refuses like a dead one. It gets this long.
const LISTEN_MAX: Duration = Duration::from_millis(20);

pub(super) async fn listen(name: &UnixName, options: &Bind) -> io::Result<Socket> {
    let socket = socket2::Socket::new(Domain::UNIX, Type::STREAM.nonblocking(), None)?;
    options.tcp.apply_to_any(&socket)?;
    let UnixName::Path(path) = name else {
        socket.bind(&name.to_socket_address()?)?;
        socket.listen(options.backlog())?;
        return Socket::unix(socket.into(), None);
    };

    // Without a turn, as in a folder that may be written but not read, it goes on: the turn only guards against a race.
    let _turn = take_turn(path).await;
    if let Ok(file) = path.symlink_metadata() {
        if options.unix.stale == Stale::Fail {
            return Err(in_use("something lies there already"));
        }
        if !file.file_type().is_socket() {
            return Err(in_use("what lies there is no socket"));
        }
        if !is_dead(path).await? {
            return Err(in_use("another process listens there"));
        }
        std::fs::remove_file(path)?;
    }
    // Linux creates the file with the mode of the socket, less the umask.
    rustix::fs::fchmod(&socket, Mode::from_bits_truncate(options.unix.mode))?;
    socket.bind(&name.to_socket_address()?)?;
    // From here on the file is ours, and goes if anything fails.
    let file = SocketFile::of(path)?;
    // Nobody can connect before `listen`, so nobody can while it has not got its mode and owner.
    let UnixOptions { mode, uid, gid, .. } = options.unix;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    if uid.is_some() || gid.is_some() {
        std::os::unix::fs::chown(path, uid, gid)?;
    }
    socket.listen(options.backlog())?;
    let file = if options.unix.unlink {
        Some(file)
    } else {
        file.keep();
        None
    };
    Socket::unix(socket.into(), file)
}

fn in_use(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::AddrInUse, why)
}

/// A lock on the folder, which leaves no file of its own behind. It ends when the descriptor is closed.
async fn take_turn(path: &Path) -> Option<OwnedFd> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let descriptor = rustix::fs::open(folder, flags, Mode::empty()).ok()?;
    let turn = async {
        while let Err(Errno::WOULDBLOCK) =
            flock(&descriptor, FlockOperation::NonBlockingLockExclusive)
        {
            tokio::time::sleep(TURN_RETRY).await;
        }
    };
    // Whoever may read the folder may hold the lock, for ever too. That must not keep us from listening.
    let _ = tokio::time::timeout(TURN_MAX, turn).await;
    Some(descriptor)
}

/// Whether no process listens, asked twice.
async fn is_dead(path: &Path) -> io::Result<bool> {
    if !refuses(path)? {
        return Ok(false);
    }
    tokio::time::sleep(LISTEN_MAX).await;
    refuses(path)
}

/// Refused means that no process listens. A full queue, a socket we may not write to and everything else mean that
/// somebody might.
fn refuses(path: &Path) -> io::Result<bool> {
    let probe = socket2::Socket::new(Domain::UNIX, Type::STREAM.nonblocking(), None)?;
    match probe.connect(&socket2::SockAddr::unix(path)?) {
        Err(error) => Ok(error.kind() == io::ErrorKind::ConnectionRefused),
        Ok(()) => Ok(false),
    }
}

/// The file of a socket of ours; removed when this is dropped, unless something else lies there by then.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl SocketFile {
    /// The folder may change under the process; the file does not.
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = path.symlink_metadata()?;
        Ok(Self {
            path: std::path::absolute(path)?,
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }
}

impl SocketFile {
    /// Leaves the file to whoever has the socket from now on.
    pub(super) fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_ours = self
            .path
            .symlink_metadata()
            .is_ok_and(|now| now.dev() == self.device && now.ino() == self.inode);
        if is_ours {
            // Without the right to remove it, it stays: the next listener finds it dead.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
