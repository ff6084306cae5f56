//! The request: method, fields, content.

use std::io;
use std::path::Path;

use anyhow::Context as _;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Empty, Full};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use wharf_http::Credentials;

use super::args::RequestArgs;
use super::failure::{Class, Failure};
use super::field;
use super::upload::{Content, upload};

/// The most that is read into memory for `-d` and `--json`. What is larger is sent as it is read, with `-T`.
pub(super) const DATA_BYTES_MAX: u64 = 16 << 20;
/// The longest file with credentials.
const SECRET_BYTES_MAX: u64 = 64 << 10;

/// What the flags ask for.
pub(super) async fn build(args: &RequestArgs, url: Uri) -> Result<Request<Content>, Failure> {
    let (method, content_type, content) = content(args).await?;
    let mut request = Request::new(content);
    *request.method_mut() = args.method.clone().unwrap_or(method);
    *request.uri_mut() = url;
    let fields = request.headers_mut();
    defaults(args, content_type, fields);
    if let Some(authorization) = authorization(args).await? {
        fields.insert(AUTHORIZATION, authorization);
    }
    field::apply(&args.fields, fields);
    Ok(request)
}

fn defaults(args: &RequestArgs, content_type: Option<&'static str>, fields: &mut HeaderMap) {
    let agent = concat!("wharf/", env!("CARGO_PKG_VERSION"));
    fields.insert(USER_AGENT, HeaderValue::from_static(agent));
    let accept = match args.json {
        Some(_) => "application/json",
        None => "*/*",
    };
    fields.insert(ACCEPT, HeaderValue::from_static(accept));
    if let Some(content_type) = content_type {
        fields.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
}

/// The content, the method that goes with it, and its type.
async fn content(args: &RequestArgs) -> Result<(Method, Option<&'static str>, Content), Failure> {
    if args.head {
        return Ok((Method::HEAD, None, none()));
    }
    if let Some(file) = &args.upload_file {
        return Ok((Method::PUT, None, upload(file).await?));
    }
    let (texts, content_type) = match &args.json {
        Some(Some(json)) => (std::slice::from_ref(json), "application/json"),
        _ => (&args.data[..], "application/x-www-form-urlencoded"),
    };
    if texts.is_empty() {
        return Ok((Method::GET, None, none()));
    }
    let mut joined = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        if number > 0 {
            joined.push(b'&');
        }
        joined.extend(data(text).await?);
    }
    let content = Full::from(joined).map_err(|never| match never {});
    Ok((Method::POST, Some(content_type), content.boxed_unsync()))
}

fn none() -> Content {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// The text itself, or what is in the file that it names.
async fn data(text: &str) -> Result<Vec<u8>, Failure> {
    match text.strip_prefix('@') {
        None => Ok(text.into()),
        Some(file) => {
            let too_large = "-T FILE -X POST sends a file of any size";
            read(Path::new(file), DATA_BYTES_MAX, too_large).await
        }
    }
}

/// A file, or stdin, as a whole.
async fn read(file: &Path, bytes_max: u64, too_large: &str) -> Result<Vec<u8>, Failure> {
    let reading = async {
        let mut bytes = Vec::new();
        if file == Path::new("-") {
            let stdin = tokio::io::stdin();
            stdin.take(bytes_max + 1).read_to_end(&mut bytes).await?;
        } else {
            let file = File::open(file).await?;
            file.take(bytes_max + 1).read_to_end(&mut bytes).await?;
        }
        Ok::<_, io::Error>(bytes)
    };
    let bytes = reading.await;
    let bytes = bytes.with_context(|| format!("cannot read {}", file.display()));
    let bytes = bytes.map_err(|error| Failure::new(Class::Read, error))?;
    if bytes.len() as u64 > bytes_max {
        let error = anyhow::anyhow!("{} is longer than {bytes_max} bytes", file.display());
        return Err(Failure::new(Class::Read, error).hint(too_large));
    }
    Ok(bytes)
}

async fn authorization(args: &RequestArgs) -> Result<Option<HeaderValue>, Failure> {
    if let Some(file) = &args.bearer_file {
        let token = first_line(file).await?;
        let value = HeaderValue::try_from(format!("Bearer {token}"));
        let mut value =
            value.map_err(|_| usage(format!("there is no token in {}", file.display())))?;
        value.set_sensitive(true);
        return Ok(Some(value));
    }
    let Some(user) = &args.user else {
        return Ok(None);
    };
    let pair = match user.strip_prefix('@') {
        Some(file) => first_line(Path::new(file)).await?,
        None => user.clone(),
    };
    let Some((name, password)) = pair.split_once(':') else {
        return Err(usage("there is no password in -u".to_owned())
            .hint("it is NAME:PASSWORD, or @FILE for a file with that in its first line"));
    };
    match Credentials::new(name, password) {
        Ok(credentials) => Ok(Some(credentials.basic())),
        Err(error) => Err(Failure::new(Class::Usage, error)),
    }
}

async fn first_line(file: &Path) -> Result<String, Failure> {
    let too_large = "its first line has the credentials, and nothing else is needed";
    let bytes = read(file, SECRET_BYTES_MAX, too_large).await?;
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| usage(format!("{} is no text", file.display())))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn usage(message: String) -> Failure {
    Failure::new(Class::Usage, anyhow::Error::msg(message))
}
