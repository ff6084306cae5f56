use std::fmt;

use serde_json::Value;

use crate::Finished;

/// What a peer reports of one connection. `None` is what it cannot tell.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: Option<String>,
    /// The named group, as the peer spells it.
    pub group: Option<String>,
    /// The protocol chosen by ALPN.
    pub alpn: Option<String>,
    /// The server name that a client asked for.
    pub name: Option<String>,
    /// Whether a session was resumed.
    pub resumed: Option<bool>,
    /// The subject of the other side's certificate.
    pub subject: Option<String>,
    /// Whether the content came whole.
    pub content: bool,
    /// Whether the other side's `close_notify` came.
    pub clean: Option<bool>,
    /// Whether the other side's KeyUpdate came.
    pub key_update: Option<bool>,
    /// Why it failed.
    pub error: Option<String>,
    /// Everything that it printed.
    pub said: String,
}

impl Seen {
    /// Reads the lines of a program of `interop-tests/peers`.
    pub(super) fn of_script(finished: &Finished) -> Vec<Self> {
        let said = finished.to_string();
        let reports = finished.text();
        let reports = reports.lines().filter_map(|line| {
            let report: Value = serde_json::from_str(line).ok()?;
            report.get("port").is_none().then_some(report)
        });
        let mut seen: Vec<_> = reports
            .map(|report| Self::of_report(&report, &said))
            .collect();
        if !finished.status.success() || seen.is_empty() {
            seen.push(Self {
                error: Some(finished.stderr.clone()),
                said,
                ..Self::default()
            });
        }
        seen
    }

    fn of_report(report: &Value, said: &str) -> Self {
        let text = |name: &str| {
            let value = report[name].as_str().filter(|text| !text.is_empty());
            value.map(str::to_owned)
        };
        Self {
            version: text("version"),
            group: text("group"),
            alpn: text("alpn"),
            name: text("name"),
            resumed: report["resumed"].as_bool(),
            subject: text("peer"),
            content: report["content"].as_bool().unwrap_or_default(),
            clean: report["clean"].as_bool(),
            key_update: None,
            error: text("error"),
            said: said.to_owned(),
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = Self {
            said: String::new(),
            ..self.clone()
        };
        write!(f, "{short:?}\n{}", self.said)
    }
}
