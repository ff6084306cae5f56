//! A request, layer by layer.

use super::super::facts::{self, Agreement};
use super::super::record::{Certificate, Dial, Handshake, Hop, Record};
use super::super::show::time;
use crate::html::{Html, rows};

pub(super) fn request(record: &Record, hop: &Hop, html: &mut Html) {
    html.raw("<article id=\"request-")
        .number(hop.number)
        .raw("\">\n<h2>");
    html.number(hop.number)
        .raw(". ")
        .text(&format!("{} {}", hop.method, hop.url));
    if let Some(reason) = facts::reason(hop) {
        html.raw(" <span class=\"tag\">")
            .text(reason)
            .raw("</span>");
    }
    html.raw("</h2>\n");
    if let Some(error) = facts::error(record, hop) {
        html.raw("<p class=\"verdict bad\">")
            .text(error)
            .raw("</p>\n");
    }
    html.raw("<div class=\"cards\">\n");
    for dial in &hop.dials {
        dialed(dial, html);
    }
    connection(hop, html);
    for handshake in &hop.handshakes {
        secured(handshake, html);
    }
    heads(hop, html);
    if let Some(transfer) = &hop.transfer {
        card("Transfer", html);
        rows(&facts::transfer(transfer), html);
        html.raw("</dl></section>\n");
    }
    if let Some(tcp) = &hop.tcp {
        html.raw("<section class=\"card\"><h3>TCP_INFO <span class=\"quiet\">of this end, at ")
            .text(&time(tcp.at_us))
            .raw("</span></h3><dl>\n");
        rows(&facts::kernel(tcp), html);
        html.raw("</dl></section>\n");
    }
    html.raw("</div>\n</article>\n");
}

/// Begins a card with facts. Who calls it ends it.
fn card(title: &'static str, html: &mut Html) {
    html.raw("<section class=\"card\"><h3>")
        .raw(title)
        .raw("</h3><dl>\n");
}

fn dialed(dial: &Dial, html: &mut Html) {
    card(if dial.has_name { "Name" } else { "Address" }, html);
    rows(&facts::name(dial), html);
    for (address, ending) in facts::attempts(dial) {
        html.raw("<div><dt>attempt</dt><dd>")
            .text(&format!("{address}: {ending}"))
            .raw("</dd></div>\n");
    }
    html.raw("</dl></section>\n");
}

fn connection(hop: &Hop, html: &mut Html) {
    if let Some(connection) = &hop.connection {
        card("Connection", html);
        rows(&facts::connection(connection), html);
        html.raw("</dl></section>\n");
    }
    for step in &hop.proxies {
        card("Proxy", html);
        rows(&facts::proxy(step), html);
        html.raw("</dl></section>\n");
    }
}

fn secured(handshake: &Handshake, html: &mut Html) {
    html.raw("<section class=\"card wide\"><h3>TLS</h3><dl class=\"columns\">\n");
    rows(&facts::handshake(handshake), html);
    html.raw(
        "</dl>\n<table class=\"agreements\">\n<thead><tr><td></td><th scope=\"col\">Offered</th>",
    )
    .raw("<th scope=\"col\">Chosen</th></tr></thead>\n<tbody>\n");
    for agreement in facts::agreements(handshake) {
        agreed(&agreement, html);
    }
    html.raw("</tbody>\n</table></section>\n");
    if handshake.certificates.is_empty() {
        return;
    }
    html.raw("<section class=\"card wide\"><h3>")
        .raw(facts::chain_title(handshake))
        .raw("</h3>\n<ol class=\"chain\">\n");
    for certificate in &handshake.certificates {
        link(certificate, html);
    }
    html.raw("</ol></section>\n");
}

fn agreed(agreement: &Agreement, html: &mut Html) {
    html.raw("<tr><th scope=\"row\">")
        .text(agreement.label)
        .raw("</th><td class=\"offered\">");
    if agreement.offered.is_empty() {
        html.raw("<span class=\"quiet\">nothing</span>");
    }
    for (at, value) in agreement.offered.iter().enumerate() {
        if at > 0 {
            html.raw(" ");
        }
        let is_chosen = agreement.is_value && *value == agreement.chosen;
        html.raw(if is_chosen { "<b>" } else { "<span>" })
            .text(value);
        html.raw(if is_chosen { "</b>" } else { "</span>" });
    }
    html.raw(if agreement.is_value {
        "</td><td class=\"chosen\">"
    } else {
        "</td><td class=\"chosen quiet\">"
    });
    html.text(&agreement.chosen).raw("</td></tr>\n");
}

fn link(certificate: &Certificate, html: &mut Html) {
    html.raw("<li><h4>").text(&facts::subject(certificate));
    html.raw(match certificate.days_left {
        Some(..0) => " <span class=\"tag bad\">",
        _ if certificate.is_ending() => " <span class=\"tag warning\">",
        _ => " <span class=\"tag\">",
    });
    html.text(&certificate.left()).raw("</span></h4><dl>\n");
    rows(&facts::certificate(certificate), html);
    html.raw("</dl></li>\n");
}

fn heads(hop: &Hop, html: &mut Html) {
    if let Some(request) = &hop.request {
        head(
            "<section class=\"card head\"><h3>Request",
            request.at_us,
            &request.lines,
            html,
        );
    }
    for response in &hop.responses {
        head(
            "<section class=\"card head\"><h3>Response",
            response.at_us,
            &response.lines,
            html,
        );
    }
}

fn head(begin: &'static str, at_us: u64, lines: &[String], html: &mut Html) {
    html.raw(begin)
        .raw(" <span class=\"quiet\">at ")
        .text(&time(at_us))
        .raw("</span></h3>\n<pre>");
    for (at, line) in lines.iter().enumerate() {
        match line.split_once(": ") {
            Some((name, value)) if at > 0 => {
                html.raw("<b>").text(name).raw("</b>: ").text(value);
            }
            _ => {
                html.text(line);
            }
        }
        html.raw("\n");
    }
    html.raw("</pre></section>\n");
}
