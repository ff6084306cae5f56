use std::fmt;
use std::sync::Arc;

use http::{Request, response};

/// A head on its way, as [`on_head`] tells of it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Head<'a> {
    /// That of a request, as it is sent: request line, fields, and the empty line behind them. Credentials are in it.
    Sent(&'a [u8]),
    /// That of a response, as it was received: content codings are not taken off yet.
    Received(&'a response::Parts),
}

/// Calls `hook` with every head of this request: each that is sent, behind redirects and in further attempts too, and each
/// that is received, informational ones included. Another hook takes the place of this one. It should return soon: nothing
/// else is sent or read meanwhile. What is said to a proxy before a tunnel is open is not told.
///
/// ```
/// # use http::Request;
/// use wharf_http::Head;
///
/// let mut request = Request::get("https://example.com/").body(String::new()).unwrap();
/// wharf_http::on_head(&mut request, |head| match head {
///     Head::Received(head) => println!("{}", head.status),
///     _ => {}
/// });
/// ```
pub fn on_head<B, F>(request: &mut Request<B>, hook: F)
where
    F: Fn(Head<'_>) + Send + Sync + 'static,
{
    let hook = OnHead(Arc::new(hook));
    request.extensions_mut().insert(hook);
}

/// Who is told of heads.
#[derive(Clone)]
pub(super) struct OnHead(Arc<dyn Fn(Head<'_>) + Send + Sync>);

impl OnHead {
    pub(super) fn call(&self, head: Head<'_>) {
        (self.0)(head);
    }
}

impl fmt::Debug for OnHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnHead")
    }
}
