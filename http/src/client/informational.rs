use std::fmt;
use std::sync::Arc;

use http::{Request, response};

/// Calls `hook` with the head of each informational response to this request, such as 103 (Early Hints) or 100 (Continue),
/// as it arrives ([RFC 9110 §15.2]). Another hook takes the place of this one. It should return soon: nothing else is
/// read meanwhile.
///
/// ```
/// # use http::Request;
/// let mut request = Request::get("https://example.com/").body(String::new()).unwrap();
/// wharf_http::on_informational(&mut request, |head| println!("{}", head.status));
/// ```
///
/// [RFC 9110 §15.2]: https://www.rfc-editor.org/rfc/rfc9110#section-15.2
pub fn on_informational<B, F>(request: &mut Request<B>, hook: F)
where
    F: Fn(&response::Parts) + Send + Sync + 'static,
{
    let hook = OnInformational(Arc::new(hook));
    request.extensions_mut().insert(hook);
}

/// Who is told of informational responses.
#[derive(Clone)]
pub(super) struct OnInformational(Arc<dyn Fn(&response::Parts) + Send + Sync>);

impl OnInformational {
    pub(super) fn call(&self, head: &response::Parts) {
        (self.0)(head);
    }
}

impl fmt::Debug for OnInformational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnInformational")
    }
}
