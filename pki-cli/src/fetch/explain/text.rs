//! The page for a terminal of 80 columns. Nothing a peer sent can move its cursor: every line goes through [`printable`].

use super::facts;
use super::record::{Dial, Ending, Handshake, Hop, Phase, Record};
use super::show::time;
use crate::serve::printable;
use crate::ui::page::{LABEL_COLUMNS, Page, label};

/// The longest bar.
const BAR_COLUMNS: u64 = 24;
/// What is left for the name of a phase.
const PHASE_COLUMNS: usize = 31;

/// The page.
pub(super) fn page(record: &Record) -> String {
    let mut page = Page::default();
    page.line(0, &facts::title(record));
    page.wrapped(0, "", &facts::verdict(record));
    if let Some(hint) = &record.outcome.hint {
        page.wrapped(0, "hint: ", hint);
    }
    page.blank();
    page.facts(2, &facts::summary(record));
    if record.hops.is_empty() {
        return page.text();
    }
    page.blank();
    waterfall(record, &mut page);
    for hop in &record.hops {
        page.blank();
        request(record, hop, &mut page);
    }
    page.text()
}

fn waterfall(record: &Record, page: &mut Page) {
    let title = "Where the time went";
    page.line(0, &format!("{title:<33}{:>9} {:>9}", "begins", "took"));
    for hop in &record.hops {
        if record.hops.len() > 1 {
            page.line(0, &headline(hop));
        }
        for phase in &hop.phases {
            page.line(2, &bar(phase, record.duration_us));
        }
    }
    let phases = record.hops.iter().flat_map(|hop| &hop.phases);
    if phases.into_iter().any(|phase| phase.ending != Ending::Done) {
        page.line(2, "× failed   ╌ came to no end");
    }
}

fn bar(phase: &Phase, total_us: u64) -> String {
    let (from, length) = phase.place(total_us, BAR_COLUMNS, 1);
    let sign = match phase.ending {
        Ending::Done => "━",
        Ending::Failed => "×",
        Ending::Unanswered => "╌",
    };
    let label = format!("{} {}", phase.name.label(), phase.detail);
    format!(
        "{:<PHASE_COLUMNS$}{:>9} {:>9}  {}{}",
        cut(&label, PHASE_COLUMNS),
        time(phase.at_us),
        time(phase.duration_us),
        repeated(" ", from),
        repeated(sign, length)
    )
}

fn repeated(sign: &str, columns: u64) -> String {
    (0..columns).map(|_| sign).collect()
}

fn cut(text: &str, columns: usize) -> String {
    let text = printable(text.as_bytes());
    if text.chars().count() < columns {
        return text;
    }
    let mut short: String = text.chars().take(columns - 2).collect();
    short.push('…');
    short
}

fn headline(hop: &Hop) -> String {
    let reason = facts::reason(hop).map_or_else(String::new, |reason| format!(" ({reason})"));
    format!("{}. {} {}{reason}", hop.number, hop.method, hop.url)
}

fn request(record: &Record, hop: &Hop, page: &mut Page) {
    page.line(0, &headline(hop));
    for dial in &hop.dials {
        dialed(dial, page);
    }
    page.section("Connection");
    if let Some(connection) = &hop.connection {
        page.facts(4, &facts::connection(connection));
    } else {
        page.line(4, "no connection");
    }
    for proxy in &hop.proxies {
        page.section("Proxy");
        page.facts(4, &facts::proxy(proxy));
    }
    for handshake in &hop.handshakes {
        secured(handshake, page);
    }
    exchanged(hop, page);
    if let Some(error) = facts::error(record, hop) {
        page.section("Error");
        page.wrapped(4, "", error);
    }
}

fn dialed(dial: &Dial, page: &mut Page) {
    page.section(if dial.has_name { "Name" } else { "Address" });
    page.facts(4, &facts::name(dial));
    for (address, ending) in facts::attempts(dial) {
        page.wrapped(
            4,
            &format!("{:<LABEL_COLUMNS$}", "attempt"),
            &format!("{address}: {ending}"),
        );
    }
}

fn secured(handshake: &Handshake, page: &mut Page) {
    page.section("TLS");
    page.facts(4, &facts::handshake(handshake));
    for agreement in facts::agreements(handshake) {
        page.wrapped(4, &label(agreement.label), &agreement.chosen);
        if !agreement.offered.is_empty() {
            page.wrapped(4, &label("  offered"), &agreement.offered.join(", "));
        }
    }
    if handshake.certificates.is_empty() {
        return;
    }
    page.section(facts::chain_title(handshake));
    for (at, certificate) in handshake.certificates.iter().enumerate() {
        page.wrapped(4, &format!("{}. ", at + 1), &facts::subject(certificate));
        page.facts(7, &facts::certificate(certificate));
    }
}

fn exchanged(hop: &Hop, page: &mut Page) {
    if let Some(request) = &hop.request {
        page.section("Request");
        for line in &request.lines {
            page.line(4, &format!("> {line}"));
        }
    }
    for response in &hop.responses {
        page.section("Response");
        for line in &response.lines {
            page.line(4, &format!("< {line}"));
        }
    }
    if let Some(transfer) = &hop.transfer {
        page.section("Transfer");
        page.facts(4, &facts::transfer(transfer));
    }
    if let Some(tcp) = &hop.tcp {
        page.section(&format!("TCP_INFO of this end, at {}", time(tcp.at_us)));
        page.facts(4, &facts::kernel(tcp));
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::ui::page::COLUMNS;

    #[test]
    fn no_line_that_can_be_wrapped_is_wider_than_a_terminal() {
        let page = page(&sample::record());
        for line in page.lines().filter(|line| !line.contains(['<', '>'])) {
            // A fingerprint has no blanks.
            let is_whole = line.contains("SHA-256");
            assert!(is_whole || line.chars().count() <= COLUMNS, "{line}");
        }
        for text in [
            "x25519",
            "GET https://a.test:8443/",
            "< HTTP/1.1 200 OK",
            "99 days left",
        ] {
            assert!(page.contains(text), "{text}\n{page}");
        }
    }

    #[test]
    fn what_a_peer_sends_moves_no_cursor() {
        let page = page(&sample::hostile());
        let is_harmless = |c: char| c == '\n' || !c.is_control();
        assert!(page.chars().all(is_harmless), "{page:?}");
        assert!(page.contains("\\u{1b}[2J"), "{page}");
    }
}
