//! Where the time of a request went.

use super::record::{Attempt, Dial, Ending, Hop, Phase, PhaseName};

/// The phases of a request that was over at `end_us`. `is_complete`: its response was received to its end.
pub(super) fn phases(hop: &Hop, end_us: u64, is_complete: bool) -> Vec<Phase> {
    let mut phases = Vec::new();
    for dial in &hop.dials {
        dialed(dial, end_us, &mut phases);
    }
    for step in &hop.proxies {
        let name = PhaseName::Proxy;
        phases.push(phase(
            name,
            &step.proxy,
            step.at_us,
            step.duration_us,
            end_us,
        ));
    }
    for handshake in &hop.handshakes {
        let name = PhaseName::Handshake;
        let mut phase = phase(name, "", handshake.at_us, handshake.duration_us, end_us);
        if phase.ending == Ending::Done && !handshake.is_done {
            phase.ending = Ending::Failed;
        }
        phases.push(phase);
    }
    exchanged(hop, end_us, is_complete, &mut phases);
    phases.sort_by_key(|phase| phase.at_us);
    phases
}

/// One that took so long, or went on to the end and came to nothing.
fn phase(
    name: PhaseName,
    detail: &str,
    at_us: u64,
    duration_us: Option<u64>,
    end_us: u64,
) -> Phase {
    Phase {
        name,
        detail: detail.to_owned(),
        at_us,
        duration_us: duration_us.unwrap_or_else(|| end_us.saturating_sub(at_us)),
        ending: match duration_us {
            Some(_) => Ending::Done,
            None => Ending::Unanswered,
        },
    }
}

impl Phase {
    /// Where on an axis of all the time its bar begins, and how long it is: at least `least`, which can be seen, and never
    /// beyond the end.
    pub(super) fn place(&self, total_us: u64, axis: u64, least: u64) -> (u64, u64) {
        let share = |us: u64| {
            let share = u128::from(us.min(total_us)) * u128::from(axis);
            u64::try_from(share / u128::from(total_us.max(1))).unwrap_or(axis)
        };
        let from = share(self.at_us).min(axis - least);
        let to = share(self.at_us.saturating_add(self.duration_us));
        (from, to.saturating_sub(from).max(least))
    }
}

fn dialed(dial: &Dial, end_us: u64, phases: &mut Vec<Phase>) {
    let (at_us, endpoint) = (dial.at_us, &dial.endpoint);
    if dial.has_name {
        let took = dial.resolved_us;
        let mut resolving = phase(PhaseName::Resolve, endpoint, at_us, took, end_us);
        if took.is_none() && dial.error.is_some() {
            resolving.ending = Ending::Failed;
            resolving.duration_us = dial.duration_us.unwrap_or(resolving.duration_us);
        }
        phases.push(resolving);
        if took.is_none() {
            return;
        }
    }
    phases.extend(dial.attempts.iter().map(attempted));
    if dial.attempts.is_empty() {
        let at_us = at_us + dial.resolved_us.unwrap_or(0);
        let took = dial
            .duration_us
            .map(|took| took.saturating_sub(dial.resolved_us.unwrap_or(0)));
        let mut connecting = phase(PhaseName::Connect, endpoint, at_us, took, end_us);
        if dial.error.is_some() {
            connecting.ending = Ending::Failed;
        }
        phases.push(connecting);
    }
}

fn attempted(attempt: &Attempt) -> Phase {
    Phase {
        name: PhaseName::Connect,
        detail: attempt.address.clone(),
        at_us: attempt.at_us,
        duration_us: attempt.duration_us,
        ending: attempt.ending,
    }
}

fn exchanged(hop: &Hop, end_us: u64, is_complete: bool, phases: &mut Vec<Phase>) {
    let Some(request) = &hop.request else { return };
    // A server may answer before it has everything.
    let answered_us = hop.responses.first().map(|head| head.at_us);
    let over_us = answered_us.unwrap_or(end_us);
    let sending = phase(
        PhaseName::Send,
        "",
        request.at_us,
        request.duration_us,
        over_us,
    );
    let sent_us = sending.at_us + sending.duration_us;
    let is_sent = sending.ending == Ending::Done;
    phases.push(sending);
    if is_sent && sent_us <= over_us {
        let took = answered_us.map(|at_us| at_us - sent_us);
        phases.push(phase(PhaseName::Wait, "", sent_us, took, end_us));
    }
    if let Some(at_us) = answered_us {
        let ended = hop.transfer.as_ref().map(|transfer| transfer.at_us);
        let took = ended.map(|ended| ended.saturating_sub(at_us));
        let mut receiving = phase(PhaseName::Receive, "", at_us, took, end_us);
        if !is_complete {
            receiving.ending = Ending::Unanswered;
        }
        phases.push(receiving);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_where_its_time_is_and_can_be_seen() {
        let place = |at_us, duration_us, total_us| {
            let phase = Phase {
                name: PhaseName::Wait,
                detail: String::new(),
                at_us,
                duration_us,
                ending: Ending::Done,
            };
            phase.place(total_us, 1_000, 10)
        };
        assert_eq!(place(0, 100, 100), (0, 1_000));
        assert_eq!(place(50, 25, 100), (500, 250));
        assert_eq!(place(100, 0, 100), (990, 10));
        assert_eq!(place(0, u64::MAX, 100), (0, 1_000));
        assert_eq!(place(0, 0, 0), (0, 10));
    }
}
