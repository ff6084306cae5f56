//! Content that is sent as it is read.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use anyhow::Context as _;
use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use tokio::fs::File;
use tokio::io::AsyncRead;
use tokio_util::io::poll_read_buf;

use super::failure::{Class, Failure, ReadFailed};

/// The content of a request.
pub(super) type Content = UnsyncBoxBody<Bytes, ReadFailed>;

/// How much of a file is read at once.
const READ_BYTES: usize = 64 << 10;

/// A file as it is read: of its length, if it has one.
pub(super) async fn upload(file: &Path) -> Result<Content, Failure> {
    if file == Path::new("-") {
        return Ok(reader(tokio::io::stdin(), None));
    }
    let open = async {
        let opened = File::open(file).await?;
        let metadata = opened.metadata().await?;
        if metadata.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        Ok((opened, metadata.is_file().then_some(metadata.len())))
    };
    let opened: io::Result<_> = open.await;
    let opened = opened.with_context(|| format!("cannot read {}", file.display()));
    let (opened, length) = opened.map_err(|error| Failure::new(Class::Read, error))?;
    Ok(reader(opened, length))
}

fn reader(reader: impl AsyncRead + Send + 'static, length: Option<u64>) -> Content {
    Streamed {
        reader: Box::pin(reader),
        length,
    }
    .boxed_unsync()
}

/// What comes from a reader. One that gives more or less than was announced is found out by whoever sends.
struct Streamed<R> {
    reader: Pin<Box<R>>,
    length: Option<u64>,
}

impl<R: AsyncRead> Body for Streamed<R> {
    type Data = Bytes;
    type Error = ReadFailed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ReadFailed>>> {
        let mut piece = BytesMut::with_capacity(READ_BYTES);
        match ready!(poll_read_buf(self.reader.as_mut(), cx, &mut piece)) {
            Ok(0) => Poll::Ready(None),
            Ok(_) => Poll::Ready(Some(Ok(Frame::data(piece.freeze())))),
            Err(error) => Poll::Ready(Some(Err(ReadFailed(error)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.length == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// The same content; of each piece that is taken to be sent, `count` is told the length.
pub(super) fn counted(content: Content, count: impl Fn(usize) + Send + 'static) -> Content {
    Counted {
        content,
        count: Box::new(count),
    }
    .boxed_unsync()
}

struct Counted {
    content: Content,
    count: Box<dyn Fn(usize) + Send>,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = ReadFailed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ReadFailed>>> {
        let frame = ready!(Pin::new(&mut self.content).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            (self.count)(frame.data_ref().map_or(0, Bytes::len));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}
