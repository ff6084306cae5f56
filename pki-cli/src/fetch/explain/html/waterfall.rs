//! Where the time went, as a table with bars.

use super::super::facts;
use super::super::record::{Ending, Hop, Phase, PhaseName, Record};
use super::super::show::time;
use crate::html::Html;

/// The whole axis, in hundredths of a percent.
const AXIS: u64 = 10_000;
/// The shortest bar that can be seen.
const BAR_MIN: u64 = 50;

pub(super) fn waterfall(record: &Record, html: &mut Html) {
    html.raw("<section class=\"card\" aria-labelledby=\"time\">\n<h2 id=\"time\">Where the time went</h2>\n")
        .raw("<table class=\"waterfall\">\n<thead><tr><th scope=\"col\">Phase</th>")
        .raw("<th scope=\"col\" class=\"number\">Begins</th><th scope=\"col\" class=\"number\">Took</th>")
        .raw("<th scope=\"col\" class=\"axis\"><span class=\"hidden\">On an axis of all the time</span>");
    for quarter in 0..=4 {
        let tick = u128::from(record.duration_us) * quarter / 4;
        html.raw("<span aria-hidden=\"true\">")
            .text(&time(tick.try_into().unwrap_or(u64::MAX)))
            .raw("</span>");
    }
    html.raw("</th></tr></thead>\n");
    for hop in &record.hops {
        html.raw("<tbody>\n");
        if record.hops.len() > 1 {
            headline(hop, html);
        }
        for phase in &hop.phases {
            row(phase, record.duration_us, html);
        }
        html.raw("</tbody>\n");
    }
    html.raw("</table>\n</section>\n");
}

fn headline(hop: &Hop, html: &mut Html) {
    html.raw("<tr class=\"request\"><th scope=\"rowgroup\" colspan=\"4\"><a href=\"#request-")
        .number(hop.number)
        .raw("\">")
        .number(hop.number)
        .raw(". ")
        .text(&format!("{} {}", hop.method, hop.url))
        .raw("</a>");
    if let Some(reason) = facts::reason(hop) {
        html.raw(" <span class=\"tag\">")
            .text(reason)
            .raw("</span>");
    }
    html.raw("</th></tr>\n");
}

fn row(phase: &Phase, total_us: u64, html: &mut Html) {
    html.raw("<tr><th scope=\"row\">").text(phase.name.label());
    if !phase.detail.is_empty() {
        html.raw(" <span class=\"detail\">")
            .text(&phase.detail)
            .raw("</span>");
    }
    match phase.ending {
        Ending::Done => {}
        Ending::Failed => {
            html.raw(" <span class=\"tag bad\">failed</span>");
        }
        Ending::Unanswered => {
            html.raw(" <span class=\"tag\">came to no end</span>");
        }
    }
    html.raw("</th><td class=\"number begins\">")
        .text(&time(phase.at_us))
        .raw("</td><td class=\"number\">")
        .text(&time(phase.duration_us))
        .raw("</td><td class=\"track\">");
    let (from, length) = phase.place(total_us, AXIS, BAR_MIN);
    html.raw("<svg aria-hidden=\"true\" class=\"")
        .raw(class(phase))
        .raw("\"><rect height=\"100%\" rx=\"2\" x=\"")
        .percent(from)
        .raw("\" width=\"")
        .percent(length)
        .raw("\"/></svg></td></tr>\n");
}

fn class(phase: &Phase) -> &'static str {
    match (phase.ending, phase.name) {
        (Ending::Failed, _) => "failed",
        (Ending::Unanswered, _) => "unanswered",
        (_, PhaseName::Resolve) => "resolve",
        (_, PhaseName::Connect) => "connect",
        (_, PhaseName::Proxy) => "proxy",
        (_, PhaseName::Handshake) => "handshake",
        (_, PhaseName::Send) => "send",
        (_, PhaseName::Wait) => "wait",
        (_, PhaseName::Receive) => "receive",
    }
}
