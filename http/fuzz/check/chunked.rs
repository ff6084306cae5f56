use super::dechunk::dechunk;
use super::heard::{hear, small_limits};
use crate::h1::{Limits, ProtocolError};

/// What stands before a body.
pub const HEAD: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Reads `body` as a chunked body, within the default limits and within small ones, and beside another reader.
pub fn check(body: &[u8]) {
    let bytes = [HEAD, body].concat();
    let theirs = dechunk(body);
    for limits in [Limits::default(), small_limits()] {
        let heard = hear(&bytes, [], &limits);
        let ours = heard.requests.first().expect("the head is in order");
        assert_eq!(ours.head_end, HEAD.len());
        match (&theirs, ours.end) {
            (theirs, Some(end)) => {
                let theirs = theirs.as_ref().expect("it accepts no more than we do");
                assert_eq!(ours.content, theirs.content);
                assert_eq!(end, HEAD.len() + theirs.length);
                let ours = ours.trailers.iter().flatten().count();
                assert_eq!(ours, theirs.trailers.len());
            }
            // What is refused although it is plain is over a limit.
            (Some(theirs), None) if theirs.is_plain => {
                let over = matches!(
                    heard.error,
                    Some(
                        ProtocolError::ContentTooLarge { .. }
                            | ProtocolError::ChunkExtensionsTooLarge { .. }
                    )
                );
                assert!(over, "{:?}", heard.error);
            }
            _ => {}
        }
    }
}
