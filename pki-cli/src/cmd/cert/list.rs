//! `wharf cert list`.

use wharf_pki::store::{CertificateState, Filter, Store};

use super::rows;
use crate::args::HomeArg;
use crate::exit::Status;
use crate::{clock, home};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert list
  wharf cert list --state valid --name api.test
  wharf cert list --csv > certificates.csv
  wharf cert list --json | jq -r '.certificates[] | select(.state == \"valid\") | .serial'

All that the CA has issued and knows, itself too. A bar is what is left of a life.

Exit status: 0 listed, even if there is none; 1 not.")]
pub(crate) struct List {
    /// One of its names, or its subject: the whole of it, in any case
    #[arg(long)]
    name: Option<String>,
    /// What it is
    #[arg(long, value_enum)]
    state: Option<State>,
    /// The subject of its issuer, or the commonName in it
    #[arg(long, value_name = "NAME")]
    issuer: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    home: HomeArg,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum State {
    Valid,
    Expired,
    Revoked,
    Replaced,
    NotYetValid,
}

impl From<State> for CertificateState {
    fn from(state: State) -> Self {
        match state {
            State::Valid => Self::Valid,
            State::Expired => Self::Expired,
            State::Revoked => Self::Revoked,
            State::Replaced => Self::Replaced,
            State::NotYetValid => Self::NotYetValid,
        }
    }
}

impl List {
    /// Lists them.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        let store = Store::open_read_only(&home)?;
        let filter = Filter {
            name: self.name.as_deref(),
            state: self.state.map(Into::into),
            ..Filter::default()
        };
        let mut rows = rows::find(&store, filter, clock::now())?;
        if let Some(issuer) = &self.issuer {
            rows.retain(|row| {
                let subject = row.issuer.as_deref();
                subject.is_some_and(|subject| is_called(subject, issuer))
            });
        }
        if self.json {
            rows::json(&rows)?;
        } else if self.csv {
            rows::csv(&rows)?;
        } else {
            rows::table(&rows).print()?;
        }
        Ok(Status::Done)
    }
}

/// Whether a subject, or the commonName in it, is this.
pub(crate) fn is_called(subject: &str, name: &str) -> bool {
    let mut attributes = subject.split(", ");
    subject.eq_ignore_ascii_case(name)
        || attributes.any(|attribute| {
            let common_name = attribute.strip_prefix("CN=");
            common_name.is_some_and(|common_name| common_name.eq_ignore_ascii_case(name))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_named_whole_or_by_its_common_name() {
        for name in ["O=X, CN=Our CA", "our ca"] {
            assert!(is_called("O=X, CN=Our CA", name));
        }
        for name in ["Our", "X", "CN=Our CA"] {
            assert!(!is_called("O=X, CN=Our CA", name));
        }
    }
}
