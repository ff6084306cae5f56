//! `wharf kex demo`.

use clap::ValueEnum;
use serde::Serialize;
use wharf_pki::kex::Group;

use crate::exit::Status;
use crate::kex::demo::attack::Attack;
use crate::kex::demo::{Mitm, Scenario};
use crate::kex::record::Record;
use crate::kex::tell::TellArg;
use crate::ui;
use crate::ui::style::{BAD, GOOD};
use crate::ui::table::Table;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf kex demo --explain
  wharf kex demo --group all
  wharf kex demo --mitm swap --no-auth
  wharf kex demo --mitm swap
  wharf kex demo --attack stolen-key
  wharf kex demo --attack stolen-key --group x25519mlkem768
  wharf kex demo --attack downgraded-group --html page.html

Both sides and somebody in between, with a CA and certificates that are made for it and thrown away. Exit status: 0 both sides \
agreed, which without certificates does not mean that nobody reads along; 1 not done; 2 a side refused, and which check it was is \
told.")]
pub(crate) struct Demo {
    /// x25519, p256, p384, ml-kem-768, x25519mlkem768, rsa-oaep, or all [default: x25519, or that of the attack]
    #[arg(long, value_name = "GROUP")]
    group: Option<Choice>,
    /// Who stands in between
    #[arg(long, value_enum, default_value_t = Mitm::None)]
    mitm: Mitm,
    /// No certificates
    #[arg(long)]
    no_auth: bool,
    /// Something that goes wrong
    #[arg(long, value_enum, conflicts_with = "mitm")]
    attack: Option<Attack>,
    #[command(flatten)]
    tell: TellArg,
}

/// One group, or each.
#[derive(Clone, Debug)]
enum Choice {
    One(Group),
    All,
}

impl std::str::FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            name => name
                .parse()
                .map(Self::One)
                .map_err(|fault: wharf_pki::kex::KexFault| fault.to_string()),
        }
    }
}

#[derive(Serialize)]
struct Runs {
    format: u32,
    runs: Vec<Record>,
}

impl Demo {
    /// Plays.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        self.tell.check_free()?;
        let default = self.attack.map_or(Group::X25519, Attack::group);
        let group = match &self.group {
            None => default,
            Some(Choice::One(group)) => *group,
            Some(Choice::All) => return self.run_all(),
        };
        let record = self.scenario(group)?.play()?;
        self.tell.tell(&record)
    }

    fn scenario(&self, group: Group) -> anyhow::Result<Scenario> {
        let refuse = |message: String, hint: &str| {
            let hint = hint.to_owned();
            Err(ui::Advised { message, hint }.into())
        };
        if let Some(attack) = self.attack {
            let name = attack
                .to_possible_value()
                .map(|value| value.get_name().to_owned());
            let name = name.unwrap_or_default();
            if !attack.takes(group) {
                let hint = format!("leave --group out: it takes {}", attack.group().name());
                return refuse(format!("{name} is not played with {group}"), &hint);
            }
            if attack.needs_certificates() && self.no_auth {
                return refuse(format!("{name} needs certificates"), "leave --no-auth out");
            }
        }
        if self.mitm == Mitm::Swap && group == Group::RsaOaep {
            return refuse(
                "with RSA-OAEP there is no share to swap: the client encrypts to the key that it has of the server".into(),
                "try --attack stolen-key, which is what RSA has no answer to",
            );
        }
        Ok(Scenario {
            group,
            middle: self.mitm,
            is_authenticated: !self.no_auth,
            attack: self.attack,
            secrets: self.tell.secrets(),
        })
    }

    /// Each group, in a line.
    fn run_all(&self) -> anyhow::Result<Status> {
        if self.attack.is_some() || !self.tell.is_plain() {
            return Err(ui::Advised {
                message: "--group all takes no attack, and is told in lines or as JSON".into(),
                hint: "name one group".into(),
            }
            .into());
        }
        let mut runs = Vec::new();
        for group in Group::ALL {
            // There is nothing to swap where the client encrypts to a key that it has.
            if self.mitm == Mitm::Swap && group == Group::RsaOaep {
                continue;
            }
            runs.push((group, self.scenario(group)?.play()?));
        }
        let is_refused = runs.iter().any(|(_, record)| !record.outcome.agreed);
        if self.tell.is_json() {
            let runs = runs.into_iter().map(|(_, record)| record).collect();
            ui::line(&serde_json::to_string_pretty(&Runs { format: 1, runs })?)?;
        } else {
            print(&runs)?;
        }
        Ok(match is_refused {
            true => Status::Refused,
            false => Status::Done,
        })
    }
}

fn print(runs: &[(Group, Record)]) -> anyhow::Result<()> {
    let heads = ["group", "client", "server", "forward", "quantum", "outcome"];
    let mut table = Table::new(&heads);
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    for (group, record) in runs {
        let outcome = &record.outcome;
        let told = match (&outcome.fault, outcome.attacker_reads) {
            (Some(fault), _) => format!("refused: {fault}"),
            (None, true) => "agreed, and read by somebody else".into(),
            (None, false) => "agreed".into(),
        };
        let is_good = outcome.agreed && !outcome.attacker_reads;
        let style = if is_good { GOOD } else { BAD };
        let bytes = |message: &str| {
            let sent = record.steps.iter().filter(|step| step.is_sent());
            let found = sent.filter_map(|step| match step.message.as_deref() {
                Some(name) if name == message => step.wire.as_ref(),
                _ => None,
            });
            let first = found.map(|wire| wire.len() / 2).next();
            first.map_or_else(|| "-".into(), |bytes| format!("{bytes} bytes"))
        };
        table.row(
            style,
            [
                group.name().to_owned(),
                bytes("client-hello"),
                bytes("server-hello"),
                yes(group.has_forward_secrecy()),
                yes(group.resists_quantum()),
                told,
            ],
        );
    }
    table.print()?;
    Ok(())
}
