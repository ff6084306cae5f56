//! Certificates of the inventory, as tables, JSON and CSV.

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;
use wharf_pki::crl::SerialNumber;
use wharf_pki::store::{
    AuthorityId, CertificateRecord, CertificateState, Filter, Revocation, Store,
};

use crate::ui::life::Life;
use crate::ui::style::{BAD, FAINT};
use crate::ui::table::Table;
use crate::{clock, ui};

/// A certificate for programs. Times are RFC 3339.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) serial: String,
    subject: String,
    names: Vec<String>,
    pub(super) issuer: Option<String>,
    profile: String,
    state: &'static str,
    not_before: String,
    not_after: String,
    sha256: String,
    recorded_at: String,
    /// The serial number of its successor.
    replaced_by: Option<String>,
    revoked_at: Option<String>,
    revocation_reason: Option<String>,
    invalidity_date: Option<String>,
    files: Vec<File>,
    #[serde(skip)]
    life: Life,
}

#[derive(Clone, Debug, Serialize)]
struct File {
    kind: String,
    path: std::path::PathBuf,
    written_at: Option<String>,
}

#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    certificates: &'a [Row],
}

/// All that a filter finds, page by page.
pub(super) fn find(
    store: &Store,
    mut filter: Filter<'_>,
    now: OffsetDateTime,
) -> anyhow::Result<Vec<Row>> {
    let subjects: BTreeMap<AuthorityId, String> = store
        .authorities()?
        .into_iter()
        .map(|authority| (authority.id, authority.subject))
        .collect();
    let mut rows = Vec::new();
    loop {
        let page = store.list(&filter, now)?;
        let Some(last) = page.last() else {
            return Ok(rows);
        };
        filter.after = Some(last.id);
        for record in page {
            let issuer = record.issuer.and_then(|id| subjects.get(&id)).cloned();
            let successor = record.replaced_by;
            let mut row = Row::new(record, issuer, now)?;
            row.replaced_by = match successor {
                None => None,
                Some(id) => Some(SerialNumber::of(&store.certificate(id)?)?.to_string()),
            };
            rows.push(row);
        }
    }
}

impl Row {
    fn new(
        record: CertificateRecord,
        issuer: Option<String>,
        now: OffsetDateTime,
    ) -> anyhow::Result<Self> {
        let revocation = record.revocation.as_ref();
        let invalidity = revocation.and_then(|revocation| revocation.invalidity_date);
        Ok(Self {
            life: Life::of(record.not_before, record.not_after, now),
            serial: record.serial,
            subject: record.subject,
            names: record.names,
            issuer,
            profile: record.profile,
            state: state(record.state),
            not_before: clock::rfc3339(record.not_before)?,
            not_after: clock::rfc3339(record.not_after)?,
            sha256: record.sha256,
            recorded_at: clock::rfc3339(record.recorded_at)?,
            replaced_by: None,
            revoked_at: revocation
                .map(|revocation: &Revocation| clock::rfc3339(revocation.revoked_at))
                .transpose()?,
            revocation_reason: revocation.map(|revocation| revocation.reason.to_string()),
            invalidity_date: invalidity.map(clock::rfc3339).transpose()?,
            files: record
                .files
                .into_iter()
                .map(|file| {
                    anyhow::Ok(File {
                        kind: file.kind.to_string(),
                        path: file.path,
                        written_at: file.written_at.map(clock::rfc3339).transpose()?,
                    })
                })
                .collect::<Result<_, _>>()?,
        })
    }

    /// What people know it by.
    fn name(&self) -> String {
        let names: Vec<_> = self.names.iter().map(|name| plain(name)).collect();
        match &names[..] {
            [] => {
                let common_name = self.subject.split(", ").find_map(|a| a.strip_prefix("CN="));
                common_name.unwrap_or(&self.subject).to_owned()
            }
            [one] => (*one).to_owned(),
            [first, rest @ ..] => format!("{first} +{}", rest.len()),
        }
    }

    fn is_unwritten(&self) -> bool {
        self.files.iter().any(|file| file.written_at.is_none())
    }

    fn state(&self) -> String {
        match &self.revocation_reason {
            Some(reason) if reason != "unspecified" => format!("{}: {reason}", self.state),
            Some(_) => self.state.to_owned(),
            None if self.is_unwritten() => format!("{}, not written", self.state),
            None => self.state.to_owned(),
        }
    }
}

/// As a table for people.
pub(super) fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(&[
        "name", "state", "life", "left", "until", "profile", "serial",
    ]);
    // The beginning is enough for `cert revoke`, and a terminal is narrow.
    let digits = if ui::is_terminal() { 12 } else { usize::MAX };
    for row in rows {
        let style = match row.state {
            "revoked" => BAD,
            "replaced" => FAINT,
            _ => row.life.style(),
        };
        table.row(
            style,
            [
                row.name(),
                row.state(),
                row.life.plain_bar(),
                row.life.words(),
                row.not_after.chars().take(10).collect(),
                row.profile.clone(),
                row.serial.chars().take(digits).collect(),
            ],
        );
    }
    table
}

/// As JSON.
pub(super) fn json(rows: &[Row]) -> anyhow::Result<()> {
    let report = Report {
        format: 1,
        certificates: rows,
    };
    ui::line(&serde_json::to_string_pretty(&report)?)?;
    Ok(())
}

/// As CSV ([RFC 4180]) with a head; several names have a space between them.
///
/// [RFC 4180]: https://www.rfc-editor.org/rfc/rfc4180
pub(super) fn csv(rows: &[Row]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "serial",
        "subject",
        "names",
        "issuer",
        "profile",
        "state",
        "not_before",
        "not_after",
        "revoked_at",
        "revocation_reason",
        "sha256",
    ])?;
    for row in rows {
        let names: Vec<_> = row.names.iter().map(|name| plain(name)).collect();
        let or_empty = |value: &Option<String>| value.clone().unwrap_or_default();
        writer.write_record([
            row.serial.clone(),
            row.subject.clone(),
            names.join(" "),
            or_empty(&row.issuer),
            row.profile.clone(),
            row.state.to_owned(),
            row.not_before.clone(),
            row.not_after.clone(),
            or_empty(&row.revoked_at),
            or_empty(&row.revocation_reason),
            row.sha256.clone(),
        ])?;
    }
    let text = String::from_utf8(writer.into_inner()?)?;
    text.lines().try_for_each(ui::line)?;
    Ok(())
}

/// A name without its kind.
fn plain(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, name)| name)
}

fn state(state: CertificateState) -> &'static str {
    match state {
        CertificateState::Revoked => "revoked",
        CertificateState::Expired => "expired",
        CertificateState::Replaced => "replaced",
        CertificateState::NotYetValid => "not-yet-valid",
        _ => "valid",
    }
}

/// Candidates, for who named something that could be several.
pub(super) fn tell_candidates(store: &Store, name: &str) -> anyhow::Result<()> {
    let by_name = Filter {
        name: Some(name),
        ..Filter::default()
    };
    let mut rows = find(store, by_name, clock::now())?;
    if rows.is_empty() {
        let by_serial = Filter {
            serial_prefix: Some(name),
            ..Filter::default()
        };
        rows = find(store, by_serial, clock::now())?;
    }
    for row in rows.iter().rev().take(CANDIDATES_MAX) {
        let (state, until) = (row.state(), row.life.words());
        ui::paste(&format!(
            "  {}  {}  {state}, {until}",
            row.serial,
            row.name()
        ));
    }
    Ok(())
}

/// More than a person reads.
const CANDIDATES_MAX: usize = 20;
