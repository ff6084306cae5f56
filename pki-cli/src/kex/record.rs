//! What happened, as it is kept: the transcript, `--json`, and what the text and the page are made from.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use wharf_pki::kex::{KexFault, Party, Recording, Role, Secret, Step, StepKind, Value};

use crate::ui::Advised;

/// A run of KX/1, of one side or of all.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Record {
    pub(crate) format: u32,
    /// `KX/1`.
    pub(crate) protocol: String,
    /// In a few words, what was run.
    pub(crate) title: String,
    /// Whether the sides showed certificates.
    pub(crate) authenticated: bool,
    /// Whether secrets stand in it.
    pub(crate) secrets_revealed: bool,
    /// The group, once it is agreed on.
    pub(crate) group: Option<String>,
    pub(crate) steps: Vec<StepRecord>,
    pub(crate) outcome: Outcome,
}

/// What somebody did.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct StepRecord {
    /// `client`, `server` or `attacker`.
    pub(crate) by: String,
    /// As of `StepKind::name`; `note` of the attacker.
    pub(crate) kind: String,
    /// The message that was sent or received.
    pub(crate) message: Option<String>,
    /// All of it, in hexadecimal.
    pub(crate) wire: Option<String>,
    /// A group, a subject, or the words of a note.
    pub(crate) detail: Option<String>,
    pub(crate) values: Vec<ValueRecord>,
}

/// A value that came up.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ValueRecord {
    pub(crate) name: String,
    pub(crate) secret: bool,
    pub(crate) bytes: usize,
    /// In hexadecimal; nothing of a secret that is not to be revealed.
    pub(crate) hex: Option<String>,
}

/// How it ended.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Outcome {
    /// Whether both sides agreed, and each has the message of the other.
    pub(crate) agreed: bool,
    /// Who refused.
    pub(crate) refused_by: Option<String>,
    /// The name of the fault: `signature`.
    pub(crate) fault: Option<String>,
    /// In words.
    pub(crate) reason: Option<String>,
    /// Which checks of the certification path failed.
    #[serde(default)]
    pub(crate) failed_checks: Vec<String>,
    /// Whether somebody in between read what was not for him.
    #[serde(default)]
    pub(crate) attacker_reads: bool,
}

/// Whether secrets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrets {
    Hidden,
    Revealed,
}

impl Secrets {
    pub(crate) fn of(is_revealed: bool) -> Self {
        match is_revealed {
            true => Self::Revealed,
            false => Self::Hidden,
        }
    }
}

impl Record {
    /// Without a step yet.
    pub(crate) fn new(title: impl Into<String>, authenticated: bool, secrets: Secrets) -> Self {
        Self {
            format: 1,
            protocol: "KX/1".into(),
            title: title.into(),
            authenticated,
            secrets_revealed: secrets == Secrets::Revealed,
            group: None,
            steps: Vec::new(),
            outcome: Outcome::default(),
        }
    }

    /// Adds what a side did.
    pub(crate) fn add(&mut self, steps: &[Step]) {
        for step in steps {
            if let StepKind::Agreed(group) = &step.kind {
                self.group = Some(group.to_string());
            }
            let record = self.step(step);
            self.steps.push(record);
        }
    }

    fn step(&self, step: &Step) -> StepRecord {
        StepRecord {
            by: step.role.to_string(),
            kind: step.kind.name().into(),
            message: step.kind.message().map(|kind| kind.to_string()),
            wire: step.message.as_ref().map(|octets| HEXLOWER.encode(octets)),
            detail: match &step.kind {
                StepKind::Agreed(group) => Some(group.to_string()),
                StepKind::CheckedCertificate { subject } => Some(subject.clone()),
                _ => None,
            },
            values: step.values.iter().map(|value| self.value(value)).collect(),
        }
    }

    fn value(&self, value: &Value) -> ValueRecord {
        let octets = value.octets.reveal();
        let is_shown = self.secrets_revealed || !value.is_secret();
        ValueRecord {
            name: value.name.clone(),
            secret: value.is_secret(),
            bytes: octets.len(),
            hex: is_shown.then(|| HEXLOWER.encode(octets)),
        }
    }

    /// What one side did, and how it ended for it.
    pub(crate) fn finish(&mut self, party: &Party, ran: Result<(), KexFault>) {
        self.add(party.steps());
        match ran {
            Ok(()) => self.outcome.agreed = true,
            Err(fault) => self.refuse(party.role().name(), &fault),
        }
    }

    /// Somebody in between.
    pub(crate) fn note(&mut self, words: impl Into<String>, wire: Option<(&str, &[u8])>) {
        self.steps.push(StepRecord {
            by: "attacker".into(),
            kind: "note".into(),
            message: wire.map(|(name, _)| name.to_owned()),
            wire: wire.map(|(_, octets)| HEXLOWER.encode(octets)),
            detail: Some(words.into()),
            values: Vec::new(),
        });
    }

    /// A side refused.
    pub(crate) fn refuse(&mut self, by: &str, fault: &KexFault) {
        let failed = fault.failed_checks();
        self.outcome = Outcome {
            refused_by: Some(by.into()),
            fault: Some(fault.name().into()),
            reason: Some(fault.to_string()),
            failed_checks: failed.iter().map(ToString::to_string).collect(),
            ..std::mem::take(&mut self.outcome)
        };
    }

    /// Reads a transcript.
    pub(crate) fn read(bytes: &[u8]) -> anyhow::Result<Self> {
        let record: Self = serde_json::from_slice(bytes).context("it is no transcript")?;
        if record.format != 1 || record.protocol != "KX/1" {
            bail!(Advised {
                message: "it is no transcript of KX/1 in format 1".into(),
                hint: "wharf kex dial --transcript FILE writes one".into(),
            });
        }
        Ok(record)
    }

    pub(crate) fn to_json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// What each side recorded; a side that did nothing has nothing.
    pub(crate) fn recordings(&self) -> anyhow::Result<Vec<Recording>> {
        let sides = [Role::Client, Role::Server];
        let recordings = sides.into_iter().map(|role| self.recording(role));
        Ok(recordings
            .collect::<anyhow::Result<Vec<_>>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    fn recording(&self, role: Role) -> anyhow::Result<Option<Recording>> {
        let (mut messages, mut values) = (Vec::new(), BTreeMap::new());
        for step in self.steps.iter().filter(|step| step.by == role.name()) {
            if let Some(wire) = &step.wire {
                let from = match step.kind.as_str() {
                    "sent" => role,
                    _ => role.other(),
                };
                messages.push((from, unhex(wire)?));
            }
            for value in &step.values {
                if let Some(hex) = &value.hex {
                    values.insert(value.name.clone(), Secret::new(unhex(hex)?));
                }
            }
        }
        Ok((!messages.is_empty()).then_some(Recording {
            role,
            messages,
            values,
        }))
    }
}

fn unhex(text: &str) -> anyhow::Result<Vec<u8>> {
    HEXLOWER
        .decode(text.as_bytes())
        .context("a value is not in hexadecimal")
}
