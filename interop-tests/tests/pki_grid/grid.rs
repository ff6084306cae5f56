//! The cells: each peer's answer beside what it should be.

use std::fmt;

use wharf_pki::KeyType;

use crate::case::{Answer, Case, Expected};
use crate::lab::Lab;
use crate::limits::{LIMITS, Limit, witnesses_min};
use crate::peers::PEERS;

#[derive(Debug)]
enum Cell {
    /// Accepted, as it should be.
    Ok,
    /// Refused, as it should be.
    Refused,
    /// A known limit of this peer.
    Limit,
    /// Not a question that this peer can be asked.
    Unable,
    /// The peer is not here; the harness has said so, or failed.
    Skipped,
    Wrong(String),
}

pub(crate) struct Grid<'a> {
    /// A row: its case, and a cell for each peer.
    rows: Vec<(&'a Case, Vec<Cell>)>,
}

impl<'a> Grid<'a> {
    pub(crate) fn of(lab: &'a Lab) -> Self {
        let cases: Vec<&Case> = lab.cases.iter().collect();
        let mut rows: Vec<_> = cases.iter().map(|case| (*case, Vec::new())).collect();
        for peer in &PEERS {
            let answers = (peer.ask)(lab, &cases);
            for (at, (case, cells)) in rows.iter_mut().enumerate() {
                let answer = answers.as_ref().map(|answers| &answers[at]);
                cells.push(answer.map_or(Cell::Skipped, |answer| judge(peer.name, case, answer)));
            }
        }
        Self { rows }
    }

    /// What is not as it should be, a line each.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (case, cells) in &self.rows {
            let row = format!("{} {}", case.key_type, case.name);
            for (cell, peer) in cells.iter().zip(&PEERS) {
                if let Cell::Wrong(what) = cell {
                    faults.push(format!("{row}: {}: {what}", peer.name));
                }
            }
            let is_skipped = |cell: &Cell| matches!(cell, Cell::Skipped);
            // The first column is our own.
            let foreign = &cells[1..];
            let witnesses = foreign
                .iter()
                .filter(|cell| matches!(cell, Cell::Ok | Cell::Refused));
            let wanted = witnesses_min(case.key_type, case.name);
            if witnesses.count() < wanted && !foreign.iter().any(is_skipped) {
                faults.push(format!("{row}: fewer than {wanted} others agree"));
            }
        }
        faults
    }
}

fn judge(peer: &str, case: &Case, answer: &Answer) -> Cell {
    let is_right = answer.is(case.expected());
    if let Answer::Unable = answer {
        return Cell::Unable;
    }
    if let Some(limit) = Limit::of(peer, case.key_type, case.name) {
        return match (case.expected(), is_right) {
            (Expected::Accepted, true) => Cell::Wrong(format!(
                "works, so this is no limit any more: {}",
                limit.why
            )),
            (Expected::Refused(_), _) if matches!(answer, Answer::Accepted) => {
                Cell::Wrong("accepted".into())
            }
            // What cannot be read at all is refused for no reason of ours.
            _ => Cell::Limit,
        };
    }
    match (case.expected(), is_right) {
        (Expected::Accepted, true) => Cell::Ok,
        (Expected::Refused(_), true) => Cell::Refused,
        _ => Cell::Wrong(format!("{answer:?}")),
    }
}

impl fmt::Display for Grid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<&str> = Vec::new();
        for (case, _) in &self.rows {
            if !names.contains(&case.name) {
                names.push(case.name);
            }
        }
        writeln!(
            f,
            "\n+ verified  x refused as it should be  . limit of the peer  ? not asked  - not offered  s skipped  ! WRONG"
        )?;
        let types: Vec<String> = KeyType::ALL.iter().map(KeyType::to_string).collect();
        writeln!(f, "in each cell, from left to right: {}", types.join(" "))?;
        write!(f, "{:18}", "")?;
        for peer in &PEERS {
            write!(f, "{:14}", peer.name)?;
        }
        for name in names {
            write!(f, "\n{name:18}")?;
            for at in 0..PEERS.len() {
                let cell = |key_type: &KeyType| {
                    let mut rows = self.rows.iter();
                    let row =
                        rows.find(|(case, _)| case.name == name && case.key_type == *key_type);
                    row.map_or('-', |(_, cells)| cells[at].symbol())
                };
                write!(
                    f,
                    "{:14}",
                    KeyType::ALL.iter().map(cell).collect::<String>()
                )?;
            }
        }
        writeln!(f)?;
        for limit in LIMITS {
            let keys: Vec<_> = limit.keys.iter().map(KeyType::to_string).collect();
            writeln!(
                f,
                ". {} {} {}: {}",
                limit.peer,
                keys.join(" "),
                limit.rows.join(", "),
                limit.why
            )?;
        }
        Ok(())
    }
}

impl Cell {
    fn symbol(&self) -> char {
        match self {
            Self::Ok => '+',
            Self::Refused => 'x',
            Self::Limit => '.',
            Self::Unable => '?',
            Self::Skipped => 's',
            Self::Wrong(_) => '!',
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::case::Kind;

    fn case(expected: Expected) -> Case {
        Case {
            key_type: KeyType::P256,
            name: "server",
            kind: Kind::Path {
                purpose: "server",
                name: "a.test".into(),
                expected,
            },
            root: PathBuf::new(),
            between: PathBuf::new(),
            file: PathBuf::new(),
            crls: None,
            key: PathBuf::new(),
        }
    }

    fn is_wrong(cell: &Cell) -> bool {
        matches!(cell, Cell::Wrong(_))
    }

    #[test]
    fn a_wrong_answer_and_a_refusal_for_another_reason_are_faults() {
        let (good, bad) = (
            case(Expected::Accepted),
            case(Expected::Refused(&["expired"])),
        );
        let refused = |why: &str| Answer::Refused(why.into());
        assert!(!is_wrong(&judge("go", &good, &Answer::Accepted)));
        assert!(is_wrong(&judge("go", &good, &refused("expired"))));
        assert!(!is_wrong(&judge("go", &bad, &refused("it has Expired"))));
        assert!(is_wrong(&judge("go", &bad, &refused("no such file"))));
        assert!(is_wrong(&judge("go", &bad, &Answer::Accepted)));
    }

    #[test]
    fn a_limit_that_is_none_any_more_is_a_fault() {
        let mut limited = case(Expected::Accepted);
        limited.key_type = KeyType::MlDsa44;
        let refused = Answer::Refused("unknown algorithm".into());
        assert!(!is_wrong(&judge("java", &limited, &refused)));
        assert!(is_wrong(&judge("java", &limited, &Answer::Accepted)));
        limited.kind = case(Expected::Refused(&["expired"])).kind;
        assert!(is_wrong(&judge("java", &limited, &Answer::Accepted)));
    }

    #[test]
    fn one_witness_is_too_few() {
        let case = case(Expected::Accepted);
        let faults = |cells| {
            Grid {
                rows: vec![(&case, cells)],
            }
            .faults()
            .len()
        };
        assert_eq!(faults(vec![Cell::Ok, Cell::Ok, Cell::Ok, Cell::Limit]), 0);
        assert_eq!(
            faults(vec![Cell::Ok, Cell::Ok, Cell::Limit, Cell::Unable]),
            1
        );
    }
}
