//! A visit as a page for people.

use super::html::{escape, frame};
use super::visit::{Link, Visit, name_of};
use crate::ui::shell_word;

/// The page.
pub(crate) fn render(visit: &Visit<'_>) -> String {
    let headline = match &visit.tls {
        Some(tls) => format!(
            "You are connected over {}",
            tls.version.replace("TLSv", "TLS ")
        ),
        None => "You are connected without TLS".to_owned(),
    };
    let content = format!(
        "<header>\n<h1>{headline}</h1>\n<p>{}</p>\n</header>\n{}{}{}{}",
        lead(visit),
        section("Connection", &facts(visit)),
        section("Certificate chain", &chain(visit.certificates)),
        section("Your request", &request(visit)),
        section("From a terminal", &commands(visit)),
    );
    frame(&headline, &content)
}

fn lead(visit: &Visit<'_>) -> &'static str {
    let group = visit
        .tls
        .as_ref()
        .and_then(|tls| tls.named_group)
        .unwrap_or_default();
    if group.contains("MLKEM") {
        "A certificate from this machine's own CA says who answers, and the keys were agreed on in a way that a recording \
         does not give away to a future quantum computer."
    } else {
        "A certificate from this machine's own CA says who answers. Below is what both sides agreed on."
    }
}

fn section(title: &str, content: &str) -> String {
    format!("<section>\n<h2>{title}</h2>\n{content}</section>\n")
}

fn facts(visit: &Visit<'_>) -> String {
    let rows: String = visit
        .facts()
        .iter()
        .map(|(label, value)| fact(label, value))
        .collect();
    format!("<dl>\n{rows}</dl>\n")
}

fn fact(label: &str, value: &str) -> String {
    format!(
        "<div><dt>{}</dt><dd>{}</dd></div>\n",
        escape(label),
        escape(value)
    )
}

fn chain(links: &[Link]) -> String {
    let cards: String = links.iter().map(card).collect();
    format!("<ol class=\"chain\">\n{cards}</ol>\n")
}

fn card(link: &Link) -> String {
    let certificate = &link.certificate;
    let role = match (link.is_sent, certificate.is_ca) {
        (true, false) => "this server",
        (true, true) => "intermediate",
        (false, _) => "root, not sent: those who trust it have it",
    };
    let names = certificate
        .names
        .iter()
        .map(|name| without_kind(name))
        .collect::<Vec<_>>()
        .join(", ");
    let mut rows = String::new();
    if !names.is_empty() {
        rows += &fact("names", &names);
    }
    rows += &fact(
        "valid",
        &format!(
            "{} to {}",
            certificate.not_before.date(),
            certificate.not_after.date()
        ),
    );
    rows += &fact("key", &certificate.public_key);
    rows += &fact("signature", &certificate.signature_algorithm);
    rows += &fact("serial", &certificate.serial);
    rows += &fact("SHA-256", &certificate.sha256);
    format!(
        "<li>\n<h3>{} <span class=\"role\">{role}</span></h3>\n<dl>\n{rows}</dl>\n</li>\n",
        escape(&name_of(certificate)),
    )
}

/// `DNS:localhost` without its kind, which shows by itself.
fn without_kind(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, name)| name)
}

fn request(visit: &Visit<'_>) -> String {
    let fields = visit
        .request
        .fields
        .iter()
        .map(|(name, value)| format!("<b>{}</b>: {}\n", escape(name), escape(value)));
    let fields: String = fields.collect();
    format!("<pre>{}\n{fields}</pre>\n", escape(&visit.request.line))
}

fn commands(visit: &Visit<'_>) -> String {
    let host = visit.request.fields.iter().find(|(name, _)| name == "host");
    let host = host.map_or("localhost", |(_, host)| host.as_str());
    let root = shell_word(visit.root_file);
    let url = shell_word(&format!("https://{host}/"));
    let json = format!("curl --cacert {root} -H 'Accept: application/json' {url}");
    let echo = format!(
        "curl --cacert {root} -T FILE {}",
        shell_word(&format!("https://{host}/echo"))
    );
    format!(
        "<p>The same as JSON:</p>\n<pre>{}</pre>\n<p>What you send comes back:</p>\n<pre>{}</pre>\n",
        escape(&json),
        escape(&echo),
    )
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn what_a_visitor_sends_is_escaped() {
        let request = Request::get("/?<script>")
            .header("host", "a")
            .header("x", "<b>\"&'")
            .body(());
        // `http` refuses raw angle brackets in a target, so only fields can carry them.
        assert!(request.is_err());
        let request = Request::get("/")
            .header("host", "a<i>")
            .header("x", "<b>\"&'")
            .body(())
            .unwrap();
        let page = render(&Visit::of(&request, &[], "/root.crt"));
        assert!(page.contains("&lt;b&gt;&quot;&amp;&#39;"), "{page}");
        assert!(!page.contains("<i>"), "{page}");
    }
}
