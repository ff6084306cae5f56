//! The built-in site: a page about the connection, and `/echo`.

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use wharf_http::Incoming;
use wharf_pki::inspect::inspect_der;
use wharf_pki::{Ca, CertificateInfo};

use super::identity::ServerIdentity;
use super::visit::{Link, Visit};
use super::{Body, accepts, page, whole};

/// What the page knows before anybody visits.
#[derive(Debug)]
pub(crate) struct Landing {
    chain: Vec<Link>,
    root_file: String,
}

impl Landing {
    pub(crate) fn new(identity: &ServerIdentity, ca: &Ca) -> Self {
        let sent = ca.chain(&identity.certificate);
        let describe = |certificate: &wharf_pki::Certificate| inspect_der(certificate.der()).ok();
        let link = |certificate: CertificateInfo, is_sent| Link {
            is_sent,
            certificate,
        };
        let mut chain: Vec<_> = sent
            .iter()
            .filter_map(describe)
            .map(|info| link(info, true))
            .collect();
        chain.extend(describe(ca.root()).map(|info| link(info, false)));
        Self {
            chain,
            root_file: std::path::absolute(ca.root_path())
                .unwrap_or_else(|_| ca.root_path())
                .display()
                .to_string(),
        }
    }

    pub(crate) fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/") => self.page(&request),
            (_, "/") => only("GET, HEAD"),
            (&Method::POST | &Method::PUT, "/echo") => echo(request),
            (_, "/echo") => only("POST, PUT"),
            _ => whole(
                StatusCode::NOT_FOUND,
                "text/plain; charset=utf-8",
                "there is nothing here: / shows your connection, and what you POST to /echo comes back\n",
            ),
        }
    }

    fn page(&self, request: &Request<Incoming>) -> Response<Body> {
        let visit = Visit::of(request, &self.chain, &self.root_file);
        let mut response = if accepts(request.headers(), "text/html") {
            whole(
                StatusCode::OK,
                "text/html; charset=utf-8",
                page::render(&visit),
            )
        } else if accepts(request.headers(), "application/json") {
            match serde_json::to_vec_pretty(&visit) {
                Ok(json) => whole(StatusCode::OK, "application/json", json),
                Err(error) => whole(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "text/plain; charset=utf-8",
                    error.to_string(),
                ),
            }
        } else {
            whole(
                StatusCode::OK,
                "text/plain; charset=utf-8",
                visit.to_string(),
            )
        };
        let fields = response.headers_mut();
        fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        fields.insert(header::VARY, HeaderValue::from_static("accept"));
        response
    }
}

fn only(methods: &'static str) -> Response<Body> {
    let mut response = whole(
        StatusCode::METHOD_NOT_ALLOWED,
        "text/plain; charset=utf-8",
        format!("only {methods} here\n"),
    );
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

/// Streams the content back as it comes in. As bytes of no particular kind: a page of another site could make a browser
/// post HTML here, and it must not come back as a page of this one.
fn echo(request: Request<Incoming>) -> Response<Body> {
    let mut response = Response::new(request.into_body().map_err(Into::into).boxed_unsync());
    let fields = response.headers_mut();
    fields.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    fields.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}
