use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::timeout;

use crate::{ProxyError, ProxyHeader, ProxyLimits, ProxyProgress};

/// Why there is no header.
#[derive(Debug, thiserror::Error)]
pub(super) enum HeaderError {
    #[error("the PROXY header is wrong")]
    Wrong(#[from] ProxyError),
    #[error("the stream failed before the PROXY header was complete")]
    Stream(#[from] io::Error),
    #[error("no complete PROXY header within {0:?}")]
    Late(Duration),
}

/// Reads a header and not a byte more: what follows belongs to the protocol above.
pub(super) async fn read<IO>(
    io: &mut IO,
    limits: &ProxyLimits,
    deadline: Duration,
) -> Result<ProxyHeader, HeaderError>
where
    IO: AsyncRead + Unpin,
{
    let read = async {
        let mut bytes = Vec::new();
        loop {
            match ProxyHeader::parse(&bytes, limits)? {
                ProxyProgress::Complete { header, .. } => return Ok(header),
                ProxyProgress::Incomplete { at_least } => {
                    let from = bytes.len();
                    bytes.resize(from + at_least, 0);
                    let n = io.read(&mut bytes[from..]).await?;
                    if n == 0 {
                        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                    }
                    bytes.truncate(from + n);
                }
            }
        }
    };
    match timeout(deadline, read).await {
        Ok(outcome) => outcome,
        Err(_elapsed) => Err(HeaderError::Late(deadline)),
    }
}
