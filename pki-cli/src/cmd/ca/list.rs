//! `wharf ca list`.

use serde::Serialize;
use time::OffsetDateTime;
use wharf_pki::inspect::inspect_der;
use wharf_pki::store::{AuthorityRecord, AuthorityState, Filter, Stamp, Store};

use crate::args::HomeArg;
use crate::exit::Status;
use crate::ui::style::{FAINT, paint};
use crate::ui::tree::Tree;
use crate::ui::{self, certificate};
use crate::{clock, home};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca list
  wharf ca list --json | jq '.authorities[].subject'

Exit status: 0 listed; 1 not.")]
pub(crate) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

#[derive(Serialize)]
struct Listed {
    format: u32,
    authorities: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    issuer: Option<String>,
    subject: String,
    state: &'static str,
    encrypted: bool,
    issued: usize,
    certificate: wharf_pki::CertificateInfo,
}

impl List {
    /// Lists them.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        let (who, now) = (home::who(), clock::now());
        let store = Store::open(&home, &Stamp::new(&who, now))?;
        let rows = rows(&store, now)?;
        if self.json {
            let listed = Listed {
                format: 1,
                authorities: rows,
            };
            ui::line(&serde_json::to_string_pretty(&listed)?)?;
            return Ok(Status::Done);
        }
        warn(&rows, now);
        for root in rows.iter().filter(|row| row.issuer.is_none()) {
            let tree = tree(root, &rows, now);
            tree.draw().iter().try_for_each(|line| ui::line(line))?;
        }
        Ok(Status::Done)
    }
}

fn rows(store: &Store, now: OffsetDateTime) -> anyhow::Result<Vec<Row>> {
    let authorities = store.authorities()?;
    // All of them, page by page.
    let mut issuers = Vec::new();
    let mut filter = Filter::default();
    loop {
        let page = store.list(&filter, now)?;
        let Some(last) = page.last() else { break };
        filter.after = Some(last.id);
        issuers.extend(page.into_iter().map(|row| (row.id, row.issuer)));
    }
    let row = |record: &AuthorityRecord| {
        let by = issuers.iter().find(|(id, _)| *id == record.certificate_id);
        let issuer = by.and_then(|(_, issuer)| *issuer);
        let issued = issuers
            .iter()
            .filter(|(id, by)| *by == Some(record.id) && *id != record.certificate_id);
        anyhow::Ok(Row {
            id: record.id.to_string(),
            issuer: issuer
                .filter(|issuer| *issuer != record.id)
                .map(|issuer| issuer.to_string()),
            subject: record.subject.clone(),
            state: match record.state {
                AuthorityState::Active if record.revocation.is_some() => "revoked",
                AuthorityState::Active => "active",
                _ => "retired",
            },
            encrypted: record.key_encrypted,
            issued: issued.count(),
            certificate: inspect_der(record.certificate.der())?,
        })
    };
    authorities.iter().map(row).collect()
}

fn warn(rows: &[Row], now: OffsetDateTime) {
    for row in rows.iter().filter(|row| row.state == "revoked") {
        ui::note(&format!(
            "warning: {} is revoked and issues nothing more; wharf ca rotate makes a new one",
            row.subject
        ));
    }
    for row in rows.iter().filter(|row| row.state == "active") {
        if row.certificate.not_after < now {
            ui::note(&format!(
                "warning: {} expired on {}; wharf ca rotate makes a new one",
                row.subject,
                clock::day(row.certificate.not_after)
            ));
        }
    }
}

fn tree(row: &Row, rows: &[Row], now: OffsetDateTime) -> Tree {
    let mut tree = certificate::entry(&row.certificate, now);
    let key = match row.encrypted {
        true => "key has a password",
        false => "key has no password",
    };
    let line = format!("{}, issued {}, {key}", row.state, row.issued);
    tree.lines.push(paint(FAINT, &line));
    let below = rows
        .iter()
        .filter(|other| other.issuer.as_ref() == Some(&row.id));
    tree.below = below.map(|other| self::tree(other, rows, now)).collect();
    tree
}
