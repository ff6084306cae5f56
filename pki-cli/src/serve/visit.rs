//! What is known of a visit: the same facts as JSON, as text for a terminal, and for the page.

use std::fmt;

use http::Request;
use serde::Serialize;
use wharf_http::TlsInfo;
use wharf_net::ConnInfo;
use wharf_pki::CertificateInfo;

use super::printable;

/// One request and the connection it came by.
#[derive(Debug, Serialize)]
pub(crate) struct Visit<'a> {
    pub(crate) connection: Option<Connection>,
    pub(crate) tls: Option<Tls>,
    /// The server's certificate first, the root last.
    pub(crate) certificates: &'a [Link],
    pub(crate) request: Head,
    /// Where the root is on the server's disk.
    #[serde(skip)]
    pub(crate) root_file: &'a str,
}

#[derive(Debug, Serialize)]
pub(crate) struct Connection {
    pub(crate) number: u64,
    pub(crate) peer: String,
    pub(crate) local: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Tls {
    pub(crate) version: &'static str,
    pub(crate) cipher_suite: &'static str,
    pub(crate) named_group: Option<&'static str>,
    pub(crate) alpn: Option<String>,
    pub(crate) server_name: Option<String>,
    pub(crate) resumed: bool,
}

/// A certificate of the path.
#[derive(Debug, Serialize)]
pub(crate) struct Link {
    /// Sent in the handshake; the root is not: who trusts it has it already.
    pub(crate) is_sent: bool,
    #[serde(flatten)]
    pub(crate) certificate: CertificateInfo,
}

/// The head of the request as it was received, but for the case of field names, which means nothing.
#[derive(Debug, Serialize)]
pub(crate) struct Head {
    pub(crate) line: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl<'a> Visit<'a> {
    pub(crate) fn of<B>(
        request: &Request<B>,
        certificates: &'a [Link],
        root_file: &'a str,
    ) -> Self {
        let extensions = request.extensions();
        let connection = extensions.get::<ConnInfo>().map(|info| Connection {
            number: info.id,
            peer: info.peer.to_string(),
            local: info.local.to_string(),
        });
        let tls = extensions.get::<TlsInfo>().map(|info| Tls {
            version: info.version_name(),
            cipher_suite: info.cipher_suite_name(),
            named_group: info.named_group_name(),
            alpn: info
                .alpn
                .as_ref()
                .map(|name| name.escape_ascii().to_string()),
            server_name: info.server_name.clone(),
            resumed: info.resumed,
        });
        let field = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), printable(value.as_bytes()))
        };
        let request = Head {
            line: format!(
                "{} {} {:?}",
                request.method(),
                request.uri(),
                request.version()
            ),
            fields: request.headers().iter().map(field).collect(),
        };
        Self {
            connection,
            tls,
            certificates,
            request,
            root_file,
        }
    }

    /// The facts of the connection, label and value, in the order in which they are told.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        if let Some(tls) = &self.tls {
            let none = || "none offered".to_owned();
            facts.push(("TLS version", tls.version.to_owned()));
            facts.push(("cipher suite", tls.cipher_suite.to_owned()));
            facts.push((
                "named group",
                tls.named_group
                    .unwrap_or("none: the session was resumed")
                    .to_owned(),
            ));
            facts.push(("ALPN", tls.alpn.clone().unwrap_or_else(none)));
            facts.push((
                "server name",
                tls.server_name
                    .clone()
                    .unwrap_or_else(|| "none sent".to_owned()),
            ));
            facts.push((
                "session",
                if tls.resumed { "resumed" } else { "new" }.to_owned(),
            ));
        }
        if let Some(connection) = &self.connection {
            facts.push(("from", connection.peer.clone()));
            facts.push(("to", connection.local.clone()));
            facts.push(("connection", format!("number {}", connection.number)));
        }
        facts
    }
}

impl fmt::Display for Visit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "connection")?;
        for (label, value) in self.facts() {
            writeln!(f, "  {label:<13} {value}")?;
        }
        writeln!(f, "\ncertificates")?;
        for Link {
            is_sent,
            certificate,
        } in self.certificates
        {
            let role = if *is_sent { "sent" } else { "root, not sent" };
            writeln!(f, "  {} ({role})", name_of(certificate))?;
            writeln!(
                f,
                "    {:<11} {}",
                "valid until",
                certificate.not_after.date()
            )?;
            writeln!(f, "    {:<11} {}", "key", certificate.public_key)?;
            writeln!(f, "    {:<11} {}", "SHA-256", certificate.sha256)?;
        }
        writeln!(f, "\nrequest")?;
        writeln!(f, "  {}", self.request.line)?;
        for (name, value) in &self.request.fields {
            writeln!(f, "  {name}: {value}")?;
        }
        Ok(())
    }
}

/// The subject, or for one that has none, its names.
pub(crate) fn name_of(certificate: &CertificateInfo) -> String {
    if certificate.subject.is_empty() {
        certificate.names.join(", ")
    } else {
        certificate.subject.clone()
    }
}
