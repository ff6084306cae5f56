use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;
use data_encoding::BASE64;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body::Body;

use super::upload::Upload;
use super::{Client, Timeouts};
use crate::error::Kind;
use crate::{Error, Incoming};

/// A request under construction. What is wrong with it is said when it is [sent](Self::send).
///
/// ```no_run
/// # async fn example() -> Result<(), wharf_http::Error> {
/// use std::time::Duration;
/// use wharf_http::{Client, ReadContent};
///
/// let client = Client::default();
/// let response = client
///     .post("https://example.com/ships")
///     .field("accept", "application/json")
///     .content("application/json", r#"{"name":"Wharf"}"#)
///     .within(Duration::from_secs(5))
///     .send()
///     .await?;
/// println!("{}", response.text(1 << 20).await?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "it is not sent before `send` is called, and awaited"]
pub struct RequestBuilder {
    client: Client,
    request: Result<Request<Bytes>, Error>,
}

impl Client {
    /// A GET request.
    pub fn get(&self, uri: &str) -> RequestBuilder {
        self.request(Method::GET, uri)
    }

    /// A HEAD request.
    pub fn head(&self, uri: &str) -> RequestBuilder {
        self.request(Method::HEAD, uri)
    }

    /// A POST request.
    pub fn post(&self, uri: &str) -> RequestBuilder {
        self.request(Method::POST, uri)
    }

    /// A PUT request.
    pub fn put(&self, uri: &str) -> RequestBuilder {
        self.request(Method::PUT, uri)
    }

    /// A DELETE request.
    pub fn delete(&self, uri: &str) -> RequestBuilder {
        self.request(Method::DELETE, uri)
    }

    /// A request of any method.
    pub fn request(&self, method: Method, uri: &str) -> RequestBuilder {
        let request = uri.parse::<Uri>().map(|uri| {
            let mut request = Request::new(Bytes::new());
            *request.method_mut() = method;
            *request.uri_mut() = uri;
            request
        });
        RequestBuilder {
            client: self.clone(),
            request: request.map_err(|error| Kind::Invalid("URI", error.into()).into()),
        }
    }
}

impl RequestBuilder {
    fn with(mut self, change: impl FnOnce(&mut Request<Bytes>) -> Result<(), Error>) -> Self {
        if let Ok(request) = &mut self.request
            && let Err(error) = change(request)
        {
            self.request = Err(error);
        }
        self
    }

    /// Adds a field. Those of the same name stay.
    pub fn field<N, V>(self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        self.with(|request| {
            let name = name
                .try_into()
                .map_err(|error| invalid("field name", error))?;
            let value = value
                .try_into()
                .map_err(|error| invalid("field value", error))?;
            request.headers_mut().append(name, value);
            Ok(())
        })
    }

    /// Sets fields, in place of those of the same names.
    pub fn fields(self, fields: HeaderMap) -> Self {
        self.with(|request| {
            request.headers_mut().extend(fields);
            Ok(())
        })
    }

    /// Says who we are by a name and a password ([RFC 7617]). They are not printed by `Debug`, and not sent to another
    /// origin behind a redirect.
    ///
    /// [RFC 7617]: https://www.rfc-editor.org/rfc/rfc7617
    pub fn basic_auth(self, name: &str, password: &str) -> Self {
        let credentials = BASE64.encode(format!("{name}:{password}").as_bytes());
        self.authorization(&format!("Basic {credentials}"))
    }

    /// Says who we are by a token ([RFC 6750 §2.1]), with the same care.
    ///
    /// [RFC 6750 §2.1]: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    pub fn bearer_auth(self, token: &str) -> Self {
        self.authorization(&format!("Bearer {token}"))
    }

    fn authorization(self, value: &str) -> Self {
        self.with(|request| {
            let value = HeaderValue::try_from(value);
            let mut value = value.map_err(|error| invalid("credentials", error))?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
            Ok(())
        })
    }

    /// How long all of it may take, the content of the response included: [`Timeouts::total`].
    pub fn within(self, time: Duration) -> Self {
        self.with(|request| {
            let timeouts = request.extensions_mut().get_or_insert_default::<Timeouts>();
            timeouts.total = Some(time);
            Ok(())
        })
    }

    /// How long it may wait for what, in place of what was set before.
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        self.with(|request| {
            request.extensions_mut().insert(timeouts);
            Ok(())
        })
    }

    /// The content, and its media type.
    pub fn content(self, media_type: &str, content: impl Into<Bytes>) -> Self {
        self.with(|request| {
            let media_type = HeaderValue::try_from(media_type);
            let media_type = media_type.map_err(|error| invalid("media type", error))?;
            request.headers_mut().insert(CONTENT_TYPE, media_type);
            *request.body_mut() = content.into();
            Ok(())
        })
    }

    /// A value as JSON ([RFC 8259]).
    ///
    /// [RFC 8259]: https://www.rfc-editor.org/rfc/rfc8259
    #[cfg(feature = "json")]
    pub fn json<T: serde::Serialize + ?Sized>(self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(content) => self.content("application/json", content),
            Err(error) => self.with(|_| Err(Kind::Json(error).into())),
        }
    }

    /// A value as the content of a form: `a=1&b=two`.
    #[cfg(feature = "form")]
    pub fn form<T: serde::Serialize + ?Sized>(self, value: &T) -> Self {
        match serde_urlencoded::to_string(value) {
            Ok(content) => self.content("application/x-www-form-urlencoded", content),
            Err(error) => self.with(|_| Err(Kind::Invalid("form", error.into()).into())),
        }
    }

    /// Appends a value to the query of the URI: `?a=1&b=two`.
    #[cfg(feature = "form")]
    pub fn query<T: serde::Serialize + ?Sized>(self, value: &T) -> Self {
        self.with(|request| {
            let query = serde_urlencoded::to_string(value);
            let query = query.map_err(|error| Kind::Invalid("query", error.into()))?;
            let mut parts = request.uri().clone().into_parts();
            let target = request
                .uri()
                .path_and_query()
                .map_or("/", |target| target.as_str());
            let separator = if target.contains('?') { '&' } else { '?' };
            let target = format!("{target}{separator}{query}").parse();
            parts.path_and_query = Some(target.map_err(|error| invalid("query", error))?);
            *request.uri_mut() = Uri::from_parts(parts).map_err(|error| invalid("query", error))?;
            Ok(())
        })
    }

    /// The request, for who goes on with it.
    ///
    /// # Errors
    ///
    /// What was wrong first.
    pub fn build(self) -> Result<Request<Bytes>, Error> {
        self.request
    }

    /// Sends it: see [`Client::send`].
    ///
    /// # Errors
    ///
    /// When the request is not valid, and those of [`Client::send`].
    ///
    /// # Cancel safety
    ///
    /// That of [`Client::send`].
    pub async fn send(self) -> Result<Response<Incoming>, Error> {
        let (head, content) = self.request?.into_parts();
        self.client.run(head, Upload::whole(content)).await
    }

    /// Sends it with this content, in place of what was set: see [`Client::send`].
    ///
    /// # Errors
    ///
    /// When the request is not valid, and those of [`Client::send`].
    ///
    /// # Cancel safety
    ///
    /// That of [`Client::send`].
    pub async fn send_body<B>(self, body: B) -> Result<Response<Incoming>, Error>
    where
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.client.send(self.request?.map(|_| body)).await
    }
}

fn invalid(what: &'static str, error: impl Into<http::Error>) -> Error {
    Kind::Invalid(what, Box::new(error.into())).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client::default()
    }

    #[test]
    fn what_is_wrong_is_said_at_the_end() {
        let request = client()
            .get("http://a.example/")
            .field("a b", "c")
            .field("d", "e");
        let error = request.build().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the field name of the request is not valid"
        );
        assert!(client().get("http://a.example/ b").build().is_err());
        assert!(
            client()
                .get("http://a.example/")
                .field("a", "b\n")
                .build()
                .is_err()
        );
    }

    #[test]
    fn credentials_do_not_show() {
        let request = client()
            .get("http://a.example/")
            .basic_auth("Aladdin", "open sesame");
        let request = request.build().unwrap();
        assert_eq!(
            request.headers()[AUTHORIZATION],
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        assert!(!format!("{request:?}").contains("QWxh"));
    }

    #[cfg(feature = "form")]
    #[test]
    fn forms_and_queries_are_encoded() {
        let request = client()
            .post("http://a.example/x?y=1")
            .query(&[("z", "a b")])
            .form(&[("n", "ä&=")]);
        let request = request.build().unwrap();
        assert_eq!(request.uri().to_string(), "http://a.example/x?y=1&z=a+b");
        assert_eq!(request.body(), "n=%C3%A4%26%3D");
    }

    #[cfg(feature = "json")]
    #[test]
    fn a_value_becomes_json() {
        let request = client().post("http://a.example/").json(&[1, 2]);
        let request = request.build().unwrap();
        assert_eq!(request.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(request.body(), "[1,2]");
    }
}
