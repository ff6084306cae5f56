use super::{Event, Lane, Lifelines, Mark, Message, Step, hex};
use crate::html::Html;

/// The most bytes in a row.
const ROW_BYTES: usize = 16;

/// The picture. Its rules are in `style.css`, which a page includes behind its own.
pub(crate) fn draw(lifelines: &Lifelines, html: &mut Html) {
    html.raw(match lifelines.lanes.len() {
        ..=2 => "<section class=\"lifelines two\">\n",
        _ => "<section class=\"lifelines three\">\n",
    });
    html.raw("<div class=\"lanes\">\n");
    for lane in &lifelines.lanes {
        head(lane, html);
    }
    html.raw("</div>\n<ol class=\"events\">\n");
    for event in &lifelines.events {
        match event {
            Event::Phase(title) => {
                html.raw("<li class=\"phase\"><h2>")
                    .text(title)
                    .raw("</h2></li>\n");
            }
            Event::Message(sent) => message(sent, html),
            Event::Step(taken) => step(taken, html),
        }
    }
    html.raw("</ol>\n</section>\n");
}

fn head(lane: &Lane, html: &mut Html) {
    html.raw("<div class=\"lane\"><b>")
        .text(&lane.name)
        .raw("</b><span>")
        .text(&lane.detail)
        .raw("</span></div>\n");
}

fn message(message: &Message, html: &mut Html) {
    html.raw(match (message.from, message.to) {
        (0, 1) => "<li class=\"message right first",
        (1, 0) => "<li class=\"message left first",
        (1, 2) => "<li class=\"message right second",
        (2, 1) => "<li class=\"message left second",
        (from, to) if from < to => "<li class=\"message right",
        _ => "<li class=\"message left",
    });
    html.raw(if message.is_sealed {
        " sealed\">"
    } else {
        "\">"
    });
    html.raw("<details><summary><span class=\"title\">")
        .text(&message.title);
    marks(&message.marks, html);
    html.raw("</span><span class=\"at\">")
        .text(&message.at)
        .raw("</span><span class=\"arrow\" aria-hidden=\"true\"></span><span class=\"said\">")
        .text(&message.summary)
        .raw("</span></summary>\n<div class=\"inside\">\n");
    let facts = message.facts.iter();
    html.raw("<dl>\n");
    html.facts(facts.map(|(label, value)| (*label, value.as_str())));
    html.raw("</dl>\n");
    bytes(message, html);
    html.raw("</div></details>\n<p class=\"why\">")
        .text(&message.why)
        .raw("</p></li>\n");
}

fn bytes(message: &Message, html: &mut Html) {
    let rows = hex::rows(message, ROW_BYTES);
    if rows.is_empty() {
        return;
    }
    html.raw(
        "<table class=\"bytes\"><thead><tr><th scope=\"col\">At</th><th scope=\"col\">Bytes</th>",
    )
    .raw("<th scope=\"col\">What they are</th></tr></thead>\n<tbody>\n");
    for row in &rows {
        html.raw("<tr><td>")
            .number(row.offset)
            .raw("</td><td>")
            .text(&row.hex)
            .raw("</td><td class=\"depth-")
            .number(row.depth.min(6))
            .raw("\">")
            .text(&row.name);
        if !row.value.is_empty() {
            html.raw(" <b>").text(&row.value).raw("</b>");
        }
        html.raw("</td></tr>\n");
    }
    html.raw("</tbody></table>\n");
}

fn step(step: &Step, html: &mut Html) {
    html.raw(match step.lanes.as_slice() {
        [0] => "<li class=\"step first\">",
        [1] => "<li class=\"step second\">",
        [2] => "<li class=\"step third\">",
        _ => "<li class=\"step\">",
    });
    html.raw("<div class=\"box\"><h3>").text(&step.title);
    marks(&step.marks, html);
    html.raw("</h3>\n<p>").text(&step.why).raw("</p>\n");
    if !step.values.is_empty() {
        html.raw("<details><summary>Values</summary>\n");
        let values = step.values.iter();
        html.raw("<dl>\n");
        html.facts(values.map(|(label, value)| (label.as_str(), value.as_str())));
        html.raw("</dl>\n");
        html.raw("</details>\n");
    }
    html.raw("</div></li>\n");
}

fn marks(marks: &[Mark], html: &mut Html) {
    for mark in marks {
        html.raw(match mark {
            Mark::Good(_) => " <span class=\"tag good\">",
            Mark::Bad(_) => " <span class=\"tag bad\">",
            Mark::Plain(_) => " <span class=\"tag\">",
        });
        html.text(mark.text()).raw("</span>");
    }
}

#[cfg(test)]
mod tests {
    use super::super::Annotation;
    use super::*;

    #[test]
    fn what_is_told_is_never_markup() {
        let evil = || "<script>\"'".to_owned();
        let sent = Message {
            title: evil(),
            summary: evil(),
            why: evil(),
            at: evil(),
            facts: vec![("fact", evil())],
            marks: vec![Mark::Bad(evil())],
            annotations: vec![Annotation {
                name: evil(),
                value: evil(),
                ..Annotation::default()
            }],
            ..Message::default()
        };
        let taken = Step {
            title: evil(),
            why: evil(),
            values: vec![(evil(), evil())],
            ..Step::default()
        };
        let lifelines = Lifelines {
            lanes: vec![Lane {
                name: evil(),
                detail: evil(),
            }],
            events: vec![
                Event::Phase(evil()),
                Event::Message(Box::new(sent)),
                Event::Step(taken),
            ],
        };
        let page = crate::html::page("", "", |html| draw(&lifelines, html));
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("&lt;script&gt;").count(), 15, "{page}");
    }
}
